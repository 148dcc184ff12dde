package mysql

import (
	"context"
	"strings"

	"mltop/internal/db"
)

var (
	_ db.ReplicaTeller = (*Engine)(nil)
	_ db.IndexHider    = Dialect{}
)

// Replicas names those that read this server's log of changes now: each has a
// session of its own for it.
func (e *Engine) Replicas(ctx context.Context) ([]string, error) {
	var names []string
	err := e.read(ctx, "replicas", func(c *conn) error {
		names = nil
		return c.records(ctx, "SELECT HOST FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' ORDER BY HOST LIMIT 100", nil, func(row record) error {
			host, _, _ := strings.Cut(row.get("host"), ":")
			names = append(names, or(host, "a replica"))
			return nil
		})
	})
	return names, err
}

// HideIndex keeps an index up to date and the planner from it, where the
// version can; that changes the catalog alone.
func (d Dialect) HideIndex(ix db.Index) (db.Step, bool) {
	hide, show, ok := d.flavour.hides()
	if !ok || ix.Constraint || ix.Unique || ix.Hidden {
		return db.Step{}, false
	}
	hidden := ix
	hidden.Hidden = true
	alter := "ALTER TABLE " + quoteAlways(ix.Table) + " ALTER INDEX " + quoteAlways(ix.Name) + " "
	return db.Step{
		Object: indexObject(ix),
		Do:     []string{alter + hide},
		Undo:   []string{alter + show},
		Mode:   db.OutsideTransaction,
		Before: db.State(indexDefinition(ix)),
		After:  db.State(indexDefinition(hidden)),
		Blocks: db.Blocks{Who: "nobody", Method: "hiding an index changes the catalog alone; it waits 1 s at a time for the table's metadata lock"},
	}, true
}
