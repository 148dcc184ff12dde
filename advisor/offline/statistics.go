package offline

import (
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// Guesses of planners where nothing is known: PostgreSQL's (selfuncs.h) for
// the number of values, SQLite's (where.c) for the part that a range holds.
const (
	unknownValues = 200
	rangeOf       = 0.25
	someOf        = 1.0 / 3 // of a condition that cannot be judged
)

// statistics are what the file tells of rows and values, with the indexes of
// one configuration.
type statistics struct {
	schema  *db.Schema
	columns map[string]Column // "table.column", in lower case
	extra   []db.Index        // added, with their Stat
	hidden  []string
	joined  string // how a table is joined that no index leads into
}

func newStatistics(f *File) statistics {
	s := statistics{schema: f.Schema, columns: map[string]Column{}, joined: joinedBy(f)}
	for _, c := range f.Columns {
		s.columns[strings.ToLower(c.Table+"."+c.Column)] = c
	}
	return s
}

// with are the statistics under a configuration.
func (s statistics) with(c db.Config) statistics {
	s.hidden = c.Hide
	s.extra = nil
	for _, ix := range c.Add {
		if t := s.schema.Table(ix.Table); t != nil {
			ix.Stat = s.prefixes(t, ix)
			s.extra = append(s.extra, ix)
		}
	}
	return s
}

func (s statistics) added() []db.Index { return s.extra }

// prefixes are the rows that share the first 1, 2, … columns, as if columns
// had nothing to do with each other.
func (s statistics) prefixes(t *db.Table, ix db.Index) []float64 {
	rows, values := rowsOf(t), 1.0
	var out []float64
	for i, c := range ix.Columns {
		values *= s.distinct(t, c)
		if ix.Unique && i == len(ix.Columns)-1 {
			values = rows
		}
		out = append(out, math.Max(1, rows/math.Min(values, rows)))
	}
	return out
}

func rowsOf(t *db.Table) float64 {
	if t.Rows == nil {
		return 1000 // a table that nobody has counted is neither empty nor large
	}
	return math.Max(float64(*t.Rows), 1)
}

// distinct is how many values a column has.
func (s statistics) distinct(t *db.Table, c db.IndexColumn) float64 {
	rows := rowsOf(t)
	if known, ok := s.columns[strings.ToLower(t.Name+"."+c.Name)]; ok && known.Distinct > 0 {
		return math.Min(known.Distinct, rows)
	}
	if len(t.PrimaryKey) == 1 && strings.EqualFold(t.PrimaryKey[0], c.Name) || strings.EqualFold(t.RowID, c.Name) {
		return rows
	}
	for _, ix := range t.Indexes {
		if len(ix.Columns) == 0 || ix.Columns[0].Term() != c.Term() {
			continue
		}
		if len(ix.Stat) > 0 && ix.Stat[0] > 0 {
			return math.Max(1, rows/ix.Stat[0])
		}
		if ix.Unique && len(ix.Columns) == 1 {
			return rows
		}
	}
	return math.Min(unknownValues, rows)
}

// indexes are a table's, as the configuration has them.
func (s statistics) indexes(t *db.Table) []db.Index {
	var out []db.Index
	for _, ix := range t.Indexes {
		if !slices.Contains(s.hidden, ix.Name) && !ix.Hidden && !ix.Invalid {
			out = append(out, *ix)
		}
	}
	for _, ix := range s.extra {
		if strings.EqualFold(ix.Table, t.Name) {
			out = append(out, ix)
		}
	}
	return out
}

// index finds one of a table's by name.
func (s statistics) index(t *db.Table, name string) *db.Index {
	for _, ix := range s.indexes(t) {
		if strings.EqualFold(ix.Name, name) {
			return &ix
		}
	}
	return nil
}

// matched are the rows that equal the first n columns of an index.
func (s statistics) matched(t *db.Table, ix *db.Index, n int) float64 {
	rows := rowsOf(t)
	if n == 0 {
		return rows
	}
	if ix.Unique && n >= len(ix.Columns) {
		return 1
	}
	stat := ix.Stat
	if len(stat) < n {
		stat = s.prefixes(t, *ix)
	}
	return math.Min(math.Max(stat[n-1], 1), rows)
}
