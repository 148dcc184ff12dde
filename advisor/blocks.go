package advisor

import (
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// A BRIN holds the least and the greatest value of each megabyte of a table: a
// thousandth of a B-tree's bytes, and next to nothing for a write. It finds
// little where values do not rise along the table, and reads whole megabytes
// (https://www.postgresql.org/docs/current/brin-intro.html).
const (
	methodBlocks = "brin"
	// leastOrder is how far values have to rise, or fall, along the table: below
	// it each megabyte holds values of several others.
	leastOrder = 0.95
	// leastForBlocks is the least table that has megabytes to tell apart.
	leastForBlocks = 32 << 20
)

// blockIndexes lists the indexes of blocks for the ranges that a statement asks
// for: on columns along which the table has grown and will go on to grow.
func (s *search) blockIndexes(b *bound) (out []db.Index) {
	lab, ok := s.what.lab.(db.BlockOrderer)
	if !ok {
		return nil
	}
	eachNeed(b, s.schema, nil, func(n *need) {
		if n.table.Bytes == nil || *n.table.Bytes < leastForBlocks || s.overwritten(n.table) {
			return
		}
		for _, c := range n.ranges {
			order, known := lab.BlockOrder(n.table.ID(), c.Name)
			if !known || math.Abs(order) < leastOrder || !risesByItself(n.table.Column(c.Name)) {
				continue
			}
			ix := db.Index{Schema: n.table.Schema, Table: n.table.ID(), Columns: []db.IndexColumn{{Name: c.Name}}, Method: methodBlocks}
			if ix.Name = indexName(ix); !n.exists(ix) {
				out = append(out, ix)
			}
		}
	})
	return out
}

// overwritten reports whether the workload changes or deletes rows of a table:
// what is written next then fills the room of what was there, and the order is
// lost.
func (s *search) overwritten(t *db.Table) bool {
	return slices.ContainsFunc(s.all, func(b *bound) bool {
		return slices.ContainsFunc(b.shapes[0].Writes, func(w db.Write) bool {
			return strings.EqualFold(w.Table, t.ID()) && (w.Kind != db.KindInsert || w.Replaces)
		})
	})
}

// risesByItself reports a column of times or of numbers that are given out: text
// is in order by chance.
func risesByItself(c *db.Column) bool {
	if c == nil {
		return false
	}
	kind := strings.ToLower(c.Type)
	return slices.ContainsFunc([]string{"timestamp", "date", "integer", "bigint"}, func(name string) bool {
		return strings.HasPrefix(kind, name) && !strings.HasSuffix(kind, "[]")
	})
}

// blockDoubts says what an index of blocks rests on; "" for others.
func blockDoubts(list []*candidate) string {
	if !slices.ContainsFunc(list, func(c *candidate) bool { return c.index.Method == methodBlocks }) {
		return ""
	}
	return "; it serves as long as rows are only added: those that fill freed room, or are changed, end the order of the blocks"
}
