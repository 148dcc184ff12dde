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
	// Timed is Value with each read by the time that it takes: in rows that a
	// scan passes.
	Timed float64
}

// What a read takes in memory, in rows that a scan passes: to go down an index,
// to look up the row behind an entry, and to put a row in order or aside.
// Measured on MariaDB 10.11 and PostgreSQL 15, which differ by less than what
// rows' widths make.
const (
	downTimed    = 8
	behindTimed  = 6
	handledTimed = 2
)

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
	r.Value, r.Low, r.High, r.Sampled, r.Timed = r.Value+o.Value, r.Low+o.Low, r.High+o.High, r.Sampled+o.Sampled, r.Timed+o.Timed
}

// read scales one table's reads; before and with are how many combinations one
// of the sample stands for, without the table and with it.
func (s Sample) read(r SampleRead, before, with float64) SampledReads {
	weight, timed := 1.0, 1.0
	if r.Twice {
		weight, timed = 2, 1+behindTimed
	}
	table := s[strings.ToLower(r.Table)]
	if r.Scan {
		rows := r.Rows * before * table.factor()
		return SampledReads{rows * weight, rows * weight, rows * weight, r.Rows * weight, rows * timed}
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
	return SampledReads{rows*weight + down, low*weight + down, high*weight + down, r.Rows*weight + r.Loops, rows*timed + down*downTimed}
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
	share := math.Min(1, most/math.Max(r.Value, 1))
	return SampledReads{math.Min(r.Value, most), math.Min(r.Low, most), math.Min(r.High, most), r.Sampled, r.Timed * share}
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
