package ui

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"mltop/ui/chart"
)

// Golden frames: `go test ./ui -run Golden -update` writes them anew; look at
// the difference before it is committed.
func TestGoldenFrames(t *testing.T) {
	views := []struct {
		name string
		keys []string
	}{
		{"overview", nil}, {"requests", []string{"2"}}, {"queries", []string{"3"}},
		{"advisor", []string{"4"}}, {"database", []string{"5"}}, {"log", []string{"6"}},
		{"route", []string{"enter"}}, {"statement", []string{"enter", "enter"}},
		{"card", []string{"enter", "enter", "enter"}}, {"preview", []string{"4", "a"}},
		{"help", []string{"?"}},
	}
	for _, v := range views {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			t.Run(fmt.Sprintf("%s %dx%d", v.name, size[0], size[1]), func(t *testing.T) {
				s := watched(t, size[0], size[1])
				s.press(v.keys...)
				golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
			})
		}
	}
}

// One frame with its colours in each theme, and one in each set of
// characters.
func TestGoldenThemes(t *testing.T) {
	for _, theme := range Themes()[1:] {
		t.Run(string(theme), func(t *testing.T) {
			f := newFake()
			o := options(f)
			o.Theme = theme
			s := openWith(t, f, Target{Name: "orders-api"}, o, 100, 30)
			s.sample()
			golden.RequireEqual(t, []byte(s.m.View()))
		})
	}
	for _, g := range []chart.Graph{chart.Block, chart.ASCII} {
		t.Run(fmt.Sprint("graph ", g), func(t *testing.T) {
			f := newFake()
			o := options(f)
			o.Graph = g
			s := openWith(t, f, Target{Name: "orders-api"}, o, 100, 30)
			s.sample()
			golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
		})
	}
}
