package sqlite

import (
	"context"
	"database/sql/driver"

	"mltop/internal/db"
)

// markExtremes tells the two loops apart that SQLite calls a search without a
// term: it says so of every min() and max() over one table, whether its key
// has the order, and one row is read, or not, and all are. Only the program
// itself tells. Where it has loops of both kinds they stay as SQLite says.
func markExtremes(ctx context.Context, c *conn, root *db.Node, text string, args []driver.Value) error {
	found := termless(root)
	if len(found) == 0 {
		return nil
	}
	early, err := endsEarly(ctx, c, text, args)
	if err != nil || early {
		return err
	}
	for _, n := range found {
		n.Op, n.Index, n.Covering = db.OpScan, "", false
	}
	return nil
}

// termless are the searches in a table itself, or its key, by no term.
func termless(root *db.Node) []*db.Node {
	var out []*db.Node
	(&db.Plan{Root: root}).Walk(func(n *db.Node, _ int) {
		if n.Op == db.OpSearch && len(n.Columns) == 0 && !n.Automatic && (n.Index == "" || n.Index == "primary key") {
			out = append(out, n)
		}
	})
	return out
}

// endsEarly reports a loop whose end is jumped over: it ends at its first row.
func endsEarly(ctx context.Context, c *conn, text string, args []driver.Value) (bool, error) {
	c.authorize(allowPlanning)
	defer c.authorize(nil)
	early, before := false, ""
	_, err := c.each(ctx, "EXPLAIN "+text, args, func(row []driver.Value) error {
		op := asText(row[1])
		early = early || before == "Goto" && (op == "Next" || op == "Prev")
		before = op
		return nil
	})
	return early, err
}
