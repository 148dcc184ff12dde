package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Advice that nobody asked for begins when there is something to advise on:
// a few seconds of live statements, or a while without any; statements of a
// file alone need no watching, but what is written has a rate by then. It is asked anew
// when the workload has changed since, but not all the time: a run reads the
// tables.
const (
	watchFirst  = 2 * time.Second  // after the first live statement; with a file's, after attaching
	watchAtMost = 12 * time.Second // without one
	adviseAgain = time.Minute
	adviseRetry = 10 * time.Second // after a run that failed
	newShare    = 0.1              // of all statements' time, of one that was not known
)

// autoAdvise starts the advisor when it is time to; never on a production
// target, where a user asks with A.
func (s *State) autoAdvise() tea.Cmd {
	if !s.advisesItself() || s.Advising != "" {
		return nil
	}
	if s.liveSince.IsZero() && s.hasLive() {
		s.liveSince = s.last
	}
	switch {
	case s.asked.IsZero():
		if s.last.Before(s.advisesAt()) {
			return nil
		}
	case s.last.Sub(s.asked) < adviseAgain || s.AdviseBy == nil && !s.grew():
		return nil
	}
	again := !s.asked.IsZero()
	cmd := s.advise()
	if s.started = "by itself"; again {
		s.started = "by itself, anew"
	}
	return cmd
}

// bracketed follows what it tells more of.
func bracketed(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// advisesItself reports that the advisor begins without being asked.
func (s *State) advisesItself() bool { return !s.opts.Quiet && !s.Target.Production }

// advisesAt is when it begins for the first time.
func (s *State) advisesAt() time.Time {
	first, most := s.liveSince.Add(watchFirst), s.attached.Add(watchAtMost)
	switch {
	case !s.liveSince.IsZero() && first.Before(most):
		return first
	case s.liveSince.IsZero() && s.onlyGiven():
		return s.attached.Add(watchFirst)
	}
	return most
}

// onlyGiven reports that statements are known from files, and that no source
// of live ones is watched.
func (s *State) onlyGiven() bool {
	given := false
	for _, src := range s.History.Latest().Statements {
		if src.Source.Live {
			return false
		}
		given = given || len(src.Rows) > 0
	}
	return given
}

// startOver forgets what was found out about a file that is gone, and lets the
// advisor begin on the new one as after attaching. A change under way has its
// own guard against another file.
func (m *root) startOver() tea.Cmd {
	s := m.s
	s.Advice, s.partial, s.AdviseBy = nil, false, nil
	s.asked, s.askedOf, s.liveSince, s.attached = time.Time{}, nil, time.Time{}, s.now
	s.replaced++
	clear(s.Plans)
	if m.stop == nil {
		m.dialog = nil
	}
	cmds := []tea.Cmd{s.readJournal(), notice(inkWarn, "another file has taken the database's place: the advisor begins anew")}
	if p, ok := m.panel().(interface{ opened(*State) tea.Cmd }); ok {
		cmds = append(cmds, p.opened(s))
	}
	return tea.Batch(cmds...)
}

// askSoon lets the next run begin after a while: a run that failed, on a lock
// for instance, knows nothing of the statements.
func (s *State) askSoon() { s.asked, s.askedOf = s.last.Add(adviseRetry-adviseAgain), nil }

func (s *State) hasLive() bool {
	for _, w := range s.Win.Statements {
		if w.Source.Live && (w.Calls > 0 || w.Source.Sampled) {
			return true
		}
	}
	return false
}

// grew reports a statement that matters and that the last advice did not
// know.
func (s *State) grew() bool {
	for _, w := range s.Win.Statements {
		if w.Source.Live && w.Share >= newShare && !s.askedOf[w.Fingerprint] {
			return true
		}
	}
	return false
}

// rememberAsked notes what the advisor is asked about.
func (s *State) rememberAsked() {
	s.asked, s.askedOf = s.last, map[string]bool{}
	for _, w := range s.Win.Statements {
		s.askedOf[w.Fingerprint] = true
	}
}
