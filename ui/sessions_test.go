package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/diagnose"
	"mltop/internal/sqltext"
)

// serverFake is the fake deployment on a server.
type serverFake struct {
	*fake
	acts []string
	err  error
}

func (f *serverFake) PreviewAct(_ context.Context, act advisor.Act) (advisor.Preview, error) {
	return advisor.Preview{
		Recommendation: advisor.Recommendation{Kind: act.Kind, Title: "act", Warnings: []advisor.Warning{{Text: "what dies: " + act.Session.Dies}}, Scope: "one session"},
		Steps: []db.Step{{Object: db.Object{Kind: advisor.ObjectSession, Name: act.Session.ID}, Do: []string{string(act.Kind) + " session " + act.Session.ID},
			Irreversible: "what is ended does not come back", Blocks: db.Blocks{Who: "nobody"}}},
	}, f.fail["preview"]
}

func (f *serverFake) Act(_ context.Context, act advisor.Act) (advisor.Entry, error) {
	f.acts = append(f.acts, string(act.Kind)+" "+act.Session.ID)
	return advisor.Entry{ID: "9", State: advisor.EntryDone, Kind: act.Kind, Title: "Terminate session " + act.Session.ID}, f.err
}

func openServer(t *testing.T, target Target, w, h int) (*session, *serverFake) {
	t.Helper()
	f := &serverFake{fake: newFake()}
	f.byHand = true
	target.Name, target.Label, target.Path, target.Sessions = "shop", "PostgreSQL", "postgres:///shop", true
	s := &session{t, New(f, target, options(f.fake)), f.fake}
	s.m.s.diagnose = fakeFindings
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	s.sample()
	return s, f
}

func TestGoldenSessions(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s, _ := openServer(t, Target{}, size[0], size[1])
			s.press("7", "v")
			golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
		})
	}
	t.Run("terminate", func(t *testing.T) {
		s, _ := openServer(t, Target{}, 120, 40)
		s.press("7", "T")
		golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
	})
}

// A server's counters stand where a file has its processes.
func TestGoldenServerDatabase(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s, f := openServer(t, Target{}, size[0], size[1])
			sample := f.sample()
			for _, sec := range sample.Sections {
				if d, ok := sec.(*collectors.Database); ok {
					d.Stats.Label, d.Stats.Version, d.Stats.JournalMode, d.Stats.Since = "PostgreSQL", "15.20", "", noon.Add(-14*24*time.Hour)
					d.Stats.ConnectionsUsed, d.Stats.ConnectionsAllowed, d.CacheHitRatio = ptr(57.0), ptr(100.0), ptr(0.993)
					d.Counters = []collectors.CounterRate{
						{Counter: db.Counter{Name: "queries", Label: "statements", Value: 5e8}, Now: ptr(412.0), Mean: ptr(380.0)},
						{Counter: db.Counter{Name: "deadlocks", Label: "deadlocks", Value: 12}, Now: ptr(0.0), Mean: ptr(1e-5)},
						{Counter: db.Counter{Name: "temp_bytes", Label: "temporary files", Unit: "bytes", Value: 8e9}, Now: ptr(31e6), Mean: ptr(6600.0)},
						{Counter: db.Counter{Name: "lag", Label: "behind the primary", Unit: "seconds", Value: 2.5, Gauge: true}},
					}
				}
			}
			s.send(sampleMsg{sample: sample})
			s.press("5", "tab", "tab")
			golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
		})
	}
}

func TestSessionsStandBehindThoseTheyWaitFor(t *testing.T) {
	s, _ := openServer(t, Target{}, 120, 40)
	s.press("7")
	text, last := s.text(), -1
	for _, want := range []string{"4711", "└4712", "└4713", "4714", "4715"} {
		at := strings.Index(text, want)
		if at <= last {
			t.Errorf("%s stands at %d, behind %d:\n%s", want, at, last, text)
		}
		last = at
	}
	for _, want := range []string{"5 sessions", "1 active", "2 waiting", "1 idle in a transaction", "what it wrote in 50 s of transaction"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the screen:\n%s", want, text)
		}
	}
	if strings.Contains(text, "'open'") {
		t.Errorf("a literal is shown:\n%s", text)
	}
	s.press("s")
	if strings.Contains(s.text(), "└") {
		t.Errorf("in another order a branch means nothing:\n%s", s.text())
	}
}

