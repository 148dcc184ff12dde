package ui

import (
	"slices"
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
		look := func(o advisor.Outcome) bool { return !isDecided(o) && (o != advisor.OutcomeMixed || guard) } // a mix takes a while to come back
		switch age := s.last.Sub(settled(e)); {
		case look(old.Outcome) || isDecided(old.Outcome) && age <= judgeSettles:
			v = JudgeChange(s.History, e, s.seen())
		case old.Statement != nil && look(old.Statement.Outcome):
			v.Statement = s.seen().promised(s.History, e)
		}
		v.Guarded, v.Slower = old.Guarded, old.Slower
		if age := s.last.Sub(settled(e)); guard && e.Table != "" && age >= judgeSettles && age <= guardFor {
			v = advisor.Guard(v, s.guards(e))
		}
		s.Verdicts[e.ID] = v
		if isDecided(v.Outcome) && (v.Outcome != old.Outcome || len(v.Slower) != len(old.Slower) || newlyDecided(old.Statement, v.Statement)) {
			cmds = append(cmds, s.record(e.ID, v))
		}
	}
	return cmds
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

// newlyDecided reports a verdict on a statement that says more than before.
func newlyDecided(old, v *advisor.Verdict) bool {
	return v != nil && isDecided(v.Outcome) && (old == nil || old.Outcome != v.Outcome)
}

// seen is what the dashboard has seen beside the history.
func (s *State) seen() Seen {
	return Seen{Links: s.links(), Until: s.last, Live: func(fingerprint string) (string, bool) {
		w, ok := s.statement(fingerprint)
		return s.statementLabel(fingerprint), ok && w.Source.Live
	}}
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
	routes := seen.routes(e)
	if len(routes) == 0 {
		if of, ok := heaviest(h, e, seen.statements(h, e)); ok {
			return of.judge(h, e, seen.Until)
		}
		return advisor.Unseen(e.Title)
	}
	of, _ := heaviest(h, e, routes)
	v := of.judge(h, e, seen.Until)
	v.OfRoute, v.Statement = true, seen.promised(h, e)
	return v
}

// promised is the verdict on the statement itself, of a change that has a
// prediction: a route does more than what was predicted. nil: it is not seen.
func (seen Seen) promised(h *collectors.History, e advisor.Entry) *advisor.Verdict {
	of, ok := heaviest(h, e, seen.statements(h, e))
	if !ok || e.Predicted == nil || of.sampled {
		return nil
	}
	v := of.judge(h, e, seen.Until)
	return &v
}

// heaviest is the subject that the most time was spent in before a change.
func heaviest(h *collectors.History, e advisor.Entry, list []subject) (best subject, found bool) {
	at := settled(e)
	for _, sub := range list {
		sub.before = h.Buckets(sub.route, sub.fingerprint, at.Add(-judgeBefore), at)
		sub.spent = spent(sub.before)
		if !found || sub.spent > best.spent {
			best, found = sub, true
		}
	}
	return best, found
}

// judge judges one route or statement by what is known of it.
func (sub subject) judge(h *collectors.History, e advisor.Entry, until time.Time) advisor.Verdict {
	at := settled(e)
	if sub.sampled {
		return judgeSampled(h, sub.name, sub.fingerprint, at, until)
	}
	v := sub.compare(h, e, at, until)
	if v.Outcome == advisor.OutcomeNotEnough && sub.fingerprint != "" {
		return judgeAbsent(h, v, sub, at, until)
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

// routes are those that a change was advised for, and those that are linked to
// its statements.
func (seen Seen) routes(e advisor.Entry) []subject {
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
	return out
}

// statements are those of a change that are seen live. One that is sampled, or in
// a log with a threshold, may never be seen again where the change has made it
// fast.
func (seen Seen) statements(h *collectors.History, e advisor.Entry) (out []subject) {
	if seen.Live == nil {
		return nil
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
