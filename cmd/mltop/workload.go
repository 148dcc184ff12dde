package main

import (
	"cmp"
	"math"
	"sort"
	"strings"
	"sync"
	"time"
	"unicode"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/term"
)

// A workload sums up the statements that were seen since the start, for the
// advisor. It keeps one small sum for each fingerprint, not their past: that
// is History's.
type workload struct {
	mu    sync.Mutex
	times spans
	sums  map[string]*statementSum
	links map[string]collectors.Link // the route that runs it most often a request, by fingerprint
}

// spans are the times over which each source has counted: a log that was
// switched on today has not seen what another source saw before.
type spans map[collectors.StatementSource]span

type span struct{ since, until time.Time }

func (s span) length() time.Duration { return s.until.Sub(s.since) }

// with is the time of both.
func (s span) with(from, to time.Time) span {
	if s.since.IsZero() || from.Before(s.since) {
		s.since = from
	}
	if to.After(s.until) {
		s.until = to
	}
	return s
}

// all is the time in which any source has counted.
func (s spans) all() (all span) {
	for _, one := range s {
		all = all.with(one.since, one.until)
	}
	return all
}

type statementSum struct {
	group    collectors.StatementGroup // of the first sight
	examples collectors.Examples
	live     bool
	assumed  bool
	counts   map[collectors.StatementSource]counted
	given    []givenQuery // the queries of a file that have this fingerprint
}

// counted are the calls that one source has seen, and the times of those that
// have one.
type counted struct {
	calls, timed uint64
	seconds      float64
	rows         uint64
	sampled      bool // seconds without calls
}

// count adds a source's calls to what it saw before. Two sources, an
// application's log and its server's totals, see the same calls: they do not
// add up.
func (s *statementSum) count(source collectors.StatementSource, g collectors.StatementGroup) {
	if s.counts == nil {
		s.counts = map[collectors.StatementSource]counted{}
	}
	c := s.counts[source]
	c.calls += g.Calls
	c.timed += g.Latency.Count()
	c.seconds += g.Latency.Sum()
	c.rows += g.Rows
	c.sampled = source.Sampled
	s.counts[source] = c
}

// most is what the source saw that saw the most calls.
func (s *statementSum) most() (best counted, by collectors.StatementSource) {
	for source, c := range s.counts {
		if cmp.Or(cmp.Compare(c.calls, best.calls), cmp.Compare(c.timed, best.timed), cmp.Compare(c.seconds, best.seconds)) > 0 {
			best, by = c, source
		}
	}
	return best, by
}

func (w *workload) put(s *collectors.Statements) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sums == nil {
		w.sums, w.times = map[string]*statementSum{}, spans{}
	}
	if s.Source.Live {
		w.times[s.Source] = w.times[s.Source].with(s.At.Add(-s.Interval), s.At)
	}
	if s.Source.Kind == queriesFile {
		w.forget(s.Source)
	}
	for _, g := range s.Rows {
		w.add(s.Source, g)
	}
}

