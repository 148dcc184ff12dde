package ui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// before and after a change this much is compared: long enough for a quiet
// route, short enough to be the same traffic.
const (
	judgeBefore = 10 * time.Minute
	judgeAfter  = 10 * time.Minute
	// A decided verdict is looked at again for this long, then it stands:
	// whatever else happens on the machine later is not the change's doing.
	judgeSettles = time.Minute
)

// judge compares before and after for every change that stands, until its
// verdict is decided; decided ones are kept in the journal.
func (s *State) judge() []tea.Cmd {
	var cmds []tea.Cmd
	for _, e := range s.Entries {
		if e.State != advisor.EntryApplied || s.last.Sub(settled(e)) > judgeAfter {
			continue
		}
		old := s.Verdicts[e.ID]
		if isDecided(old.Outcome) && s.last.Sub(settled(e)) > judgeSettles {
			continue
		}
		v, ok := s.verdict(e)
		if !ok {
			continue
		}
		s.Verdicts[e.ID] = v
		if v.Outcome != old.Outcome && isDecided(v.Outcome) {
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

// verdict judges the route that spent the most time before the change; a
// change that no route is linked to is judged by its statement.
func (s *State) verdict(e advisor.Entry) (advisor.Verdict, bool) {
	at := settled(e)
	best, found := subject{}, false
	for _, sub := range s.subjects(e) {
		sub.before = s.History.Buckets(sub.route, sub.fingerprint, at.Add(-judgeBefore), at)
		sub.spent = spent(sub.before)
		if !found || sub.spent > best.spent {
			best, found = sub, true
		}
	}
	if !found {
		return advisor.Verdict{Subject: e.Title, Outcome: advisor.OutcomeUnseen, Text: string(advisor.OutcomeUnseen)}, true
	}
	// The second of the change holds calls of both sides.
	after := s.History.Buckets(best.route, best.fingerprint, at.Add(time.Second), s.last)
	return advisor.Judge(best.name, best.before, after), true
}

type subject struct {
	name        string
	route       collectors.Route
	fingerprint string
	before      []stat.Bucket
	spent       float64
}

func (s *State) subjects(e advisor.Entry) []subject {
	seen := map[string]bool{}
	var out []subject
	add := func(name string) {
		if !seen[name] && name != "" {
			seen[name] = true
			out = append(out, subject{name: name, route: routeOf(name)})
		}
	}
	for _, r := range e.Routes {
		add(r)
	}
	for _, f := range e.Fingerprints {
		for _, l := range s.links() {
			if l.Fingerprint == f {
				add(l.Route)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, f := range e.Fingerprints {
		if w, ok := s.statement(f); ok && w.Source.Live {
			out = append(out, subject{name: s.statementLabel(f), fingerprint: f})
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
