package ui

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/diagnose"
)

// hostile is what a stored text may hold: escapes, a bell, line breaks,
// marks that turn the direction of text, wide characters, broken UTF-8.
const hostile = "\x1b[2J\x1b]0;owned\x07\r\n\t\u202eevil\u2066 漢字かな🎉e\u0301\xff\x00\u009b31m"

// states are ways to bring a dashboard into a state, by name.
func states() map[string]func(*session) {
	return map[string]func(*session){
		"loading":               func(s *session) {},
		"cannot be attached to": func(s *session) { s.send(sampleMsg{err: errors.New("open app.db: " + hostile)}) },
		"live":                  func(s *session) { s.sample() },
		"empty":                 func(s *session) { s.send(sampleMsg{sample: collectors.Sample{Time: noon}}) },
		"failing":               func(s *session) { s.sample(); s.send(sampleMsg{err: errors.New(hostile)}) },
		"denied": func(s *session) {
			s.sample()
			s.m.s.Errors = map[string]string{"database": "permission denied " + hostile}
		},
		"stale":   func(s *session) { s.sample(); s.m.s.now = noon.Add(90 * 1e9) },
		"paused":  func(s *session) { s.sample(); s.press(" "); s.sample() },
		"past":    func(s *session) { s.sample(); s.press("<", "<", "<", "Z") },
		"advised": func(s *session) { s.sample(); s.run(s.m.s.advise()) },
		"no requests": func(s *session) {
			s.f.bare = true
			s.sample()
			s.press("tab", "tab", "tab")
		},
		"applied":    func(s *session) { s.sample(); s.run(s.m.s.advise()); s.applyFirst(); s.sample() },
		"filtered":   func(s *session) { s.sample(); s.press("/"); s.typed("orders(") },
		"commanding": func(s *session) { s.sample(); s.press(":"); s.typed("un") },
		"helped":     func(s *session) { s.sample(); s.press("?"); s.typed("time") },
		"noticed":    func(s *session) { s.sample(); s.send(noticeMsg{inkWarn, hostile}) },
		"maximised":  func(s *session) { s.sample(); s.press("e", "tab") },
		"wrapped":    func(s *session) { s.sample(); s.press("v", "tab") },
		"hostile":    func(s *session) { s.poison() },
		"scripted": func(s *session) {
			s.sample()
			s.m.player = player{script: []Press{{Key: "enter", Caption: hostile}}}
			s.m.player.caption = hostile
		},
	}
}

// screens are ways to every screen.
func screens() map[string]func(*session) {
	return map[string]func(*session){
		"overview":  func(s *session) { s.press("1") },
		"requests":  func(s *session) { s.press("2") },
		"queries":   func(s *session) { s.press("3") },
		"advisor":   func(s *session) { s.press("4") },
		"database":  func(s *session) { s.press("5") },
		"log":       func(s *session) { s.press("6") },
		"sessions":  func(s *session) { s.send(pushMsg{newSessions()}) },
		"route":     func(s *session) { s.send(pushMsg{newRoute("GET /orders/{id}", "")}) },
		"statement": func(s *session) { s.send(pushMsg{newStatement(slowPrint)}) },
		"card":      func(s *session) { s.send(pushMsg{newCard(adviceID)}) },
		"preview":   func(s *session) { s.run(s.m.s.preview(adviceID)) },
		"editor":    func(s *session) { s.send(pushMsg{newEditor("SELECT '" + hostile)}); s.press("enter") },
		"rows":      func(s *session) { s.send(pushMsg{newEditor("SELECT 1")}); s.press("ctrl+r") },
	}
}

func (s *session) applyFirst() {
	s.run(s.m.s.preview(adviceID))
	s.press("y")
}

