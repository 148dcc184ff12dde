package offline

import (
	"math"
	"strings"

	"mltop/internal/db"
)

// mostFirst is with how many relations of a block an order is begun.
const mostFirst = 8

// block plans one block in the order that reads least of those that begin with
// one way to one of its relations: a way may be the dearer one, and deliver the
// rows as they are wanted.
func (s statistics) block(b *db.Block) (best []*db.Node) {
	least, shape := math.Inf(1), &db.Shape{Blocks: []db.Block{*b}}
	for first, rel := range b.Relations[:min(len(b.Relations), mostFirst)] {
		t := s.schema.Table(rel.Table)
		if rel.Outer || t == nil {
			continue
		}
		for _, way := range s.ways(b, first, t, nil) {
			nodes := s.from(b, first, way)
			if read := s.reckon(&db.Node{Children: nodes}, shape); read < least {
				best, least = nodes, read
			}
		}
	}
	return best
}

// from goes on, behind a way to the first relation, with the one that is read
// most cheaply then.
func (s statistics) from(b *db.Block, first int, way *db.Node) []*db.Node {
	nodes, placed := []*db.Node{way}, map[int]bool{first: true}
	for n, r := s.next(b, placed); n != nil; n, r = s.next(b, placed) {
		nodes, placed[r] = append(nodes, n), true
	}
	if sorts := len(b.OrderBy) > 0 || b.OrderOther || len(b.GroupBy) > 0 || b.GroupOther; sorts && !s.delivers(b, first, way) {
		nodes = append(nodes, &db.Node{Op: db.OpSort, Detail: "ORDER BY", Raw: "SORT"})
	}
	return nodes
}

// next is the relation that is read after those placed, and how; nil for none.
// What an outer join adds comes last.
func (s statistics) next(b *db.Block, placed map[int]bool) (best *db.Node, r int) {
	for i, rel := range b.Relations {
		t := s.schema.Table(rel.Table)
		if placed[i] || t == nil {
			continue
		}
		n := s.access(b, i, t, placed)
		if best == nil || rel.Outer == b.Relations[r].Outer && costOf(n) < costOf(best) || !rel.Outer && b.Relations[r].Outer {
			best, r = n, i
		}
	}
	return best, r
}

// How a server joins a table that no index leads into; SQLite's own planner says
// what it does.
const (
	byHash   = "joined by hash"        // PostgreSQL, MySQL
	byBuffer = "joined through buffer" // MariaDB
)

func joinedBy(f *File) string {
	switch {
	case f.Engine == "sqlite":
		return ""
	case f.Engine == "mysql" && strings.Contains(strings.ToLower(f.Stats.Version), "mariadb"):
		return byBuffer
	}
	return byHash
}

const (
	// buffered are the rows that MariaDB's join_buffer_size holds: 256 kB of some
	// 50 bytes.
	buffered = 5000
	// pair is what it costs to compare two rows that are there.
	pair = 1.0 / 50
)

// beside are the rows that a table takes to be read for all rows before it.
func beside(n *db.Node, rows, before float64) float64 {
	switch n.Detail {
	case byHash:
		return rows + before
	case byBuffer:
		return rows * (math.Ceil(before/buffered) + before*pair)
	}
	return rows * before
}

// joins reports an equality with a relation that is placed.
func joins(b *db.Block, r int, placed map[int]bool) bool {
	for _, j := range b.Joins {
		if j.Left.Relation == r && placed[j.Right.Relation] || j.Right.Relation == r && placed[j.Left.Relation] {
			return true
		}
	}
	return false
}
