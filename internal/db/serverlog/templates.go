package serverlog

import (
	"bytes"
	"hash/maphash"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// Bounds of what is kept of a log, however long it is.
const (
	maxTemplates = 10_000
	maxSkeletons = 1 << 17 // known texts; forgotten when there are more
	maxExample   = 2048
	maxNormal    = 8192
)

// A Dialect says how a server's texts are read, and what its log tells.
type Dialect struct {
	Quotes sqltext.Quotes
	Lexis  *Lexis
	Rows   bool // the log tells rows
	// Bind writes the values of an entry's placeholders into its text; nil: the
	// texts hold their values.
	Bind func(sql, args []byte) (string, bool)
}

// A template is a statement's normal form and its totals.
type template struct {
	total         db.StatementTotal
	example, args []byte
	bound         string // the example with its values; "": none could be written in
	stale         bool   // bound is not of example
	most          float64
}

// Templates add up the entries of a log by what they are.
type Templates struct {
	dialect Dialect
	seed    maphash.Seed
	known   map[uint64]*template // by skeleton: finds most without a fingerprint
	byPrint map[string]*template
	evicted float64
	scratch []byte
}

// NewTemplates makes an empty sum.
func NewTemplates(d Dialect) *Templates {
	return &Templates{dialect: d, seed: maphash.MakeSeed(), known: map[uint64]*template{}, byPrint: map[string]*template{}}
}

func (ts *Templates) count() int { return len(ts.byPrint) }

// Add counts one entry; false: it is no statement, but a comment alone.
func (ts *Templates) Add(e *Entry) bool {
	ts.scratch = ts.dialect.Lexis.Skeleton(ts.scratch[:0], e.SQL)
	if len(bytes.TrimSpace(ts.scratch)) == 0 {
		return false
	}
	h := maphash.Bytes(ts.seed, ts.scratch)
	t := ts.known[h]
	if t == nil {
		if t = ts.find(string(ts.scratch), e); t == nil {
			ts.evicted += e.weight()
			return true
		}
		if len(ts.known) >= maxSkeletons {
			clear(ts.known)
		}
		ts.known[h] = t
	}
	t.add(e)
	if t.total.Rows != nil {
		*t.total.Rows += e.Rows * e.weight()
		*t.total.RowsExamined += e.Examined * e.weight()
	}
	return true
}

// find makes the fingerprint; nil when there is no room for another template.
func (ts *Templates) find(text string, e *Entry) *template {
	q := ts.dialect.Quotes
	key := q.Fingerprint(text)
	if t := ts.byPrint[key]; t != nil {
		return t
	}
	if len(ts.byPrint) >= maxTemplates {
		return nil
	}
	normal := q.Normalize(text)
	if len(normal) > maxNormal {
		normal = normal[:maxNormal]
	}
	t := &template{total: db.StatementTotal{Key: key, Text: normal, Calls: new(float64), Since: e.At}}
	if ts.dialect.Rows {
		t.total.Rows, t.total.RowsExamined = new(float64), new(float64)
	}
	ts.byPrint[key] = t
	return t
}

// add counts a call and its time.
func (t *template) add(e *Entry) {
	s := &t.total
	s.Seconds += e.Seconds * e.weight()
	if !e.Goes {
		*s.Calls += e.weight()
	}
	if s.MinSeconds == nil || e.Seconds < *s.MinSeconds {
		s.MinSeconds = ptr(e.Seconds)
	}
	if s.MaxSeconds == nil || e.Seconds > *s.MaxSeconds {
		s.MaxSeconds = ptr(e.Seconds)
	}
	t.keep(e)
}

// keep takes the longest call for the example; one whose values are known
// comes before one whose are not.
func (t *template) keep(e *Entry) {
	if t.example != nil && len(e.Args) == 0 && len(t.args) > 0 {
		return
	}
	if t.example == nil || e.Seconds >= t.most || len(t.args) == 0 && len(e.Args) > 0 {
		t.most, t.stale = e.Seconds, true
		t.example = append(t.example[:0], e.SQL[:min(len(e.SQL), maxExample)]...)
		t.args = append(t.args[:0], e.Args[:min(len(e.Args), maxExample)]...)
	}
}

// text is the example with its values.
func (t *template) text(d Dialect) string {
	if d.Bind == nil {
		return string(t.example)
	}
	if t.stale {
		t.stale = false
		if text, ok := d.Bind(t.example, t.args); ok {
			t.bound = text
		} else if t.bound == "" {
			t.bound = string(t.example)
		}
	}
	return t.bound
}

// Totals are the sums so far.
func (ts *Templates) Totals(source string, since time.Time) db.StatementTotals {
	out := db.StatementTotals{At: time.Now(), Source: source, Since: since, Evicted: ptr(ts.evicted)}
	for _, t := range ts.byPrint {
		s := t.total
		s.Example = t.text(ts.dialect)
		s.Calls = ptr(*s.Calls)
		if s.Rows != nil {
			s.Rows, s.RowsExamined = ptr(*s.Rows), ptr(*s.RowsExamined)
		}
		s.MinSeconds, s.MaxSeconds = ptr(*s.MinSeconds), ptr(*s.MaxSeconds)
		out.List = append(out.List, s)
	}
	return out
}

func ptr(v float64) *float64 { return &v }
