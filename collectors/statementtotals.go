package collectors

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/stat"
)

// A StatementTotals is the collector of statements that a server counts: it
// answers what the totals rose by since the look before.
type StatementTotals struct {
	reader db.StatementReader
	before map[string]db.StatementTotal // by the server's key
	last   db.StatementTotals           // of the look before, without its list
	rest   time.Time                    // no look before it
	known  map[string]countedText       // by the server's key
	quotes sqltext.Quotes
	beside *StatementTotals // of what is seen of the calls that nothing counts; it reads nothing
}

// A countedText is how a server's text is called here.
type countedText struct{ raw, fingerprint, normal string }

// NewStatementTotals makes the collector of what r counts.
func NewStatementTotals(r db.StatementReader) *StatementTotals {
	return &StatementTotals{reader: r, known: map[string]countedText{}, quotes: db.QuotesOf(r)}
}

// Name is "statements".
func (c *StatementTotals) Name() string { return "statements" }

// restFactor bounds what reading thousands of totals costs the server: a look
// that took a fiftieth of a second is followed by a second without one.
const restFactor = 50

// Totals are missed by nobody for a few seconds: looks at them rest a thousand
// times what they took, up to statementRest. Looks that sample do not: each
// stands for the time since the one before.
const (
	statementRestFactor = 1000
	statementRest       = 4 * time.Second
)

func restOf(took time.Duration, sampled bool) time.Duration {
	rest := restFactor * took
	if sampled {
		return rest
	}
	return max(rest, min(statementRestFactor*took, statementRest))
}

// Collect answers what was called since the last look. The first look has
// nothing to compare with: it names the source and no statement.
func (c *StatementTotals) Collect(ctx context.Context) ([]Section, error) {
	begin := time.Now()
	if begin.Before(c.rest) {
		return nil, nil
	}
	now, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	c.rest = begin.Add(restOf(time.Since(begin), now.Sampled))
	return c.sections(now), nil
}

// sections are that of the source and, behind it, that of what sees the calls
// that the source leaves out.
func (c *StatementTotals) sections(now db.StatementTotals) []Section {
	out := []Section{c.section(now)}
	if now.Beside != nil && c.beside != nil {
		out = append(out, c.beside.section(*now.Beside))
	}
	c.remember(now)
	return out
}

func (c *StatementTotals) read(ctx context.Context) (db.StatementTotals, error) {
	now, err := c.reader.StatementTotals(ctx)
	if now.At.IsZero() {
		now.At = time.Now()
	}
	return now, err
}

// section holds what the totals rose by.
func (c *StatementTotals) section(now db.StatementTotals) *Statements {
	s := statementsOf(now)
	s.Ever = c.ever(now)
	if c.before == nil || now.Source != c.last.Source { // another source has totals of its own
		return s
	}
	s.Interval = now.At.Sub(c.last.At)
	again := anew(c.last, now)
	s.Rows = slices.DeleteFunc(c.rows(now, func(t db.StatementTotal) db.StatementTotal {
		if again {
			return t
		}
		return rise(c.before[t.Key], t)
	}), idle)
	c.tellLosses(s, now, again)
	return s
}

func statementsOf(t db.StatementTotals) *Statements {
	s := &Statements{At: t.At, Source: StatementSource{Kind: t.Source, Live: true, Sampled: t.Sampled, Least: t.Least, Rowless: t.Missing["rows"] != ""}, Running: t.Running, Missing: map[string]string{}}
	for _, name := range []string{"calls", "texts", "cut", "elsewhere"} { // what no server of this kind counts is no loss
		if why := t.Missing[name]; why != "" {
			s.Missing[name] = why
		}
	}
	return s
}

// anew reports that the server began to count again since the look before.
func anew(before, now db.StatementTotals) bool {
	return now.Source == before.Source && !before.Since.IsZero() && now.Since.After(before.Since) && now.Since.After(before.At.Add(-clockSlack))
}

// clockSlack is how far a server's clock may be from ours in that question.
const clockSlack = time.Minute

// ever are the totals by fingerprint; none of a source that counts no calls.
func (c *StatementTotals) ever(now db.StatementTotals) map[string]EverCounted {
	if now.Sampled {
		return nil
	}
	out := make(map[string]EverCounted, len(now.List))
	for _, t := range now.List {
		if t.Calls == nil {
			continue
		}
		print := c.text(t).fingerprint
		e, known := out[print]
		if since := firstSince(t.Since, now.Since); !known || since.Before(e.Since) {
			e.Since = since
		}
		e.Calls, e.Seconds = e.Calls+*t.Calls, e.Seconds+t.Seconds
		out[print] = e
	}
	return out
}