func (w *workload) add(source collectors.StatementSource, g collectors.StatementGroup) {
	sum := w.sums[g.Fingerprint]
	if sum == nil || sum.assumed && source.Kind != "assumed" {
		sum = &statementSum{group: g, assumed: source.Kind == "assumed"}
		w.sums[g.Fingerprint] = sum
	}
	sum.live = sum.live || source.Live
	sum.count(source, g)
	if sum.group.Route == "" {
		sum.group.Route = g.Route
	}
	if source.Kind == queriesFile {
		sum.give(source, g)
		return
	}
	if sum.group.Name == "" {
		sum.group.Name = g.Name
	}
	if g.Weight > 0 {
		sum.group.Weight = g.Weight
	}
	for _, text := range append([]string{g.Example}, g.Examples...) {
		sum.examples.Add(text)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// statements answers the advisor's workload, the heaviest first.
func (w *workload) statements() advisor.Workload {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := advisor.Workload{Window: w.times.all().length()}
	for _, s := range w.sums {
		if s.query() {
			out.Statements = append(out.Statements, s.split(w.times)...)
		}
	}
	w.linked(out.Statements)
	sort.Slice(out.Statements, func(i, j int) bool {
		a, b := out.Statements[i], out.Statements[j]
		if x, y := cost(a), cost(b); x != y {
			return x > y
		}
		return a.Fingerprint+a.Name < b.Fingerprint+b.Name
	})
	return out
}

// labels puts a statement's name, or its first words, in the place of its
// fingerprint, in texts for people.
func (w *workload) labels() *strings.Replacer {
	w.mu.Lock()
	defer w.mu.Unlock()
	var pairs []string
	for print, s := range w.sums {
		label := s.names()
		if label == "" {
			label = "“" + term.Cut(s.group.Text, labelCells) + "”"
		}
		pairs = append(pairs, print, label)
	}
	return strings.NewReplacer(pairs...)
}

// calls reports whether a label of the advisor's is of this statement.
func (w *workload) calls(print string) func(label string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := map[string]bool{print: true}
	if s := w.sums[print]; s != nil {
		for _, st := range s.split(nil) {
			known[st.Label()] = true
		}
	}
	return func(label string) bool { return known[label] }
}

// spoken names statements in a view's tables by their labels; JSON and CSV,
// which programs read, keep the fingerprints.
func spoken(v view, labels *strings.Replacer) view {
	for _, t := range v.tables {
		for _, row := range t.Rows {
			for i, cell := range row {
				row[i] = labels.Replace(cell)
			}
		}
	}
	return v
}

// planned are the statements that an application does run, for their plans.
func (w *workload) planned() []collectors.Planned {
	var out []collectors.Planned
	seen := map[string]bool{}
	for _, s := range w.statements().Statements {
		if s.Assumed || seen[s.Fingerprint] {
			continue
		}
		seen[s.Fingerprint] = true
		p := collectors.Planned{Fingerprint: s.Fingerprint, Label: s.Name, SQL: s.Text}
		if p.Label == "" {
			p.Label = term.Cut(s.Text, labelCells)
		}
		if len(s.Examples) > 0 {
			p.SQL = s.Examples[0]
		}
		out = append(out, p)
	}
	return out
}

// labelCells of a statement tell it from others in a line with two plans.
const labelCells = 60

// query reports whether the statement reads or writes rows, as far as its
// first word tells. A server counts all that it is told: COMMIT, SET, CREATE.
func (s *statementSum) query() bool {
	if len(s.given) > 0 {
		return true // a person named it
	}
	word := strings.TrimLeft(s.group.Text, "( ")
	if i := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = word[:i]
	}
	switch strings.ToLower(word) {
	case "begin", "start", "commit", "rollback", "end", "abort", "savepoint", "release", "set", "reset", "show", "use", "prepare", "execute", "deallocate",
		"create", "alter", "drop", "truncate", "grant", "revoke", "analyze", "vacuum", "explain", "describe", "declare", "fetch", "close", "move",
		"listen", "notify", "unlisten", "lock", "unlock", "flush", "kill", "copy", "checkpoint", "discard", "comment", "pragma", "optimize", "reindex":
		return false
	}
	return true
}

// A load of many rows that came once, or in the minutes that were counted, is
// no rate: it may have been the first filling of a table.
const (
	bulkCalls  = 3
	bulkWindow = 10 * time.Minute
)

func (s *statementSum) statement(times spans) advisor.Statement {
	g := s.group
	st := advisor.Statement{
		Fingerprint: g.Fingerprint, Name: g.Name, Text: g.Text, Examples: s.examples.Texts(), Logged: s.live, Varies: s.examples.Full(), Route: g.Route, Rewrite: g.Rewrite,
		Assumed: s.assumed, CallsPerHour: g.Weight, MeanSeconds: math.NaN(),
	}
	c, source := s.most()
	window := times[source].length()
	if s.live && c.calls > 0 && window > 0 {
		st.CallsPerHour = float64(c.calls) / window.Hours()
	}
	if s.live {
		st.Seen = int64(c.calls)
	}
	if c.calls >= bulkCalls && window >= bulkWindow && !c.sampled {
		st.RowsPerCall = float64(c.rows) / float64(c.calls)
	}
	if c.timed > 0 {
		st.MeanSeconds = c.seconds / float64(c.timed)
	}
	if st.Sampled = c.sampled && c.seconds > 0 && window > 0; st.Sampled {
		// As many calls of a second each weigh the same.
		st.CallsPerHour, st.MeanSeconds = c.seconds/window.Hours(), 1
	}
	return st
}

// cost orders statements: by time where it is known, else by calls, which
// count as a microsecond each.
func cost(s advisor.Statement) float64 {
	if math.IsNaN(s.MeanSeconds) {
		return s.CallsPerHour * 1e-6
	}
	return s.CallsPerHour * s.MeanSeconds
}
