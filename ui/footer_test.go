package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

func TestTheFooterDropsFromTheRightAndNeverHelp(t *testing.T) {
	for _, screen := range []string{"1", "2", "3", "4", "5", "6"} {
		s := watched(t, 200, 60)
		s.press(screen)
		// What leads to the next part has a shorter word where room is short.
		parts := strings.NewReplacer("routes, last requests", "next part", "advice, journal, declined", "next part", "tables, settings, processes, worth a look", "next part")
		whole := strings.Fields(parts.Replace(ansi.Strip(lastLine(s.m.View()))))
		for width := 60; width < 200; width += 7 {
			s.send(tea.WindowSizeMsg{Width: width, Height: 40})
			foot := ansi.Strip(lastLine(s.m.View()))
			keys, ok := strings.CutSuffix(strings.TrimRight(foot, " "), "? help   q quit")
			if !ok {
				t.Errorf("view %s, %d columns: got footer %q, want ? and q at its end", screen, width, foot)
			}
			for i, word := range strings.Fields(parts.Replace(keys)) {
				if whole[i] != word {
					t.Errorf("view %s, %d columns: got footer %q, want the beginning of %q", screen, width, foot, whole)
					break
				}
			}
		}
	}
}

func TestTheIntervalIsChangedAndShown(t *testing.T) {
	s := watched(t, 120, 40)
	s.want("● live 1 s")
	s.press("-")
	if slower := s.m.s.Tick; slower <= time.Second {
		t.Errorf("got an interval of %v after -, want a longer one", slower)
	}
	s.wantNot("● live 1 s")
	s.press("+", "+")
	if faster := s.m.s.Tick; faster >= time.Second {
		t.Errorf("got an interval of %v after +, want a shorter one", faster)
	}
}

// What went wrong is said to its end.
func TestALongMessageTakesMoreThanOneLine(t *testing.T) {
	long := "apply: ERROR: could not create unique index: key (customer_id, at) is duplicated in the table of orders, which is what its owner has to mend first"
	for _, c := range []struct {
		w    int
		want []string
	}{
		{200, []string{long}},
		{80, []string{"apply: ERROR: could not create", "has to mend first"}},
		{60, []string{"apply: ERROR: could not", "mend first"}},
	} {
		s := watched(t, c.w, 24)
		s.send(noticeMsg{inkCrit, long})
		s.want(c.want...)
		s.press("3")
		s.wantNot("mend first")
	}
}

// Where a list of parts has no room, the key that leads to them still has.
func TestTheNextPartIsOfferedOnASmallScreen(t *testing.T) {
	for _, view := range []string{"5"} {
		s := watched(t, 60, 15)
		s.press(view)
		if foot := lastLine(s.text()); !strings.Contains(foot, "tab next part") {
			t.Errorf("view %s: %q", view, foot)
		}
	}
}
