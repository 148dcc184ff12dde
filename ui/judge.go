package ui

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

const (
	// What lies before a change is compared for this long: enough for a quiet
	// route, short enough to be the same traffic.
	judgeBefore = 10 * time.Minute
	// An open verdict is looked at for as long as it may ask for more calls.
	judgeAfter = time.Hour
	// A decided verdict is looked at again for this long, then it stands:
	// whatever else happens on the machine later is not the change's doing.
	judgeSettles = time.Minute
)

// judge compares before and after for every change that stands, until its
// verdict is decided; decided ones are kept in the journal.
func (s *State) judge() []tea.Cmd {
	var cmds []tea.Cmd
	guard := s.last.Sub(s.guardedAt) >= guardEvery
	if guard {
		s.guardedAt = s.last
	}
	for _, e := range s.Entries {
		if e.State != advisor.EntryApplied || s.last.Sub(settled(e)) > judgeAfter {
			continue
		}
		old := s.Verdicts[e.ID]
		v := old
		mixed := old.Outcome == advisor.OutcomeMixed && !guard // a mix takes a while to come back
		if age := s.last.Sub(settled(e)); !mixed && (!isDecided(old.Outcome) || age <= judgeSettles) {
			v = s.verdict(e)
		}
		v.Guarded, v.Slower = old.Guarded, old.Slower
		if age := s.last.Sub(settled(e)); guard && e.Table != "" && age >= judgeSettles && age <= guardFor {
			v = advisor.Guard(v, s.guards(e))
		}
		s.Verdicts[e.ID] = v
		if isDecided(v.Outcome) && (v.Outcome != old.Outcome || len(v.Slower) != len(old.Slower)) {
			cmds = append(cmds, s.record(e.ID, v))
		}
	}
	return cmds
}

const (
	// guardFor is how long the other statements of a changed table are looked
	// at: a change for the worse shows after a minute at the earliest.
	guardFor = 10 * time.Minute
	// mostGuarded of them are, the heaviest first: each costs a comparison.
	mostGuarded = 20
	// guardEvery is often enough for what takes minutes to show.
	guardEvery = 10 * time.Second
)

// guards are the verdicts on the other live statements that name the table of
// a change.
func (s *State) guards(e advisor.Entry) (others []advisor.Verdict) {
	for _, w := range s.Win.Statements {
		if len(others) == mostGuarded {
			break
		}
		if w.Source.Live && !slices.Contains(e.Fingerprints, w.Fingerprint) && names(w.Text, e.Table) {
			others = append(others, s.guard(w, e))
		}
	}
	return others
}

func (s *State) guard(w collectors.StatementWindow, e advisor.Entry) advisor.Verdict {
	at, label := settled(e), s.statementLabel(w.Fingerprint)
	if w.Source.Sampled {
		return judgeSampled(s.History, label, w.Fingerprint, at, s.last)
	}
	sub := subject{name: label, fingerprint: w.Fingerprint, before: s.History.Buckets(collectors.Route{}, w.Fingerprint, at.Add(-judgeBefore), at)}
	return sub.compare(s.History, e, at, s.last)
}