func TestEndingASession(t *testing.T) {
	for _, row := range []struct {
		name   string
		target Target
		keys   []string
		typed  string
		err    error
		acts   string
		shown  string
	}{
		{name: "terminate takes two keys", keys: []string{"T", "y"}, acts: "terminate 4711", shown: "done: Terminate session 4711"},
		{name: "cancel takes two keys", keys: []string{"down", "c", "y"}, acts: "cancel 4712"},
		{name: "Enter in the preview leaves it", keys: []string{"T", "enter"}, acts: ""},
		{name: "Esc leaves it", keys: []string{"T", "esc"}, acts: ""},
		{name: "the preview says what dies", keys: []string{"T"}, shown: "what dies: what it wrote in 50 s"},
		{name: "read-only until unlocked", target: Target{ReadOnly: true}, keys: []string{"T", "y"}, shown: "READ-ONLY"},
		{name: "on production the session's number is typed", target: Target{Production: true}, keys: []string{"T", "y"}, typed: "4711", acts: "terminate 4711"},
		{name: "a wrong number does nothing", target: Target{Production: true}, keys: []string{"T", "y"}, typed: "4712", acts: "", shown: "that is not 4711"},
		{name: "the server refuses", keys: []string{"T", "y"}, err: errors.New("must be a superuser"), acts: "terminate 4711", shown: "must be a superuser"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, f := openServer(t, row.target, 120, 40)
			f.err = row.err
			s.press("7")
			s.press(row.keys...)
			if row.typed != "" {
				s.typed(row.typed)
				s.press("enter")
			}
			if got := strings.Join(f.acts, ", "); got != row.acts {
				t.Errorf("got %q, want %q:\n%s", got, row.acts, s.text())
			}
			if !strings.Contains(s.text(), row.shown) {
				t.Errorf("no %q on the screen:\n%s", row.shown, s.text())
			}
		})
	}
}

func TestAFileHasNoSessionsView(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("7")
	if text := s.text(); !strings.Contains(text, "a file has no sessions") || strings.Contains(text, "Sessions") {
		t.Errorf("got:\n%s", text)
	}
}

func TestEnterOnASessionLeadsToItsStatement(t *testing.T) {
	s, f := openServer(t, Target{}, 120, 40)
	sample := f.sample()
	for _, sec := range sample.Sections {
		if sec, ok := sec.(*collectors.Statements); ok {
			sec.Rows[0].Fingerprint = sqltext.Fingerprint(exampleSQL)
		}
	}
	s.send(sampleMsg{sample: sample})
	s.press("7", "down", "down", "down", "enter")
	if s.m.panel().Title() != "Statement" {
		t.Errorf("got %s, want the statement's page:\n%s", s.m.panel().Title(), s.text())
	}
}

func TestOfASessionThatRunsNothingTerminateIsOfferedFirst(t *testing.T) {
	s, _ := openServer(t, Target{}, 80, 24)
	s.press("7")
	for _, row := range []struct{ name, key, first, second string }{
		{"idle in a transaction", "", "T terminate", ""},
		{"under way", "down", "c cancel statement", "T terminate"},
	} {
		if row.key != "" {
			s.press(row.key)
		}
		lines := strings.Split(s.text(), "\n")
		foot := lines[len(lines)-1]
		if i := strings.Index(foot, row.first); i < 0 || i > strings.Index(foot, "?") || row.second != "" && strings.Index(foot, row.second) < i {
			t.Errorf("%s: got %q, want %q first", row.name, foot, row.first)
		}
	}
}

