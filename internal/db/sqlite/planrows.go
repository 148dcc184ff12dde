package sqlite

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// planSizes finds how many rows the scanned tables have: by the statistics,
// else by the largest rowid, never by counting.
func planSizes(ctx context.Context, c *conn, rows []planRow, sizes map[string]float64) error {
	for _, r := range rows {
		n := parseDetail(r.detail)
		if n.Op != db.OpScan || n.Table == "" || sizes[n.Table] != 0 {
			continue
		}
		known, _, err := intOf(ctx, c, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql NOT LIKE 'CREATE VIRTUAL%'", n.Table)
		if err != nil {
			return err
		}
		if known == 0 { // a subquery, a view, a CTE, a virtual table
			continue
		}
		if size, ok := tableRows(ctx, c, n.Table); ok {
			sizes[n.Table] = size
		}
	}
	return nil
}

// tableRows is quick and may be wrong; a table without rowid has no answer.
func tableRows(ctx context.Context, c *conn, table string) (float64, bool) {
	n, ok, err := intOf(ctx, c, "SELECT max(t.rowid) - min(t.rowid) + 1 FROM (SELECT min(rowid) rowid FROM "+quoted(table)+
		" UNION ALL SELECT max(rowid) FROM "+quoted(table)+") t")
	if err == nil && ok {
		return float64(n), true
	}
	return 0, false
}

// fillRows sets what is honestly known: a scan reads every row of its table.
// What a search reads depends on its constants, and is left open.
func fillRows(n *db.Node, sizes map[string]float64) {
	if size, ok := sizes[n.Table]; ok && n.Op == db.OpScan && !strings.Contains(n.Detail, "virtual") {
		n.Rows = &size
	}
	for _, child := range n.Children {
		fillRows(child, sizes)
	}
}
