package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestNoKeyMeansTwoThingsInOnePlace(t *testing.T) {
	m, err := newKeymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	for p := place(1); p < placesEnd; p <<= 1 {
		seen := map[string]Action{}
		for _, b := range m.valid(p) {
			for _, k := range b.keys {
				if seen[k] != "" {
					t.Errorf("%s: %q means %s and %s", placeNames()[p], k, seen[k], b.action)
				}
				seen[k] = b.action
			}
		}
		if m.action(p, "ctrl+c") != Interrupt {
			t.Errorf("%s: ctrl+c does not quit", placeNames()[p])
		}
		if m.action(p, "esc") != Back {
			t.Errorf("%s: esc does not go back", placeNames()[p])
		}
	}
}

func TestLettersTypeInTextFields(t *testing.T) {
	m, _ := newKeymap(nil)
	for _, p := range []place{inText, inEditor, inHelp} {
		for r := ' '; r < 0x7f; r++ {
			if a := m.action(p, string(r)); a != NoAction {
				t.Errorf("%s: %q means %s and cannot be typed", placeNames()[p], r, a)
			}
		}
	}
}

func TestKeysOfAUser(t *testing.T) {
	for _, c := range []struct {
		name string
		keys map[Action][]string
		want string // part of the error; "" for none
	}{
		{"another key for pause", map[Action][]string{Pause: {"p"}}, ""},
		{"a key that is taken", map[Action][]string{Pause: {"q"}}, `"q" means both`},
		{"an action that does not exist", map[Action][]string{"fly": {"f"}}, `no action "fly"`},
	} {
		err := Options{Keys: c.keys}.Check()
		got := ""
		if err != nil {
			got = err.Error()
		}
		if c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAReboundKeyWorksAndIsShown(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Keys = map[Action][]string{Pause: {"p"}}
	s := openWith(t, f, Target{Name: "app"}, o, 200, 50)
	s.sample()
	s.press("p")
	if s.m.s.paused.IsZero() {
		t.Error("p did not pause")
	}
	if v := s.text(); !strings.Contains(v, "p pause") {
		t.Errorf("want the footer to show p pause, got %q", lastLine(v))
	}
}

func TestTheKeyTableNamesEveryBinding(t *testing.T) {
	table := KeyTable()
	for _, b := range defaultBindings() {
		for _, k := range b.keys {
			if k == " " {
				k = "space"
			}
			if !strings.Contains(table, "`"+k+"`") {
				t.Errorf("%s: %q is not in the table", b.action, k)
			}
		}
	}
}

func TestEveryKeyThatAScriptNamesIsTheOneATerminalSends(t *testing.T) {
	for _, b := range defaultBindings() {
		for _, k := range b.keys {
			if got := keyMsg(k).String(); got != k && k != "alt+enter" {
				t.Errorf("%s: got %q, want %q", b.action, got, k)
			}
		}
	}
	if got := keyMsg("x"); got.Type != tea.KeyRunes {
		t.Errorf("x: got %v", got)
	}
}

func TestCtrlCQuitsEvenRightBehindEsc(t *testing.T) {
	m, err := newKeymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	for p := place(1); p < placesEnd; p <<= 1 {
		if got := m.action(p, "alt+ctrl+c"); got != Interrupt {
			t.Errorf("%s: Esc and Ctrl+C in one piece: got %q, want %q", placeNames()[p], got, Interrupt)
		}
	}
}
