package postgres

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// mostTables bounds how many tables are read, with their columns and indexes:
// of more, those that are used most. A database of 100,000 would take the
// server longer than one question may, and mltop some 100 MB.
const mostTables = 5000

// chosen are the tables that are read. They stay the same as long as a
// connection lives, so that a change of use is not taken for one of the
// catalog.
type chosen struct {
	of   int64  // the connection it was asked on
	oids string // "1,2,3"; "" for all
	says string // how many of how many, and which
}

// only is a condition on a column that holds a table's oid.
func (p chosen) only(column string) string {
	if p.oids == "" {
		return ""
	}
	return " AND " + column + " = ANY ('{" + p.oids + "}'::oid[])"
}

// choose counts the tables, and chooses where there are too many: by how often
// each was read, then by size.
func (e *Engine) choose(ctx context.Context, c *conn) (chosen, error) {
	const tables = ` FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
		WHERE r.relkind IN ('r', 'p', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`
	var n int
	if err := c.row(ctx, "SELECT /* mltop */ count(*)"+tables, nil, &n); err != nil {
		return chosen{}, fmt.Errorf("count the tables: %w", err)
	}
	if n <= mostTables {
		e.part = chosen{}
		return e.part, nil
	}
	if e.part.of == e.connects.Load() && e.part.oids != "" {
		return e.part, nil
	}
	var oids []string
	err := c.list(ctx, &oids, "SELECT /* mltop */ r.oid::text"+tables+`
		ORDER BY pg_stat_get_numscans(r.oid) + pg_stat_get_tuples_inserted(r.oid) + pg_stat_get_tuples_updated(r.oid) DESC NULLS LAST, r.relpages DESC, r.oid LIMIT $1::int8`, mostTables)
	if err != nil {
		return chosen{}, fmt.Errorf("choose among the tables: %w", err)
	}
	e.part = chosen{e.connects.Load(), strings.Join(oids, ","), db.PartlyText(len(oids), n, "those used most when mltop attached, then the largest")}
	return e.part, nil
}
