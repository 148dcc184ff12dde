package ui

import (
	"fmt"
	"strings"
	"testing"
)

const longDoubt = "measured on a copy, from a warm cache; for placeholders a typical and the worst value drawn from the copied rows, as those of the calls are not known; it serves only statements that contain state = 'failed': the very end"

// A line that makes room for the note on what is below ends as every cut one.
func TestTheLineBesideTheNoteIsCutWithASign(t *testing.T) {
	long := []span{{inkText, strings.Repeat("word ", 12)}}
	a := newGrid(40, 2)
	(&scroller{}).draw(a, 1, [][]span{long, long, long})
	row := make([]rune, 40)
	for x := range row {
		if row[x] = a.g.cells[40+x].r; row[x] == 0 {
			row[x] = ' '
		}
	}
	if got := string(row); !strings.Contains(got, "…  ↓ 1 more") {
		t.Errorf("got %q, want a … before the note", got)
	}
}

// What does not fit says so, names the key, and is whole behind it.
func TestWhatIsCutIsNamedAndReachable(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {100, 30}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := watched(t, size[0], size[1])
			s.m.s.Advice.Recommendations[0].MayBeWrong = longDoubt
			s.m.s.Advice.Notes = []string{strings.Repeat("copying read the file in short turns; ", 9), "the last note"}
			s.press("4")
			s.want("advice of ", "⏎ all")
			s.wantNot("the last note")
			s.press("1", "enter", "enter")
			s.want("Why it may be wrong", "… ", "⏎ all")
			s.wantNot("the very end")
			s.press("enter")
			s.press("G")
			s.want("may be wrong", "the last note")
			for range 40 {
				if strings.Contains(flat(s.text()), "the very end") {
					break
				}
				s.press("up")
			}
			if got := flat(s.text()); !strings.Contains(got, "the very end") {
				t.Errorf("the end of the doubt is not on the card:\n%s", s.text())
			}
		})
	}
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestTheNoteOfARunWithoutAdviceHasRoom(t *testing.T) {
	s := watched(t, 80, 24)
	s.m.s.Advice.Recommendations = nil
	s.m.s.Advice.Notes = []string{strings.Repeat("copying read the file in short turns; ", 5), "the last note"}
	s.press("4")
	s.want("the last note")
	s.wantNot("⏎ all")
}

func TestScrolling(t *testing.T) {
	lines := make([][]span, 30)
	for _, c := range []struct {
		name string
		keys []Action
		want int
	}{
		{"it begins at the top", nil, 0},
		{"down and up", []Action{Down, Down, Up}, 1},
		{"not above the top", []Action{Up, PageUp}, 0},
		{"a page keeps one line", []Action{PageDown}, 9},
		{"to the end and not beyond", []Action{End, Down, PageDown}, 20},
		{"from the end back at once", []Action{End, Down, Up}, 19},
		{"home", []Action{End, Home}, 0},
		{"another key", []Action{Down, Copy}, 1},
	} {
		s := scroller{}
		s.draw(newGrid(40, 10), 0, lines)
		for _, k := range c.keys {
			s.move(k)
		}
		if s.first != c.want {
			t.Errorf("%s: first line %d, want %d", c.name, s.first, c.want)
		}
	}
	short := scroller{}
	short.draw(newGrid(40, 40), 0, lines)
	if short.move(Down); short.first != 0 || short.offer() != nil {
		t.Errorf("what fits scrolls to %d and offers %v", short.first, short.offer())
	}
}