// names reports whether a statement's text has a table's name as a word. One
// that has it as a column's is guarded as well, which harms nobody.
func names(text, table string) bool {
	text, table = strings.ToLower(text), strings.ToLower(table)
	for i := strings.Index(text, table); i >= 0; {
		end := i + len(table)
		if (i == 0 || !isWord(text[i-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		next := strings.Index(text[end:], table)
		if next < 0 {
			break
		}
		i = end + next
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 0x80
}

func isDecided(o advisor.Outcome) bool {
	return o == advisor.OutcomeBetter || o == advisor.OutcomeWorse || o == advisor.OutcomeNoChange
}

// decided reports whether a change of this session got better or worse.
func (s *State) decided() bool {
	for _, id := range s.applied {
		if v := s.Verdicts[id]; v.Outcome == advisor.OutcomeBetter || v.Outcome == advisor.OutcomeWorse {
			return true
		}
	}
	return false
}

// verdict judges a change by what the dashboard has seen of it.
func (s *State) verdict(e advisor.Entry) advisor.Verdict {
	return JudgeChange(s.History, e, Seen{Links: s.links(), Until: s.last, Live: func(fingerprint string) (string, bool) {
		w, ok := s.statement(fingerprint)
		return s.statementLabel(fingerprint), ok && w.Source.Live
	}})
}

// Seen is what a change can be judged by beside the history.
type Seen struct {
	Links []collectors.Link
	Until time.Time // the newest sample
	// Live answers what a statement is called and whether its calls are seen
	// live; nil when none are.
	Live func(fingerprint string) (label string, live bool)
}

// JudgeChange judges a change by the route that spent the most time before
// it; one that no route is linked to, by its statement. It is the one rule
// for whoever shows a verdict.
func JudgeChange(h *collectors.History, e advisor.Entry, seen Seen) advisor.Verdict {
	at := settled(e)
	best, found := subject{}, false
	for _, sub := range seen.subjects(h, e) {
		sub.before = h.Buckets(sub.route, sub.fingerprint, at.Add(-judgeBefore), at)
		sub.spent = spent(sub.before)
		if !found || sub.spent > best.spent {
			best, found = sub, true
		}
	}
	if !found {
		return advisor.Unseen(e.Title)
	}
	if best.sampled {
		return judgeSampled(h, best.name, best.fingerprint, at, seen.Until)
	}
	v := best.compare(h, e, at, seen.Until)
	if v.Outcome == advisor.OutcomeNotEnough && best.fingerprint != "" {
		return judgeAbsent(h, v, best, at, seen.Until)
	}
	return v
}

// judgeAbsent judges by the absence of a statement, where its source leaves
// out short calls; v is what its calls say.
func judgeAbsent(h *collectors.History, v advisor.Verdict, of subject, at, until time.Time) advisor.Verdict {
	a, ok := h.Absence(of.fingerprint)
	if !ok || v.CallsBefore == 0 {
		return v
	}
	after := h.Buckets(of.route, of.fingerprint, at.Add(time.Second), until)
	absent := advisor.Absent{Least: a.Least, Before: min(judgeBefore, at.Sub(a.Opened)), From: at, Until: a.Until, Met: a.Met}
	if n := len(after); n > 0 {
		absent.Last = after[n-1].Start.Add(after[n-1].Width)
	}
	if w := advisor.JudgeAbsent(of.name, of.before, absent); v.CallsAfter == 0 || w.Outcome == advisor.OutcomeBetter {
		return w
	}
	return v
}

type subject struct {
	name        string
	route       collectors.Route
	fingerprint string
	sampled     bool
	before      []stat.Bucket
	spent       float64
}

// subjects are the routes of a change, or else its live statements. One that is
// sampled, or in a log with a threshold, may never be seen again where the
// change has made it fast.
func (seen Seen) subjects(h *collectors.History, e advisor.Entry) []subject {
	names := append([]string(nil), e.Routes...)
	for _, f := range e.Fingerprints {
		for _, l := range seen.Links {
			if l.Fingerprint == f {
				names = append(names, l.Route)
			}
		}
	}
	var out []subject
	for i, name := range names {
		if name != "" && !slices.Contains(names[:i], name) {
			out = append(out, subject{name: name, route: routeOf(name)})
		}
	}
	if len(out) > 0 || seen.Live == nil {
		return out
	}
	for _, f := range e.Fingerprints {
		label, live := seen.Live(f)
		_, absent := h.Absence(f)
		if sampled := h.OnlySampled(f); live || sampled || absent {
			out = append(out, subject{name: label, fingerprint: f, sampled: sampled})
		}
	}
	return out
}

func spent(list []stat.Bucket) float64 {
	sum := 0.0
	for _, b := range list {
		sum += b.Latency.Sum()
	}
	return sum
}

// kept are the changes of this session that stand.
func (s *State) kept() []advisor.Entry {
	return slices.DeleteFunc(s.session(), func(e advisor.Entry) bool { return !undoable(e) })
}

// session are the changes of this session, also those taken back since.
func (s *State) session() []advisor.Entry {
	var out []advisor.Entry
	for _, id := range s.applied {
		for _, e := range s.Entries {
			if e.ID == id {
				out = append(out, e)
			}
		}
	}
	return out
}
