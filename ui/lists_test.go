package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/stat"
)

func TestPausingKeepsThePictureAndCountsOn(t *testing.T) {
	s := watched(t, 120, 40)
	s.press(" ")
	before := fmt.Sprint(s.m.s.kpi)
	s.sample()
	s.sample()
	s.want("PAUSED", "2 samples behind")
	if fmt.Sprint(s.m.s.kpi) != before {
		t.Errorf("got %v, want the values of the pause %v", s.m.s.kpi, before)
	}
	s.press(" ")
	s.wantNot("PAUSED")
}

func TestTheTimeCursorMovesAllPanels(t *testing.T) {
	s := watched(t, 120, 40)
	now := s.m.s.kpi[valP95]
	for range 25 {
		s.press("<")
	}
	s.want("min ago", "L live")
	if past := s.m.s.kpi[valP95]; past >= now/5 {
		t.Errorf("25 minutes ago P95 was %v, want far below %v", past, now)
	}
	s.press("L")
	s.wantNot("L live")
	if s.m.s.kpi[valP95] != now {
		t.Errorf("live again: got %v, want %v", s.m.s.kpi[valP95], now)
	}
}

func TestAFilterStaysVisibleAndInverts(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("2", "/")
	s.typed("!orders")
	s.press("enter")
	s.want("filter /!orders", "/products/{id}")
	for _, r := range s.m.panel().(*requests).table.shown {
		if strings.Contains(r.id, "orders") {
			t.Errorf("%s should be filtered out", r.id)
		}
	}
	s.press("/")
	s.typed("(")
	s.want("missing closing )")
	s.press("esc")
	s.wantNot("filter /")
}

func TestTheCursorFollowsItsRow(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("2", "down", "down")
	p := s.m.panel().(*requests)
	id := p.table.cursor
	s.press("S")
	s.sample()
	s.text()
	if p.table.cursor != id {
		t.Errorf("got %s, want %s", p.table.cursor, id)
	}
}

func TestADisabledKeySaysWhy(t *testing.T) {
	s := open(t, newFake(), 120, 40)
	s.sample()
	s.press("u")
	s.want("nothing that mltop applied stands here")
	s.press("3", "enter", "a")
	s.want("there is no advice for this statement")
	s.press("1", "x") // not a key here at all
	if s.m.note.text == "" {
		s.want("? help")
	}
}

func TestAMissingValueSaysWhyOnFocus(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("tab")
	for range 2 {
		s.press("left")
	}
	s.want("connection pool", "SQLite has no connections to count")
}

func TestAllFourteenValuesAreReachableOnEverySize(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		s := watched(t, size[0], size[1])
		s.press("tab")
		for i, v := range values() {
			name, _, _ := strings.Cut(v.name, " (")
			if !strings.Contains(s.text(), name) {
				t.Errorf("%v: value %d (%s) is not shown on focus:\n%s", size, i, v.name, s.text())
			}
			s.press("right")
		}
	}
}

func TestLiteralsAreMaskedUntilAskedFor(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("3", "enter")
	s.wantNot("4711")
	s.press(":")
	s.typed("literals")
	s.press("enter")
	s.want("4711")
}

func TestTheEditorExplainsAndRunsOnRequest(t *testing.T) {
	s := watched(t, 100, 30)
	s.press("E")
	s.typed("SELECT q FROM t")
	s.press("enter")
	s.want("Plan", "■ scan")
	s.press("ctrl+r")
	s.want("2 rows in 3.0 ms", "A-17")
	s.press("esc")
	s.want("Slowest routes")
}

// The settings stand until they are read anew: their rows are not made again
// at each version, but then they are, under a filter too.
func TestSettingsThatWereReadAnewAreShown(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("5")
	s.want("journal_mode", "wal")
	d := *s.m.s.Snap.Database
	d.Settings = append([]db.Setting{}, d.Settings...)
	for i := range d.Settings {
		if d.Settings[i].Name == "journal_mode" {
			d.Settings[i].Value = "truncate"
		}
	}
	s.m.s.Snap.Database = &d
	s.m.s.touch()
	s.want("truncate")
	d.Settings = nil
	s.m.s.touch()
	s.wantNot("truncate")
}

