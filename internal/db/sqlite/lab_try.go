package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// Try builds the index, then deletes, inserts and updates one row: SQLite
// accepts some definitions that fail only when a row comes.
func (l *Lab) Try(ctx context.Context, ix db.Index) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, err := l.roomOf(ctx, ix.Table)
	if err != nil {
		return err
	}
	_, err = on(l, func() (any, error) { return nil, l.try(ctx, r, ix) })
	return err
}

func (l *Lab) try(ctx context.Context, r *room, ix db.Index) (err error) {
	if err := l.shelf.realise(ctx, db.Config{Add: []db.Index{ix}}); err != nil {
		return err
	}
	if err := l.copy.exec(ctx, "SAVEPOINT lab"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.undo(ctx)) }()
	for _, w := range tryWrites(r) {
		if err := l.copy.exec(ctx, w.sql); err != nil {
			return fmt.Errorf("with this index, %s fails: %w", w.what, err)
		}
	}
	return nil
}

type tryWrite struct{ what, sql string }

// tryWrites lists what a table must survive: with its own first row, or with
// a made-up one where it is empty.
func tryWrites(r *room) []tryWrite {
	table, cols := quoted(r.table.Name), copiedColumns(r.table)
	one := fmt.Sprintf("SELECT %s FROM main.%s LIMIT 1", cols, table)
	if r.rows == 0 {
		one = "SELECT " + madeUpRow(r.table)
	}
	return []tryWrite{
		{"setting a row aside", fmt.Sprintf("CREATE TEMP TABLE lab_out(%s)", cols)},
		{"setting a row aside", "INSERT INTO temp.lab_out " + one},
		{"a delete", fmt.Sprintf("DELETE FROM main.%s WHERE %s", table, sameKeyAs(r.table))},
		{"an insert", fmt.Sprintf("INSERT INTO main.%s(%s) SELECT %s FROM temp.lab_out", table, cols, cols)},
		{"an update", fmt.Sprintf("UPDATE main.%s SET %s WHERE %s", table, setAll(r.table), sameKeyAs(r.table))},
		{"a delete", fmt.Sprintf("DELETE FROM main.%s WHERE %s", table, sameKeyAs(r.table))},
	}
}

// sameKeyAs is the condition for the row that was set aside.
func sameKeyAs(t *db.Table) string {
	if !t.WithoutRowID {
		id := rowIDOf(t)
		return fmt.Sprintf("%s IN (SELECT %s FROM temp.lab_out)", id, id)
	}
	var conds []string
	for _, k := range t.PrimaryKey {
		conds = append(conds, fmt.Sprintf("%s IN (SELECT %s FROM temp.lab_out)", quoted(k), quoted(k)))
	}
	return strings.Join(conds, " AND ")
}

// setAll writes every column anew with another value where that is free: one
// that stays the same would not touch the index.
func setAll(t *db.Table) string {
	var sets []string
	for _, c := range t.Columns {
		if c.Generated || isKey(t, c.Name) {
			continue
		}
		sets = append(sets, fmt.Sprintf("%s = CASE typeof(%s) WHEN 'text' THEN %s || ' ' WHEN 'integer' THEN %s + 1 ELSE %s END",
			quoted(c.Name), quoted(c.Name), quoted(c.Name), quoted(c.Name), quoted(c.Name)))
	}
	if len(sets) == 0 {
		k := quoted(t.Columns[0].Name)
		return k + " = " + k
	}
	return strings.Join(sets, ", ")
}

// isKey reports whether changing a column could break a constraint.
func isKey(t *db.Table, column string) bool {
	for _, k := range t.PrimaryKey {
		if strings.EqualFold(k, column) {
			return true
		}
	}
	for _, ix := range t.Indexes {
		for _, c := range ix.Columns {
			if ix.Unique && (c.Name == "" || strings.EqualFold(c.Name, column)) {
				return true
			}
		}
	}
	return false
}

// madeUpRow is one value for each copied column.
func madeUpRow(t *db.Table) string {
	var vs []string
	if !t.WithoutRowID && t.RowID == "" {
		vs = append(vs, "1")
	}
	for _, c := range t.Columns {
		if c.Generated {
			continue
		}
		switch typeAffinity(c.Type) {
		case affinityText:
			vs = append(vs, "'2026-01-01 00:00:00'") // dates are the text that index expressions take apart
		case affinityBlob:
			vs = append(vs, "x'00'")
		default:
			vs = append(vs, "1")
		}
	}
	return strings.Join(vs, ", ")
}
