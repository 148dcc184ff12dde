package db

import (
	"slices"
	"strings"
)

// A SampleDraw says how one table gets into a sample.
type SampleDraw struct {
	Table *Table
	Share float64 // of its rows; 1: all
	// Along: the rows that refer to rows of a table drawn before, by this key.
	// Nil: rows at random places.
	Along *ForeignKey
}

// smallShare is what part of a sample's bytes makes a table small: it is taken
// whole.
const smallShare = 1.0 / 32

// unknownBytes is what a table of unknown size is taken for.
const unknownBytes = 1 << 20

// PlanSample says how to draw a sample of so many bytes, parents first. Small
// tables are whole; of the others the same share is drawn, so that the planner
// sees them in proportion. A table that refers to one drawn in part comes with
// the drawn rows, where an index finds them: then joins meet in both
// directions.
func PlanSample(tables []*Table, bytes int64) []SampleDraw {
	small := int64(float64(bytes) * smallShare)
	left, large := bytes, int64(0)
	for _, t := range tables {
		if n := t.bytes(); n <= small {
			left -= n
		} else {
			large += n
		}
	}
	share := 1.0
	if large > left {
		share = max(float64(left)/float64(large), smallShare/float64(len(tables)))
	}
	drawn := map[string]*Table{}
	var out []SampleDraw
	order := ChildrenFirst(tables)
	slices.Reverse(order)
	for _, t := range order {
		d := SampleDraw{Table: t, Share: 1}
		if t.bytes() > small {
			d.Share = share
		}
		if d.Share < 1 {
			d.Along = t.drawnAlong(drawn)
			drawn[strings.ToLower(t.Name)] = t
		}
		out = append(out, d)
	}
	return out
}

func (t *Table) bytes() int64 {
	if t.Bytes == nil {
		return unknownBytes
	}
	return *t.Bytes
}

// drawnAlong is the foreign key to the largest table that is drawn in part, by
// which an index finds rows; a row that refers to nothing would be missed.
func (t *Table) drawnAlong(drawn map[string]*Table) *ForeignKey {
	var best *ForeignKey
	var size int64
	for i, fk := range t.ForeignKeys {
		parent := drawn[strings.ToLower(fk.Table)]
		if parent == nil || parent == t || parent.bytes() <= size || !t.finds(fk) {
			continue
		}
		best, size = &t.ForeignKeys[i], parent.bytes()
	}
	return best
}

// finds reports whether an index begins with a foreign key's columns, and none
// of them may be NULL.
func (t *Table) finds(fk ForeignKey) bool {
	for _, name := range fk.Columns {
		if c := t.Column(name); c == nil || !c.NotNull {
			return false
		}
	}
	return t.IndexOn(fk.Columns) != nil
}

// IndexOn is an index that serves a search by all of these columns: it begins
// with them, in any order, and holds every row.
func (t *Table) IndexOn(columns []string) *Index {
	for _, ix := range t.Indexes {
		if ix.Where != "" || ix.Invalid || ix.Hidden || len(ix.Columns) < len(columns) || ix.Method != "" && !strings.EqualFold(ix.Method, "btree") {
			continue
		}
		lead := ix.ColumnNames()[:len(columns)]
		if !slices.ContainsFunc(columns, func(c string) bool {
			return !slices.ContainsFunc(lead, func(l string) bool { return strings.EqualFold(l, c) })
		}) {
			return ix
		}
	}
	return nil
}

// A Lookup is a row that a statement asks for by a whole unique key: that a
// sample lacks it would make a plan of nothing.
type Lookup struct {
	Table  *Table
	Column string
	Value  string // SQL; "" for Arg
	Arg    any
}

// Lookups lists those of a statement, with its own arguments.
func (s *Shape) Lookups(schema *Schema, args []any) []Lookup {
	var out []Lookup
	add := func(table, column, value string, arg any) {
		if t := schema.Table(table); t != nil && t.uniqueAlone(column) {
			out = append(out, Lookup{t, column, value, arg})
		}
	}
	for _, b := range s.Blocks {
		for _, p := range b.Predicates {
			if p.Op == PredEq && p.Column.Expr == "" && p.Constant != "" && p.OrGroup == 0 {
				add(b.Relations[p.Column.Relation].Table, p.Column.Column, p.Constant, nil)
			}
		}
	}
	for i, p := range s.Placeholders {
		if i < len(args) && p.Op == PredEq && p.Role == RoleValue && s.Kind != KindInsert {
			add(p.Table, p.Column, "", args[i])
		}
	}
	return out
}

// uniqueAlone reports whether a column by itself is a key.
func (t *Table) uniqueAlone(column string) bool {
	return slices.ContainsFunc(t.Indexes, func(ix *Index) bool {
		return ix.Unique && ix.Where == "" && len(ix.Columns) == 1 && strings.EqualFold(ix.Columns[0].Name, column)
	})
}

// ChildrenFirst orders tables so that each comes behind those that refer to
// it; a circle is cut somewhere.
func ChildrenFirst(tables []*Table) []*Table {
	var out []*Table
	seen := map[*Table]bool{}
	var visit func(t *Table)
	visit = func(t *Table) {
		if seen[t] {
			return
		}
		seen[t] = true
		for _, child := range tables {
			if child.refersTo(t) {
				visit(child)
			}
		}
		out = append(out, t)
	}
	for _, t := range tables {
		visit(t)
	}
	return out
}

func (t *Table) refersTo(parent *Table) bool {
	return slices.ContainsFunc(t.ForeignKeys, func(fk ForeignKey) bool { return strings.EqualFold(fk.Table, parent.Name) })
}
