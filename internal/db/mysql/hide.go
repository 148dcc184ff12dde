package mysql

import "mltop/internal/db"

var _ db.IndexHider = Dialect{}

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
		Blocks: db.Blocks{Who: "nobody", Method: "marking an index " + hide + " changes the catalog alone: the server goes on writing to it, and plans as if it were not there; " + triesText},
	}, true
}
