package ui

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/ui/chart"
)

// aCourse is a search that has gained most by its first questions.
func aCourse() advisor.Course {
	return advisor.Course{Calls: 312, Most: 60, Points: []advisor.Point{{Calls: 40, Cost: 1}, {Calls: 58, Cost: 0.61}, {Calls: 90, Cost: 0.34}, {Calls: 140, Cost: 0.22}, {Calls: 260, Cost: 0.18}}}
}

// searching is the advisor's screen while a search is under way.
func searching(t *testing.T, w, h int, with func(*Options)) *session {
	f := newFake()
	o := options(f)
	if with != nil {
		with(&o)
	}
	s := openWith(t, f, Target{Name: "orders-api", Label: "SQLite 3.46.1", Path: "app.db"}, o, w, h)
	s.sample()
	s.press("4")
	s.m.s.Advising = "starting"
	s.m.s.enough = func() {}
	soFar := fakeAdvice()
	soFar.Course = aCourse()
	s.send(adviceSoFar{"searching 62 %", soFar, 0})
	return s
}

func TestGoldenSearches(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			golden.RequireEqual(t, []byte(ansi.Strip(searching(t, size[0], size[1], nil).m.View())))
		})
	}
	t.Run("ascii", func(t *testing.T) {
		s := searching(t, 100, 40, func(o *Options) { o.Graph = chart.ASCII })
		golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
	})
}

// The cost between two points is that of the first: the best so far holds until
// something better is found.
func TestACourseIsDrawnInSteps(t *testing.T) {
	c := advisor.Course{Calls: 10, Points: []advisor.Point{{Calls: 0, Cost: 1}, {Calls: 4, Cost: 0.5}, {Calls: 9, Cost: 0.25}}}
	got := stepsOf(c, 11)
	want := []float64{1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, v := range stepsOf(advisor.Course{}, 3) {
		if v != 1 || math.IsNaN(v) {
			t.Errorf("of no points: got %v, want 1", v)
		}
	}
}

// A stopper answers the best so far when its context's cause is that there is
// enough.
type stopper struct {
	*fake
	began chan struct{}
	cause chan error
}

func (f *stopper) Advise(ctx context.Context, _ func(advisor.Advice, db.Progress)) (advisor.Advice, error) {
	f.began <- struct{}{}
	<-ctx.Done()
	f.cause <- context.Cause(ctx)
	a := fakeAdvice()
	a.Partial = "stopped; best so far"
	return a, nil
}

func TestTheKeyThatAsksForAdviceStopsASearch(t *testing.T) {
	f := &stopper{newFake(), make(chan struct{}, 1), make(chan error, 1)}
	f.byHand = true
	s := &session{t, New(f, Target{Name: "orders-api"}, options(f.fake)), f.fake}
	s.m.s.diagnose = fakeFindings
	s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	s.sample()
	s.press("4", "A") // the command waits and is left alone
	<-f.began
	if !strings.Contains(s.text(), "stop, best so far") {
		t.Errorf("the footer does not say what A does now:\n%s", s.text())
	}
	s.press("A")
	if cause := <-f.cause; !errors.Is(cause, advisor.ErrEnough) {
		t.Errorf("the search ended by %v, want %v", cause, advisor.ErrEnough)
	}
}

// Whoever sees the advisor at work, or its advice, has to know whether it was
// asked, and how to stop it.
func TestASearchSaysWhatBeganItAndHowItEnds(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(s *session) tea.Cmd
		want  string
	}{
		"a user": {func(s *session) tea.Cmd { return s.m.s.askAdvice() }, "(asked for)"},
		"nobody": {func(s *session) tea.Cmd {
			s.m.s.asked, s.m.s.last = s.m.s.last.Add(-2*adviseAgain), s.m.s.last.Add(2*adviseAgain)
			s.m.s.opts.Quiet, s.m.s.AdviseBy = false, errors.New("the run before failed")
			return s.m.s.autoAdvise()
		}, "(by itself, anew)"},
	} {
		f := newFake()
		s := openWith(t, f, Target{Name: "orders-api", Path: "app.db"}, options(f), 80, 24)
		s.sample()
		s.press("4")
		cmd := c.begin(s)
		if cmd == nil {
			t.Fatalf("begun by %s: no search begins", name)
		}
		frame := ansi.Strip(s.m.View())
		if !strings.Contains(frame, "at work "+c.want) || !strings.Contains(frame, "A stop, best so far") {
			t.Errorf("begun by %s: at 80x24 the screen does not say %q and how to stop:\n%s", name, c.want, frame)
		}
		s.run(cmd)
		if frame = ansi.Strip(s.m.View()); !strings.Contains(frame, c.want+" ") {
			t.Errorf("begun by %s: the advice is not said to be %q:\n%s", name, c.want, frame)
		}
	}
}
