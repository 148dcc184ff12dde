package mysql

import (
	"context"
	"strings"
	"time"

	"mltop/internal/db"
)

// completeFor bounds the one short read of Complete.
const completeFor = 2 * time.Second

// Complete writes what a step's Undo owes to the tables as they are, and names
// whom it will wait for.
func (e *Engine) Complete(s db.Step) db.Step {
	if s.Object.Kind != db.ObjectIndex || len(s.Do) == 0 {
		return s
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeFor)
	defer cancel()
	if s.Before == db.Absent && s.After != db.Absent && len(s.Do) == 1 {
		s.Undo = e.undoOf(ctx, s)
	}
	// Each of them may hold the table's metadata lock, to its end.
	if list, err := e.Sessions(ctx); err == nil {
		if who := db.OlderTransactions(list); who != "" {
			s.Blocks.Behind = "it waits for those that have used the table, of " + who
		}
	}
	return s
}

// undoOf takes a new index back. The servers make an index for a foreign key
// by themselves, and drop it without a word when another index begins with the
// same columns; that one then cannot be dropped any more. So its undo makes the
// servers' own again.
func (e *Engine) undoOf(ctx context.Context, s db.Step) []string {
	schema, err := e.Schema(ctx)
	if err != nil {
		return s.Undo // the step is refused when it runs, and says why
	}
	if lost := replacedBy(schema.Table(s.Object.Table), string(s.After)); lost != nil {
		return undoBeside(e.server.flavour, s.Object, *lost)
	}
	return s.Undo
}

// unlessThere marks a statement whose index may be there already: MySQL has no
// ADD INDEX IF NOT EXISTS, so that its refusal of the name is the answer.
const unlessThere = " /* unless it is there */"

// undoBeside drops our index, and has the server's own again where it is gone.
func undoBeside(f flavour, ours db.Object, lost db.Index) []string {
	table := "ALTER TABLE " + quoteAlways(ours.Table)
	own := quoteAlways(lost.Name) + " (" + strings.Join(indexTerms(lost), ", ") + ")"
	drop := " DROP INDEX " + quoteAlways(ours.Name) + online
	if f.MariaDB {
		return []string{table + " ADD INDEX IF NOT EXISTS " + own + "," + drop}
	}
	return []string{table + " ADD INDEX " + own + online + unlessThere, table + drop}
}

// replacedBy is the index of a foreign key that the server may have made, and
// that it drops for an index of this definition; nil for none.
func replacedBy(t *db.Table, definition string) *db.Index {
	if t == nil {
		return nil
	}
	_, terms, _ := strings.Cut(definition, " (")
	for _, fk := range t.ForeignKeys {
		for _, ix := range t.Indexes {
			if !ix.Unique && !ix.Constraint && strings.EqualFold(strings.Join(ix.ColumnNames(), "\x00"), strings.Join(fk.Columns, "\x00")) &&
				strings.HasPrefix(terms, strings.Join(indexTerms(*ix), ", ")) {
				return ix
			}
		}
	}
	return nil
}