func TestQueriesLeaveOutWhatNoStatementHas(t *testing.T) {
	s := watched(t, 160, 40)
	s.press("3")
	s.want("P95", "P99", "mean")
	for i := range s.m.s.Win.Statements {
		totals := &stat.Sketch{}
		totals.AddTotal(40, 2)
		s.m.s.Win.Statements[i].Latency = totals
	}
	s.m.s.touch()
	s.want("mean", "plan")
	s.wantNot("P95", "P99")
}

// The plan that advice began with is of the past once the advice stands.
func TestAScanThatAnAppliedIndexEndedIsNoMoreInQueries(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("3")
	s.want("■ scan")
	for _, r := range s.m.s.Advice.Recommendations {
		s.m.s.Entries = append(s.m.s.Entries, advisor.Entry{ID: "e" + r.ID, Recommendation: r.ID, Kind: r.Kind, State: advisor.EntryApplied, SettledAt: s.m.s.now})
	}
	s.m.s.touch()
	s.wantNot("■ scan")
}

// What was declined may be of a statement that ran before mltop came: the
// advice knows its text.
func TestWhatWasDeclinedNamesAStatementThatRunsNoMore(t *testing.T) {
	s := watched(t, 120, 40)
	s.m.s.Advice.Texts = map[string]string{"1bf02ab856ac7e86": "INSERT INTO orders SELECT i FROM generate_series(?, ?) i", "de3707964516450f": "DELETE FROM orders WHERE id = ?"}
	s.m.s.Advice.Declined = []advisor.Declined{
		{What: "an index", Queries: []string{"1bf02ab856ac7e86"}, Reason: "it only writes rows"},
		{What: "an index", Queries: []string{"1bf02ab856ac7e86", "de3707964516450f"}, Reason: "1bf02ab856ac7e86 is well served"},
	}
	s.press("4")
	s.want("○ an index for INSERT INTO orders SELECT i FR", "○ an index for INSERT … orders, DELETE … orde", "INSERT … orders is well served")
	s.wantNot("1bf02ab856ac7e86", "de3707964516450f")
}

// What a look brings above the first row is seen, until somebody moves: the
// largest table comes with the second reading of the catalog.
func TestAListOfTheDatabaseShowsItsFirstRow(t *testing.T) {
	s, f := openServer(t, Target{}, 120, 24)
	grown := func(name string, bytes int64) {
		sample := f.sample()
		for _, sec := range sample.Sections {
			if d, ok := sec.(*collectors.Database); ok {
				d.Schema = &db.Schema{Version: name, Tables: append(slices.Clone(d.Schema.Tables), &db.Table{Name: name, Bytes: &bytes})}
			}
		}
		s.send(sampleMsg{sample: sample})
	}
	s.press("5")
	first := func() string {
		row, _ := s.m.panel().(*database).tables.current()
		return row.id
	}
	s.text()
	grown("giant", 1<<50)
	s.want("giant")
	if got := first(); !strings.Contains(got, "giant") {
		t.Errorf("nobody has moved: got the cursor on %q, want the first row", got)
	}
	s.press("down", "up")
	grown("titan", 1<<51)
	if got := first(); !strings.Contains(got, "giant") {
		t.Errorf("somebody has moved: got the cursor on %q, want it where it was", got)
	}
}

// v shows what a list has no room for, also of requests and of a route's
// statements.
func TestTheWholeOfARowIsShownWhenAskedFor(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want []string
	}{
		{"a request's path", []string{"2", "tab", "v"}, []string{"\n  GET /orders/{100 200 "}},
		{"a route", []string{"2", "v"}, []string{"\n  GET /orders/{id} "}},
		{"a route's statement", []string{"enter", "v"}, []string{"\n  SELECT i.id, i.sku, i.qty, p.name "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := watched(t, 120, 40)
			s.press(c.keys...)
			s.want(c.want...)
		})
	}
}
