package mysql

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

// A template is a statement's normal form and its totals.
type template struct {
	total   db.StatementTotal
	example []byte
}

// templates add up the entries of a log by what they are.
type templates struct {
	seed    maphash.Seed
	known   map[uint64]*template // by skeleton: finds most without a fingerprint
	byPrint map[string]*template
	evicted float64
	scratch []byte
	skip    func(*slowEntry) bool // may be nil
	quotes  sqltext.Quotes
}

func newTemplates(q sqltext.Quotes) *templates {
	return &templates{quotes: q, seed: maphash.MakeSeed(), known: map[uint64]*template{}, byPrint: map[string]*template{}}
}

// add counts one entry.
func (ts *templates) add(e *slowEntry) {
	if e.Admin || ts.skip != nil && ts.skip(e) {
		return
	}
	ts.scratch = skeleton(ts.scratch[:0], e.SQL, ts.quotes == sqltext.Names)
	if len(bytes.TrimSpace(ts.scratch)) == 0 {
		return
	}
	h := maphash.Bytes(ts.seed, ts.scratch)
	t := ts.known[h]
	if t == nil {
		if t = ts.find(string(ts.scratch), e); t == nil {
			ts.evicted++
			return
		}
		if len(ts.known) >= maxSkeletons {
			clear(ts.known)
		}
		ts.known[h] = t
	}
	t.count(e)
}

// find makes the fingerprint; nil when there is no room for another template.
func (ts *templates) find(text string, e *slowEntry) *template {
	key := ts.quotes.Fingerprint(text)
	if t := ts.byPrint[key]; t != nil {
		return t
	}
	if len(ts.byPrint) >= maxTemplates {
		return nil
	}
	normal := ts.quotes.Normalize(text)
	if len(normal) > maxNormal {
		normal = normal[:maxNormal]
	}
	zero := func() *float64 { return new(float64) }
	t := &template{total: db.StatementTotal{Key: key, Text: normal, Calls: zero(), Rows: zero(), RowsExamined: zero(), Since: e.At}}
	ts.byPrint[key] = t
	return t
}

func (t *template) count(e *slowEntry) {
	s := &t.total
	*s.Calls++
	s.Seconds += e.Seconds
	*s.Rows += e.Sent + e.Affected
	*s.RowsExamined += e.Examined
	if s.MinSeconds == nil || e.Seconds < *s.MinSeconds {
		s.MinSeconds = ptr(e.Seconds)
	}
	if s.MaxSeconds == nil || e.Seconds >= *s.MaxSeconds {
		s.MaxSeconds = ptr(e.Seconds)
		t.example = append(t.example[:0], e.SQL[:min(len(e.SQL), maxExample)]...)
	}
}

// totals are the sums so far.
func (ts *templates) totals(source string, since time.Time) db.StatementTotals {
	out := db.StatementTotals{At: time.Now(), Source: source, Since: since, Evicted: ptr(ts.evicted)}
	for _, t := range ts.byPrint {
		s := t.total
		s.Example = string(t.example)
		s.Calls, s.Rows, s.RowsExamined = ptr(*s.Calls), ptr(*s.Rows), ptr(*s.RowsExamined)
		s.MinSeconds, s.MaxSeconds = ptr(*s.MinSeconds), ptr(*s.MaxSeconds)
		out.List = append(out.List, s)
	}
	return out
}
