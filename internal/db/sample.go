package db

import (
	"math"
	"slices"
	"strings"
)

// A Sample says how much of each table a sample holds, by lower-case name.
type Sample map[string]SampleTable

// A SampleTable is one table of a sample.
type SampleTable struct {
	Rows, Full float64 // in the sample; in the live table
	// Parents are the tables, in lower case, of which the sample holds every
	// row that this table's rows refer to.
	Parents []string
}

// factor is how many rows of the live table one of the sample stands for.
func (t SampleTable) factor() float64 {
	if t.Rows <= 0 {
		return 1
	}
	return math.Max(1, t.Full/t.Rows)
}

// A SampleRead is what reading one table did in one run on a sample. Reads
// come in the order of the plan: outer tables first.
type SampleRead struct {
	Table string
	Scan  bool    // all of the table, each time
	Loops float64 // how often it was begun
	Rows  float64 // read, over all loops
	// Twice: each row was looked up in the table behind the index that found
	// it.
	Twice bool
	// Expected is how many rows of the live table statistics know for one such
	// lookup; nil where they do not. It serves where the sample holds too few.
	Expected *float64
	// Inside is how many subqueries it lies in: what is outside one is not
	// combined with what is inside.
	Inside int
}

// SampledReads is what a run would read in the live tables, with the error
// that comes from having drawn a sample.
type SampledReads struct {
	Value, Low, High float64
	Sampled          float64 // read in the sample
}

// fewRows is how many rows of a lookup make its count good enough to be
// scaled: the error of 30 is a fifth (1/√30).
const fewRows = 30

// Scale turns what a run read in a sample into what it would read in the live
// tables. A row counts once more where it was looked up behind an index; to go
// down an index counts as one row.
//
// Combinations of rows of several tables are as rare as the product of the
// shares, but for a row that another one refers to: that is in the sample
// whenever the other is. What is read again for each row of an outer table
// grows with that table's combinations; what is read once grows alone.
func (s Sample) Scale(reads []SampleRead) SampledReads {
	var out SampledReads
	var outer []string
	inside := 0
	for _, r := range reads {
		if r.Inside < inside {
			outer = nil
		}
		inside = r.Inside
		before := s.combinations(outer)
		if r.Loops <= 1 {
			before = 1
		}
		outer = append(outer, strings.ToLower(r.Table))
		out.add(s.read(r, before, s.combinations(outer)))
	}
	return out
}

func (r *SampledReads) add(o SampledReads) {
	r.Value, r.Low, r.High, r.Sampled = r.Value+o.Value, r.Low+o.Low, r.High+o.High, r.Sampled+o.Sampled
}

// read scales one table's reads; before and with are how many combinations one
// of the sample stands for, without the table and with it.
func (s Sample) read(r SampleRead, before, with float64) SampledReads {
	weight := 1.0
	if r.Twice {
		weight = 2
	}
	table := s[strings.ToLower(r.Table)]
	if r.Scan {
		v := r.Rows * weight * before * table.factor()
		return SampledReads{v, v, v, r.Rows * weight}
	}
	if r.Loops <= 1 {
		with = table.factor()
	}
	low, high := Poisson(r.Rows)
	rows, low, high := r.Rows*with, low*with, high*with
	if with == 1 {
		low, high = rows, rows
	}
	if r.Expected != nil && r.Loops <= 1 && r.Rows < fewRows && with > 1 {
		rows = *r.Expected
		low, high = math.Min(low, rows), math.Max(high, rows)
	}
	down := r.Loops * before
	return SampledReads{rows*weight + down, low*weight + down, high*weight + down, r.Rows*weight + r.Loops}
}

// combinations is how many combinations of live rows one of the sample's rows
// of these tables stands for.
func (s Sample) combinations(tables []string) float64 {
	n := 1.0
	for i, t := range tables {
		if !slices.Contains(tables[:i], t) && !s.determined(t, tables) {
			n *= s[t].factor()
		}
	}
	return n
}

// determined reports whether a table's rows are in the sample because others
// of these tables refer to them.
func (s Sample) determined(table string, tables []string) bool {
	return slices.ContainsFunc(tables, func(child string) bool {
		return child != table && slices.Contains(s[child].Parents, table)
	})
}

// Poisson is the interval in which the mean of a count lies in 95 of 100 cases
// (Anscombe's square-root transformation; at 0 it ends at 4, exactly 3.7).
func Poisson(n float64) (low, high float64) {
	half := 2 * math.Sqrt(n+1)
	return math.Max(0, n+2-half), n + 2 + half
}

// StoppedAt is what is read when the run ends as soon as it has found limit
// rows, of which the sample gave some: rows are as dense in the live tables,
// so a limit that the sample has reached is reached there as soon.
func (r SampledReads) StoppedAt(limit, found float64) SampledReads {
	if found <= 0 || limit <= 0 {
		return r
	}
	most := r.Sampled * math.Max(1, limit/found)
	return SampledReads{math.Min(r.Value, most), math.Min(r.Low, most), math.Min(r.High, most), r.Sampled}
}

// Distinct estimates how many values a column of full rows holds, from a
// sample in which n rows hold d values, f1 of them once: Haas and Stokes'
// estimator Duj1 (IBM research report RJ 10025), which PostgreSQL's ANALYZE
// uses too.
func Distinct(n, d, f1, full float64) float64 {
	if n <= 0 || d <= 0 {
		return 0
	}
	full = math.Max(full, n)
	return math.Min(full, math.Max(d, n*d/(n-f1+f1*n/full)))
}

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
