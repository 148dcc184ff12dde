package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"mltop/internal/db"
)

// A sized table is one of those that a plan's names may mean.
type sized struct {
	Schema string  `db:"schema"`
	Name   string  `db:"name"`
	Rows   float64 `db:"n"` // negative: not known
}

// fillRows replaces what a scan hands on by what it reads: every row of its
// table, as far as the planner knows. A table that its bare name does not find
// gets its schema's before it.
func fillRows(ctx context.Context, c *conn, q db.Query, root *db.Node) error {
	tables, err := tablesOf(ctx, c, root)
	if err != nil {
		return fmt.Errorf("read the tables' sizes: %w", err)
	}
	schemas, err := schemasOf(ctx, c, q, tables)
	if err != nil {
		return fmt.Errorf("tell tables of one name apart: %w", err)
	}
	(&db.Plan{Root: root}).Walk(func(n *db.Node, _ int) {
		list := tables[n.Table]
		for i, t := range list {
			if len(list) > 1 && t.Schema != schemas[first(n.Alias, n.Table)] {
				continue
			}
			if size := t.Rows; n.Op == db.OpScan && size >= 0 && (n.Rows == nil || size > *n.Rows) {
				n.Rows = &size
			}
			if i > 0 {
				n.Alias, n.Table = first(n.Alias, n.Table), t.Schema+"."+t.Name
			}
			return
		}
	})
	return nil
}

// tablesOf are the tables that have the names of a plan's, by name, the one
// that the bare name finds first.
func tablesOf(ctx context.Context, c *conn, root *db.Node) (map[string][]sized, error) {
	var names []string
	(&db.Plan{Root: root}).Walk(func(n *db.Node, _ int) {
		if n.Table != "" {
			names = append(names, n.Table)
		}
	})
	if len(names) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	var found []sized
	err = c.list(ctx, &found, `SELECT /* mltop */ n.nspname::text AS schema, r.relname::text AS name, r.reltuples::float8 AS n
		FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
		WHERE r.relkind IN ('r', 'm', 'p', 'f') AND r.relname IN (SELECT jsonb_array_elements_text($1::jsonb)) AND (pg_table_is_visible(r.oid) OR `+ours+`)
		ORDER BY NOT pg_table_is_visible(r.oid), array_position(current_schemas(false), n.nspname) NULLS LAST, n.nspname`, string(list))
	out := map[string][]sized{}
	for _, t := range found {
		out[t.Name] = append(out[t.Name], t)
	}
	return out, err
}

// schemasOf are the schemas of a plan's tables, by alias; it asks only where a
// name is that of several tables.
func schemasOf(ctx context.Context, c *conn, q db.Query, tables map[string][]sized) (map[string]string, error) {
	for _, list := range tables {
		if len(list) > 1 {
			answer, _, err := explainJSON(ctx, c, q, schemasPlan)
			if err != nil {
				return nil, err
			}
			return planSchemas([]byte(answer))
		}
	}
	return nil, nil
}
