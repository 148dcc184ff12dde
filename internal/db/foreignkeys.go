package db

import (
	"slices"
	"strings"
)

// UnindexedKeys lists the foreign keys that no index serves: to delete or
// change a row that they refer to reads the whole table.
func (t *Table) UnindexedKeys() []ForeignKey {
	var out []ForeignKey
	for _, fk := range t.ForeignKeys {
		rowID := len(fk.Columns) == 1 && t.RowID != "" && strings.EqualFold(fk.Columns[0], t.RowID)
		if !rowID && t.IndexOn(fk.Columns) == nil {
			out = append(out, fk)
		}
	}
	return out
}

// UnindexedKeys are a table's foreign keys that no index serves, each once: a
// key of a partitioned table is that of all its partitions, and is served where
// every one of them has an index of its own.
func (s *Schema) UnindexedKeys(t *Table) []ForeignKey {
	parent := s.parentOf(t)
	return slices.DeleteFunc(t.UnindexedKeys(), func(fk ForeignKey) bool {
		return parent.has(fk) || t.Unsupported == Partitioned && s.LeavesWithout(t, fk) == 0
	})
}

// LeavesWithout counts the partitions of a table that no index serves for a
// foreign key.
func (s *Schema) LeavesWithout(t *Table, fk ForeignKey) (n int) {
	for _, p := range s.Leaves(t) {
		if p.IndexOn(fk.Columns) == nil {
			n++
		}
	}
	return n
}

// parentOf is the table that t is a partition of; nil where it is none.
func (s *Schema) parentOf(t *Table) *Table {
	i := slices.IndexFunc(s.Tables, func(p *Table) bool {
		return t.PartitionOf != "" && p.Name == t.PartitionOf && p.Schema == t.PartitionIn
	})
	if i < 0 {
		return nil
	}
	return s.Tables[i]
}

// has reports whether a table has the same foreign key.
func (t *Table) has(fk ForeignKey) bool {
	return t != nil && slices.ContainsFunc(t.ForeignKeys, func(own ForeignKey) bool {
		return own.Table == fk.Table && own.Schema == fk.Schema && slices.Equal(own.Columns, fk.Columns)
	})
}
