package ui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/units"
)

// Advice is on the catalog and the settings as they were. When somebody changes
// them, what is offered is looked at again, and what does not hold any more is
// no longer offered.

// outdatedMsg is which advice does not hold any more, and why, by ID.
type outdatedMsg struct {
	of   time.Time // Advice.At when it was asked
	gone map[string]string
	err  error
}

// lookAgain is between two looks at advice, where the first one failed.
const lookAgain = 10 * time.Second

// changedNow reports that a sample brought a change of the catalog or of a
// setting.
func changedNow(sample collectors.Sample) bool {
	for _, section := range sample.Sections {
		events, ok := section.(*collectors.Events)
		if ok && slices.ContainsFunc(events.List, func(e collectors.Event) bool { return e.Kind == "schema" || e.Kind == "setting" }) {
			return true
		}
	}
	return false
}

// otherCatalog reports that the catalog is no longer of a version: plans of
// then are of the past.
func (s *State) otherCatalog(version string) bool {
	now := s.catalog()
	return version != "" && now != nil && now.Version != "" && now.Version != version
}

// recheck looks at the advice again when it is time to.
func (s *State) recheck(sample collectors.Sample) tea.Cmd {
	if changedNow(sample) {
		s.recheckAt = s.last
	}
	if s.Advice == nil || s.recheckAt.IsZero() || s.last.Before(s.recheckAt) {
		return nil
	}
	s.recheckAt = time.Time{}
	of, list, schema := s.Advice.At, s.Advice.Recommendations, s.catalog()
	return func() tea.Msg {
		gone, err := s.backend.Outdated(s.ctx, list, schema)
		return outdatedMsg{of, gone, err}
	}
}

// catalog is the newest that was read; nil where none was.
func (s *State) catalog() *db.Schema {
	if d := s.History.Latest().Database; d != nil {
		return d.Schema
	}
	return nil
}

func (m *root) onOutdated(msg outdatedMsg) tea.Cmd {
	s := m.s
	switch {
	case msg.err != nil:
		s.recheckAt = s.last.Add(lookAgain)
		return nil
	case s.Advice == nil || s.Advice.At != msg.of || len(msg.gone) == 0:
		return nil // a newer run has looked itself
	}
	advice := s.Advice.Without(msg.gone)
	lost := len(s.Advice.Recommendations) - len(advice.Recommendations)
	s.Advice = &advice
	for id, why := range msg.gone {
		s.gone[id] = why
	}
	clear(s.Plans) // they were explained beside it
	if !s.loading() {
		s.look()
	}
	if lost == 0 {
		return nil
	}
	return notice(inkWarn, units.Plural(lost, "piece")+" of advice no longer holds: "+anyOf(msg.gone))
}

// anyOf is the first of some reasons, by ID.
func anyOf(gone map[string]string) string {
	first := ""
	for id := range gone {
		if first == "" || id < first {
			first = id
		}
	}
	return gone[first]
}

// goneText is what a card says of advice that is not offered any more.
func (s *State) goneText(id string) string {
	if why := s.gone[id]; why != "" {
		return "this advice no longer holds: " + why
	}
	return "this advice is gone: A asks anew"
}

func (s *State) goneSpans(id string, width int) [][]span {
	out := [][]span{nil}
	for _, line := range wrapText(s.goneText(id), width, wholeText) {
		out = append(out, []span{{inkDim, line}})
	}
	return out
}

// goneLines are all that is shown of a change that nobody can make any more.
func goneLines(p advisor.Preview, width int) [][]span {
	return append(labelled("what", p.Recommendation.Title, width), labelled("gone", p.Gone, width)...)
}