// firstSince is when a statement's own totals began, or else all.
func firstSince(own, all time.Time) time.Time {
	if own.IsZero() {
		return all
	}
	return own
}

// tellLosses says why the numbers of an interval are too low.
func (c *StatementTotals) tellLosses(s *Statements, now db.StatementTotals, again bool) {
	if again {
		note(s.Missing, "totals", "the server's totals began anew: calls since the look before are missing")
	}
	if a, b := c.last.Evicted, now.Evicted; a != nil && b != nil && *b > *a {
		note(s.Missing, "evicted", fmt.Sprintf("%.0f times since the look before a statement found no room in %s: its calls are missing", *b-*a, now.Source))
	}
}

func (c *StatementTotals) remember(now db.StatementTotals) {
	c.before = make(map[string]db.StatementTotal, len(now.List))
	for _, t := range now.List {
		c.before[t.Key] = t
	}
	maps.DeleteFunc(c.known, func(key string, _ countedText) bool { _, ok := c.before[key]; return !ok })
	c.last = now
	c.last.List, c.last.Beside = nil, nil
	if now.Beside == nil {
		c.beside = nil
		return
	}
	if c.beside == nil {
		c.beside = &StatementTotals{known: map[string]countedText{}, quotes: c.quotes}
	}
	c.beside.remember(*now.Beside)
}

// rise is what a statement's totals rose by. One that is smaller than before
// made room for others and came back, or was reset: all of it is new.
func rise(before, now db.StatementTotal) db.StatementTotal {
	if now.Seconds < before.Seconds || valueOr0(now.Calls) < valueOr0(before.Calls) {
		before = db.StatementTotal{}
	}
	now.Seconds -= before.Seconds
	now.Calls = minus(now.Calls, before.Calls)
	now.Errors = minus(now.Errors, before.Errors)
	now.Rows = minus(now.Rows, before.Rows)
	return now
}

func minus(now, before *float64) *float64 {
	if now == nil {
		return nil
	}
	v := max(*now-valueOr0(before), 0)
	return &v
}

func valueOr0(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

func idle(g StatementGroup) bool { return g.Calls == 0 && g.Latency.Sum() == 0 }

// rows groups totals by fingerprint: a server counts the same text apart by
// user, and by how it was written.
func (c *StatementTotals) rows(now db.StatementTotals, of func(db.StatementTotal) db.StatementTotal) []StatementGroup {
	at := map[string]int{}
	var rows []StatementGroup
	for _, t := range now.List {
		text := c.text(t)
		i, ok := at[text.fingerprint]
		if !ok {
			i = len(rows)
			at[text.fingerprint] = i
			rows = append(rows, StatementGroup{Fingerprint: text.fingerprint, Text: text.normal, Example: c.quotes.HideSecrets(firstText(t.Example, t.Text)), Latency: &stat.Sketch{}})
		}
		addTotal(&rows[i], of(t))
	}
	return rows
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func addTotal(g *StatementGroup, t db.StatementTotal) {
	calls := wholeNumber(t.Calls)
	g.Calls += calls
	g.Errors += wholeNumber(t.Errors)
	g.Rows += wholeNumber(t.Rows)
	g.Latency.AddTotal(calls, t.Seconds)
}

func wholeNumber(p *float64) uint64 { return uint64(math.Round(max(valueOr0(p), 0))) }

func (c *StatementTotals) text(t db.StatementTotal) countedText {
	k, ok := c.known[t.Key]
	if !ok || k.raw != t.Text {
		k = countedText{t.Text, c.quotes.Fingerprint(t.Text), c.quotes.Normalize(t.Text)}
		c.known[t.Key] = k
	}
	return k
}

// Past is what the server has counted since it began to: the workload of
// days, beside the seconds that mltop has seen. It reads the totals once, and
// begins the counting of Collect; false where nobody knows since when they
// are, or calls are not counted.
func (c *StatementTotals) Past(ctx context.Context) (s *Statements, ok bool, err error) {
	now, err := c.read(ctx)
	if err != nil {
		return nil, false, err
	}
	s = statementsOf(now)
	s.Interval = now.At.Sub(now.Since)
	s.Rows = c.rows(now, func(t db.StatementTotal) db.StatementTotal { return t })
	c.remember(now)
	return s, !now.Since.IsZero() && !now.Sampled && s.Interval > 0, nil
}
