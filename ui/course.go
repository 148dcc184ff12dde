package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// courseLines is the room for the curve of a search that is under way: whole
// where the advice below it keeps most of the screen.
func (s *State) courseLines(height int) int {
	switch {
	case s.Advising == "" || len(s.course.Points) == 0:
		return 0
	case height >= 44:
		return 11
	case height >= 28:
		return 7
	}
	return 1
}

// drawCourse draws what the workload costs under the best indexes so far, over
// the questions asked: whether it is worth waiting any longer shows in it.
func (s *State) drawCourse(a area) {
	c := s.course
	if a.h == 0 {
		return
	}
	x := a.spans(3, 0, span{inkText, courseText(c)})
	for _, note := range courseEnds(c) {
		if x+2+textWidth(note) < a.w {
			a.text(x+2, 0, inkDim, note)
			break
		}
	}
	if a.h < 5 {
		return
	}
	_, a = a.top(1)
	line := chart.Series{Name: "best so far", Ink: chart.InkA, Values: stepsOf(c, 2*a.w)}
	f := chart.Frame{Graph: s.opts.Graph, EndLabel: units.Plural(c.Calls, "question")}
	a.picture(chart.Line(min(a.w, mostCourse), a.h, []chart.Series{line}, f, chart.Scale{Format: units.Percent, Max: 1}))
}

// mostCourse: a wider curve of some steps shows nothing more.
const mostCourse = 120

// courseText is how far a search has come.
func courseText(c advisor.Course) string {
	return fmt.Sprintf("the workload's cost 100 → %s after %s", units.Percent(c.Last()), units.Plural(c.Calls, "question"))
}

// courseEnds is what ends the search, in the words that there is room for.
func courseEnds(c advisor.Course) []string {
	const key = "A stops and takes it"
	if c.Most > 0 {
		return []string{key + ", else it ends after " + units.Seconds(c.Most), key}
	}
	return []string{key}
}

// stepsOf reads the curve at n places: between two points the cost is that of
// the first.
func stepsOf(c advisor.Course, n int) []float64 {
	out := make([]float64, n)
	cost, next := 1.0, 0
	for i := range out {
		calls := float64(c.Calls) * float64(i) / float64(max(n-1, 1))
		for next < len(c.Points) && float64(c.Points[next].Calls) <= calls {
			cost, next = c.Points[next].Cost, next+1
		}
		out[i] = cost
	}
	return out
}

// askAdvice begins a search, or ends the one that is under way with the best
// so far.
func (s *State) askAdvice() tea.Cmd {
	if s.Advising == "" {
		cmd := s.advise()
		s.started = "asked for"
		return cmd
	}
	s.enough()
	s.Advising = "ends with the best so far"
	return nil
}
