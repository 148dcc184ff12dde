package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

func newPicker(list ...Choice) *picker {
	p := &picker{title: "Attach to", list: list, paint: newPainter(Options{Theme: ThemeMono, Colors: termenv.Ascii})}
	p.at = p.next(-1, 1)
	return p
}

func TestThePickerSkipsWhatCannotBeChosen(t *testing.T) {
	p := newPicker(Choice{Note: "a port"}, Choice{Label: "a.db"}, Choice{Note: "a port"}, Choice{Label: "b.db"})
	for _, step := range []struct {
		key  string
		want int
	}{{"up", 1}, {"down", 3}, {"down", 3}, {"g", 1}, {"G", 3}, {"k", 1}} {
		if p.press(step.key); p.at != step.want {
			t.Errorf("after %s: at %d, want %d", step.key, p.at, step.want)
		}
	}
	if p.press("enter") == nil || !p.chosen {
		t.Error("Enter did not choose")
	}
}

func TestThePickerChoosesNothingFromNothing(t *testing.T) {
	p := newPicker(Choice{Note: "a port"})
	if cmd := p.press("enter"); cmd != nil || p.chosen {
		t.Error("Enter chose a line that cannot be chosen")
	}
	if p.press("q") == nil {
		t.Error("q did not leave")
	}
}

func TestThePickerFitsEverySize(t *testing.T) {
	list := []Choice{{Label: "/srv/日本語/\x1b[31ma.db", Size: "412 MB", Note: strings.Repeat("python ", 40)}, {Note: "only a port"}}
	for w := 1; w < 130; w += 7 {
		for h := 1; h < 40; h += 3 {
			p := newPicker(list...)
			p.Update(tea.WindowSizeMsg{Width: w, Height: h})
			lines := strings.Split(p.View(), "\n")
			if len(lines) != h {
				t.Fatalf("%dx%d: %d lines", w, h, len(lines))
			}
			for _, l := range lines {
				if strings.Contains(l, "\x1b[31m") {
					t.Fatalf("%dx%d: an escape got through: %q", w, h, l)
				}
			}
		}
	}
}
