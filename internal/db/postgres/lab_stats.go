package postgres

import (
	"context"
	"strings"
)

// A columnStat is what ANALYZE found out about a column.
type columnStat struct {
	width    float64 // bytes, on average
	distinct float64 // values; negative: their share of the rows
	nulls    float64 // share
	order    float64 // of the values along the table: 1 rising, -1 falling
}

func (l *Lab) readStatistics(ctx context.Context, c *conn) error {
	var tables []struct {
		Schema string  `db:"schema"`
		Name   string  `db:"name"`
		Kind   string  `db:"kind"`
		Rows   float64 `db:"n"`
		Pages  float64 `db:"pages"`
		Upd    float64 `db:"upd"`
		Hot    float64 `db:"hot"`
	}
	err := c.list(ctx, &tables, "SELECT /* mltop */ n.nspname::text AS schema, r.relname::text AS name, r.relkind::text AS kind, r.reltuples::float8 AS n, r.relpages::float8 AS pages, coalesce(pg_stat_get_tuples_updated(r.oid), 0)::float8 AS upd, coalesce(pg_stat_get_tuples_hot_updated(r.oid), 0)::float8 AS hot FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('r', 'm', 'p', 'f') AND "+ours+bareLast("n.nspname"))
	if err != nil {
		return err
	}
	ids := tableIDs{}
	for _, t := range tables {
		ids[t.Name] = t.Schema // the last stays
	}
	for _, t := range tables {
		if t.Kind == "r" || t.Kind == "m" {
			l.rows[ids.of(t.Schema, t.Name)] = max(t.Rows, 0)
			l.pages[ids.of(t.Schema, t.Name)] = t.Pages
			if t.Upd > 0 {
				l.hot[ids.of(t.Schema, t.Name)] = t.Hot / t.Upd
			}
		}
	}
	if l.stats, err = columnStats(ctx, c, ids); err != nil {
		return err
	}
	return l.readPartitions(ctx, c, ids)
}

// tableIDs are the schemas in which bare names find tables.
type tableIDs map[string]string

// of is the ID of a table: see db.Table.
func (m tableIDs) of(schema, table string) string {
	if within, known := m[table]; known && within != schema {
		return schema + "." + table
	}
	return table
}

// readPartitions takes what is known of a partitioned table from its
// partitions: the server gathers statistics of the whole only when it is told.
// pg_partition_tree would wait for the lock of each of them.
func (l *Lab) readPartitions(ctx context.Context, c *conn, ids tableIDs) error {
	var leaves []struct {
		Schema string  `db:"schema"`
		Whole  string  `db:"whole"`
		Within string  `db:"within"`
		Name   string  `db:"name"`
		Rows   float64 `db:"n"`
	}
	err := c.list(ctx, &leaves, "WITH RECURSIVE /* mltop */ p AS (SELECT oid AS whole, oid AS part FROM pg_class WHERE relkind = 'p' UNION ALL SELECT p.whole, i.inhrelid FROM p JOIN pg_inherits i ON i.inhparent = p.part) "+
		"SELECT n.nspname::text AS schema, r.relname::text AS whole, q.nspname::text AS within, f.relname::text AS name, greatest(f.reltuples, 0)::float8 AS n FROM p JOIN pg_class r ON r.oid = p.whole JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_class f ON f.oid = p.part JOIN pg_namespace q ON q.oid = f.relnamespace WHERE f.relkind = 'r' AND "+ours)
	most, largest := map[string]float64{}, map[string]string{}
	for _, x := range leaves {
		whole := ids.of(x.Schema, x.Whole)
		l.rows[whole] += x.Rows
		if x.Rows >= most[whole] {
			most[whole], largest[whole] = x.Rows, ids.of(x.Within, x.Name)
		}
	}
	l.lendStatistics(largest)
	return err
}

// lendStatistics gives the columns of tables without statistics those of
// another table.
func (l *Lab) lendStatistics(from map[string]string) {
	borrowers, lent := map[string][]string{}, map[string]columnStat{}
	for table, lender := range from {
		borrowers[lender] = append(borrowers[lender], table)
	}
	for key, stat := range l.stats {
		lender, column := key[:max(0, strings.LastIndexByte(key, '.'))], key[strings.LastIndexByte(key, '.')+1:]
		for _, table := range borrowers[lender] {
			lent[table+"."+column] = stat
		}
	}
	for key, stat := range lent {
		if _, known := l.stats[key]; !known {
			l.stats[key] = stat
		}
	}
}

// bareLast orders tables of one name: the one that the bare name finds, as in
// Schema, comes last.
func bareLast(schema string) string {
	return " ORDER BY array_position(current_schemas(false), " + schema + ") DESC NULLS FIRST, " + schema + " DESC"
}

// columnStats are those of all columns, by the table's ID and the column.
func columnStats(ctx context.Context, c *conn, ids tableIDs) (map[string]columnStat, error) {
	var columns []struct {
		Schema   string  `db:"schemaname"`
		Table    string  `db:"tablename"`
		Name     string  `db:"attname"`
		Width    float64 `db:"width"`
		Distinct float64 `db:"distinct_values"`
		Nulls    float64 `db:"nulls"`
		Order    float64 `db:"along"`
	}
	err := c.list(ctx, &columns, "SELECT /* mltop */ schemaname::text, tablename::text, attname::text, avg_width::float8 AS width, n_distinct::float8 AS distinct_values, null_frac::float8 AS nulls, coalesce(correlation, 0)::float8 AS along FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND schemaname NOT LIKE 'mltop\\_scratch\\_%'")
	out := map[string]columnStat{}
	for _, x := range columns {
		out[ids.of(x.Schema, x.Table)+"."+x.Name] = columnStat{x.Width, x.Distinct, x.Nulls, x.Order}
	}
	return out, err
}
