package rewrite

import (
	"strings"

	"mltop/internal/db"
)

// completed has the key behind the order, so that no two rows share a place; ok
// is false where that is not certain.
func (p paging) completed(t *text) (paging, bool) {
	if p.unique(t) {
		return p, true
	}
	for _, k := range p.table.PrimaryKey {
		if !oneOf(k, p.columns) {
			p.columns, p.added = append(p.columns, k), p.added+1
		}
	}
	return p, len(p.table.PrimaryKey) > 0 && p.unique(t)
}

// unique reports columns of which no two rows have the same: the table's key or
// a unique index is among them, and compares as the columns do.
func (p paging) unique(t *text) bool {
	for _, ix := range p.table.Indexes {
		if ix.Unique && !ix.Invalid && !ix.Building && ix.Where == "" && len(ix.Columns) > 0 && p.holdsAll(t, ix) {
			return true
		}
	}
	return len(p.table.PrimaryKey) > 0 && p.keyAmong(t)
}

func (p paging) holdsAll(t *text, ix *db.Index) bool {
	for _, c := range ix.Columns {
		col := p.table.Column(c.Name)
		if col == nil || !oneOf(c.Name, p.columns) || !t.sameCollation(c.Collation, col.Collation) {
			return false
		}
	}
	return true
}

// sameCollation: of an index on a server none is the column's own.
func (t *text) sameCollation(index, column string) bool {
	if t.engine() != "sqlite" {
		return index == "" || strings.EqualFold(index, column)
	}
	return strings.EqualFold(collationOf(index), collationOf(column))
}

// collationOf is what SQLite compares by where nothing is said.
func collationOf(name string) string {
	if name == "" {
		return "BINARY"
	}
	return name
}

// keyAmong reports that the order holds all of the table's key. SQLite may
// declare a key by another collation than its columns': then it is the key's
// index that tells, see unique.
func (p paging) keyAmong(t *text) bool {
	for _, k := range p.table.PrimaryKey {
		col := p.table.Column(k)
		bytes := t.engine() != "sqlite" || strings.EqualFold(p.table.RowID, k) || col != nil && strings.EqualFold(collationOf(col.Collation), "BINARY")
		if col == nil || !oneOf(k, p.columns) || !bytes {
			return false
		}
	}
	return true
}

func oneOf(name string, list []string) bool {
	for _, k := range list {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}
