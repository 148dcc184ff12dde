package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/diagnose"
)

// openBare is a server whose requests nobody counts, a minute after the attach;
// change alters what is seen.
func openBare(t *testing.T, w, h int, sessions bool, change func(*collectors.Sample)) *session {
	t.Helper()
	f := newFake()
	f.bare, f.byHand = true, true
	o := options(f)
	s := openWith(t, f, Target{Name: "shop", Label: "PostgreSQL", Path: "postgres:///shop", Sessions: sessions}, o, w, h)
	s.m.s.diagnose = func(diagnose.Input) []diagnose.Finding {
		return []diagnose.Finding{{Rule: "nothing", Text: "nothing wrong on this side: 8.1 commits a second"}}
	}
	for range 60 {
		sample := f.sample()
		change(&sample)
		s.m.s.now = sample.Time
		s.m.s.put(sample)
	}
	return s
}

// ofServer makes what is seen that of a server, with one statement fewer.
func ofServer(sample *collectors.Sample) {
	for _, sec := range sample.Sections {
		if d, ok := sec.(*collectors.Database); ok {
			d.Stats.Label, d.Stats.Version, d.Stats.JournalMode, d.Stats.Missing = "PostgreSQL", "15.20", "", nil
			d.Stats.ConnectionsUsed, d.Stats.ConnectionsAllowed, d.CacheHitRatio, d.ConnectionPoolRatio = ptr(57.0), ptr(100.0), ptr(0.993), ptr(0.57)
		}
	}
}

// sampled makes its statements such as are seen by looking at the sessions.
func sampled(sample *collectors.Sample) {
	ofServer(sample)
	for _, sec := range sample.Sections {
		switch sec := sec.(type) {
		case *collectors.Statements:
			sec.Source.Sampled, sec.Source.Kind = true, "PROCESSLIST, sampled"
			for i := range sec.Rows {
				sec.Rows[i].Calls = 0
			}
		case *collectors.Database:
			sec.MeanQuerySeconds, sec.Stats.Missing = nil, map[string]string{"mean_query_seconds": "performance_schema is off"}
		}
	}
}

// unseen makes it a file of which nobody knows the statements.
func unseen(sample *collectors.Sample) {
	sample.Sections = sample.Sections[:2]
	for _, sec := range sample.Sections {
		if d, ok := sec.(*collectors.Database); ok {
			d.QueriesPerSecond, d.MeanQuerySeconds, d.Sessions = nil, nil, nil
			d.Stats.Missing["queries_per_second"], d.Stats.Missing["mean_query_seconds"] = "nobody counts them", "nobody counts them"
		}
	}
}

func TestGoldenWorkload(t *testing.T) {
	for _, row := range []struct {
		name     string
		sessions bool
		change   func(*collectors.Sample)
	}{{"server", true, ofServer}, {"sampled", true, sampled}, {"file", false, unseen}} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			t.Run(fmt.Sprintf("%s %dx%d", row.name, size[0], size[1]), func(t *testing.T) {
				s := openBare(t, size[0], size[1], row.sessions, row.change)
				golden.RequireEqual(t, []byte(ansi.Strip(s.m.View())))
			})
		}
	}
}

func TestWithoutRequestsTheOverviewLeadsToStatementsAndSessions(t *testing.T) {
	for _, row := range []struct {
		name  string
		keys  []string
		title string
		want  string
	}{
		{"Enter on the first statement opens it", []string{"down", "enter"}, "Statement", "order_items"},
		{"Tab leads to the sessions that wait, their root first", []string{"tab", "tab", "tab", "enter"}, "Sessions", "ending 4711"},
		{"and down from the last statement too", []string{"down", "end", "down", "down", "enter"}, "Sessions", "ending 4712"},
		{"up from the first session are the statements", []string{"shift+tab", "up", "enter"}, "Statement", ""},
		{"up from the first statement is the verdict", []string{"down", "up", "down", "enter"}, "Statement", "order_items"},
	} {
		s := openBare(t, 120, 40, true, ofServer)
		s.press(row.keys...)
		if got := s.m.panel().Title(); got != row.title || !strings.Contains(s.text(), row.want) {
			t.Errorf("%s: got %s, want %s with %q:\n%s", row.name, got, row.title, row.want, s.text())
		}
		s.press("esc")
		if got := s.m.panel().Title(); got != "Overview" {
			t.Errorf("%s: Esc leads to %s", row.name, got)
		}
	}
}