// poison puts hostile texts wherever a text can come from outside.
func (s *session) poison() {
	long := hostile + strings.Repeat("x漢", 1<<19) + hostile
	sample := s.f.sample()
	for _, sec := range sample.Sections {
		switch sec := sec.(type) {
		case *collectors.Requests:
			sec.Source.Name, sec.Source.Latency = long, hostile
			for i := range sec.Buckets[0].Routes {
				sec.Buckets[0].Routes[i].Route.Path = fmt.Sprint(i, long)
			}
			for i := range sec.Last {
				sec.Last[i].Path, sec.Last[i].Method = long, hostile
			}
		case *collectors.System:
			sec.Host, sec.CPURatio = long, ptr(math.Inf(1))
		case *collectors.Database:
			sec.Stats.Name, sec.Stats.JournalMode = long, hostile
			sec.Schema = &db.Schema{Tables: []*db.Table{{Name: long, Estimated: long}}}
			sec.Settings = []db.Setting{{Name: long, Value: long, Reaches: hostile}}
			sec.Sessions = []db.Session{{ID: long, User: long, Application: hostile, Host: long, State: long, Waits: hostile, Statement: long, Dies: long, BlockedBy: []string{hostile}},
				{ID: "2", BlockedBy: []string{long}, State: hostile, Transaction: math.MaxInt64, For: -1}}
		case *collectors.Statements:
			for i := range sec.Rows {
				sec.Rows[i].Text, sec.Rows[i].Example = long, long
			}
		case *collectors.Processes:
			sec.List[0].Name, sec.List[0].Command = long, long
		case *collectors.Events:
			sec.List[0].Text = long
		case *collectors.Links:
			for i := range sec.List {
				sec.List[i].How = long
			}
		}
	}
	sample.Errors = map[string]string{"database": long}
	s.m.s.diagnose = func(diagnose.Input) []diagnose.Finding {
		return []diagnose.Finding{{Level: diagnose.Crit, Text: long, View: "requests"}}
	}
	s.m.s.Target.Name, s.m.s.Target.Label = long, hostile
	s.send(sampleMsg{sample: sample})
	a := fakeAdvice()
	r := &a.Recommendations[0]
	r.Title, r.Reason, r.Statement, r.Undo, r.MayBeWrong, r.Scope = long, long, long, long, long, long
	r.Evidence, r.Warnings = []string{long}, []advisor.Warning{{Text: long, Queries: []string{long}}}
	r.Plans[0].Query, r.Plans[0].Before.Plan.Root.Children[0].Table = long, long
	a.Declined[0].What, a.Declined[0].Reason, a.Notes, a.Partial = long, long, []string{long}, long
	s.send(adviceMsg{advice: a})
	s.m.s.Log = []LogLine{{SQL: long, Who: long, Error: hostile}}
}

// sizes from nothing to a wall; the odd ones are where layouts change.
var sizes = [][2]int{{1, 1}, {2, 40}, {39, 9}, {40, 10}, {41, 11}, {59, 15}, {60, 16}, {61, 17}, {80, 24}, {99, 25}, {100, 26}, {112, 30}, {120, 40}, {150, 45}, {200, 60}, {300, 100}, {300, 10}, {40, 100}}

// In every state, on every screen, at every size a frame has exactly as many
// lines and cells as the terminal, and nothing that could steer it.
func TestEveryFrameFits(t *testing.T) {
	for state, reach := range states() {
		for screen, go_ := range screens() {
			s := open(t, newFake(), 120, 40)
			reach(s)
			s.m.prompt = keepPrompt(s, state)
			go_(s)
			for _, size := range sizes {
				s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				checkFrame(t, fmt.Sprintf("%s, %s, %d×%d", screen, state, size[0], size[1]), s.m.View(), size[0], size[1])
			}
		}
	}
}

// keepPrompt lets screens be reached while a prompt stays open.
func keepPrompt(s *session, state string) *prompt {
	if state == "filtered" || state == "commanding" {
		return nil
	}
	return s.m.prompt
}

func checkFrame(t *testing.T, name, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Fatalf("%s: got %d lines, want %d", name, len(lines), h)
	}
	for y, l := range lines {
		plain := stripSGR(l)
		if got := ansi.StringWidth(plain); got != w {
			t.Fatalf("%s: line %d: got %d cells, want %d: %q", name, y, got, w, plain)
		}
		if !utf8.ValidString(plain) || strings.ContainsFunc(plain, unsafe) {
			t.Fatalf("%s: line %d: unsafe: %q", name, y, plain)
		}
	}
}

func unsafe(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f
}

// stripSGR removes our own colours and nothing else, so that any other escape
// is found.
func stripSGR(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i])
		rest := s[i+2:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !(r >= '0' && r <= '9' || r == ';') })
		if end < 0 || rest[end] != 'm' {
			return b.String() + s[i:] // not a colour: left in, to be found
		}
		s = rest[end+1:]
	}
}

func BenchmarkFrame(b *testing.B) {
	f := newFake()
	m := New(f, Target{Name: "orders-api"}, options(f))
	m.s.diagnose = fakeFindings
	m.w, m.h = 200, 60
	m.s.put(f.sample())
	a := fakeAdvice()
	m.s.Advice = &a
	for i, p := range m.views {
		m.at = i
		b.Run(p.Title(), func(b *testing.B) {
			for b.Loop() {
				m.s.touch()
				m.View()
			}
		})
	}
}