// A DBA at 80 columns sees who holds others up, and the keys that end one.
func TestEverySessionCanBeEndedAt80Columns(t *testing.T) {
	s, _ := openServer(t, Target{}, 80, 24)
	s.press("7")
	s.want("holds up")
	for _, row := range []struct {
		session  string
		ends     string
		cancels  bool
		pressing string
	}{
		{"4711 is idle in a transaction", "T terminate", false, "it runs no statement"},
		{"4712 waits", "T terminate", true, "cancel session 4712"},
		{"4713 waits", "T terminate", true, "cancel session 4713"},
		{"4714 runs", "T terminate", true, "cancel session 4714"},
		{"4715 is idle", "T terminate", false, "it runs no statement"},
	} {
		foot := lastLine(s.text())
		if !strings.Contains(foot, row.ends) || strings.Contains(foot, "c cancel") != row.cancels {
			t.Errorf("%s: got the keys %q, want %q, and c only where something runs", row.session, foot, row.ends)
		}
		s.press("c")
		s.want(row.pressing)
		if row.cancels {
			s.press("esc")
		}
		s.press("down")
	}
}

// From the verdict that names the root of a queue Enter leads to it, wherever
// the cursor was; a transaction of a part of a second is one.
func TestTheVerdictLeadsToTheRootOfTheQueue(t *testing.T) {
	s, f := openServer(t, Target{}, 120, 40)
	s.press("7", "down", "down", "1")
	sample := f.sample()
	for _, sec := range sample.Sections {
		if d, ok := sec.(*collectors.Database); ok {
			d.Sessions[3].Transaction = 140 * time.Millisecond
		}
	}
	s.send(sampleMsg{sample: sample})
	s.run(s.m.s.follow(diagnose.Finding{View: "sessions"}))
	if x, ok := s.m.views[6].(*sessions).current(s.m.s); !ok || x.ID != "4711" || s.m.at != 6 {
		t.Errorf("view %d, session %s: want the root 4711 in the sessions", s.m.at+1, x.ID)
	}
	s.want("140 ms")
	s.wantNot("  0 s")
}

// s sorts by what can be seen: at 80 columns there is no user.
func TestOnlyColumnsOnTheScreenAreSortedBy(t *testing.T) {
	s, _ := openServer(t, Target{}, 80, 24)
	s.press("7")
	s.want("holds up") // drawn, it knows its width
	var seen []string
	for range 6 {
		s.press("s")
		for _, line := range strings.Split(s.text(), "\n") {
			if i := strings.IndexAny(line, "▾▴"); i > 0 && strings.Contains(line, "statement") {
				seen = append(seen, strings.TrimSpace(line[strings.LastIndex(line[:i], "  ")+1:i]))
			}
		}
	}
	if got, want := strings.Join(seen, ", "), "state, for, holds up, statement, session, state"; got != want {
		t.Errorf("sorted by %q, want %q", got, want)
	}
}

// Whatever the footer has no room for stands first in the help that it names.
func TestHelpBeginsWithTheKeysOfTheView(t *testing.T) {
	for _, view := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		s, _ := openServer(t, Target{}, 80, 24)
		s.press(view)
		here := s.m.panel().place()
		s.press("?")
		text := s.text()
		for _, b := range s.m.keys.list {
			if b.in == here && !strings.Contains(text, b.does) {
				t.Errorf("view %s: help does not name %q on its first page:\n%s", view, b.does, text)
			}
		}
	}
}

func TestTheReasonOfARefusalIsNotCut(t *testing.T) {
	s, _ := openServer(t, Target{}, 80, 24)
	why := "a long reason of a server that goes on and on, past the width of the dialog, to the very end of it"
	s.m.dialog = &dialog{act: &advisor.Act{Kind: advisor.KindCancel}, refused: why}
	text := s.text()
	for _, word := range []string{"▲ a long reason", "very end of it"} {
		if !strings.Contains(text, word) {
			t.Errorf("no %q on the screen:\n%s", word, text)
		}
	}
}