func TestWithoutRequestsTheValuesOfRequestsAreLeftOut(t *testing.T) {
	s := openBare(t, 120, 40, true, ofServer)
	s.press("tab")
	for range 20 {
		s.press("right")
		if v := values()[s.m.s.chosen()]; v.part == "requests" || strings.Contains(s.text(), "no source of requests") {
			t.Fatalf("the cursor stands on %q, which is not there:\n%s", v.name, s.text())
		}
	}
}

func TestTheWaitingGoFromTheOverviewWithTheirLock(t *testing.T) {
	s := openBare(t, 120, 40, true, ofServer)
	s.press("shift+tab")
	sample := s.f.sample()
	ofServer(&sample)
	for _, sec := range sample.Sections {
		if d, ok := sec.(*collectors.Database); ok {
			d.Sessions = []db.Session{{ID: "4714", State: "active", Statement: "SELECT 1"}}
		}
	}
	s.send(sampleMsg{sample: sample})
	s.wantNot("4712")
	s.press("enter")
	if got := s.m.panel().Title(); got != "Statement" {
		t.Errorf("Enter leads to %s, want the statement under the cursor:\n%s", got, s.text())
	}
}

func TestTheTimeAxisIsShortWhereThereIsNoPast(t *testing.T) {
	if s := openBare(t, 120, 40, true, ofServer); s.m.s.span() != 5*time.Minute {
		t.Errorf("without a past the axis is %s long", s.m.s.span())
	}
	if s := watched(t, 120, 40); s.m.s.span() != time.Hour {
		t.Errorf("with a request log the axis is %s long", s.m.s.span())
	}
	s := openBare(t, 120, 40, true, ofServer)
	s.press("Z", "Z")
	s.sample()
	if s.m.s.span() != time.Hour {
		t.Errorf("what was chosen by key has become %s", s.m.s.span())
	}
}

// A view that is empty says what is missing, and how to get it.
func TestRequestsThatNobodyCounts(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 60}} {
		f := newFake()
		f.bare = true
		s := openWith(t, f, Target{Name: "shop", Sessions: true}, options(f), size[0], size[1])
		s.sample()
		s.press("2")
		s.want("○ nobody counts requests here: no table looks like a", "--request-table TABLE", "--gateway URL", "7 show what the database does")
		s.wantNot("(since", "not measured", "sort")
	}
}

// A server's statements come from the server: no file is named for them.
func TestQueriesOfAServerThatShowsNone(t *testing.T) {
	f := newFake()
	s := openWith(t, f, Target{Name: "shop", Sessions: true}, options(f), 80, 24)
	sample := f.sample()
	sample.Sections = []collectors.Section{f.system(), f.database()}
	sample.Errors["statements"] = "GRANT pg_read_all_stats TO weak"
	s.send(sampleMsg{sample: sample})
	s.press("3")
	s.want("no statements are seen: GRANT pg_read_all_stats TO weak")
	s.wantNot("--query-log")
}

// Requests that are counted and not timed are not "no requests": the chart has
// their rate.
func TestRequestsWithoutTimes(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		f := newFake()
		s := openWith(t, f, Target{Name: "shop"}, options(f), size[0], size[1])
		sample := f.sample()
		for _, sec := range sample.Sections {
			if r, ok := sec.(*collectors.Requests); ok {
				for i := range r.Buckets {
					r.Buckets[i].Total.Latency = nil
					for n := range r.Buckets[i].Routes {
						r.Buckets[i].Routes[n].Latency = nil
					}
				}
				r.Last, r.Missing = nil, map[string]string{"p95_seconds": "HAProxy tells none"}
			}
		}
		s.send(sampleMsg{sample: sample})
		s.want("/s┤", "GET     /orders/{id}")
		s.wantNot("no requests in")
		s.press("2")
		s.want("they are counted, and have no times", "this source counts requests")
		s.wantNot("no requests in")
	}
}
