package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// guardedState has seen ten minutes before a change and five after it. From
// the change on the statement "other" takes slower times as long.
func guardedState(slower float64) *State {
	h := collectors.NewHistory(0)
	begin := time.Unix(1_700_000_000, 0)
	at := begin.Add(10 * time.Minute)
	noise := []float64{0.9, 1.1, 1, 0.95, 1.05, 1.02, 0.98}
	source := collectors.StatementSource{Kind: "query log", Name: "q", Live: true}
	end := at.Add(5 * time.Minute)
	for i := 0; ; i++ {
		now := begin.Add(time.Duration(i) * time.Second)
		if now.After(end) {
			break
		}
		served, other := 0.1, 0.002
		if now.After(at) {
			served, other = 0.001, other*slower
		}
		row := func(print, text string, mean float64) collectors.StatementGroup {
			var l stat.Sketch
			for k := range 5 {
				l.Add(mean * noise[(i+k)%len(noise)])
			}
			return collectors.StatementGroup{Fingerprint: print, Text: text, Calls: 5, Latency: &l}
		}
		h.Put(collectors.Sample{Time: now, Sections: []collectors.Section{&collectors.Statements{At: now, Interval: time.Second, Source: source, Rows: []collectors.StatementGroup{
			row("served", "SELECT * FROM orders WHERE customer_id = ?", served), row("other", "SELECT * FROM orders WHERE placed > ?", other), row("far", "SELECT * FROM customers WHERE orders_seen = ?", 0.002),
		}}}})
	}
	s := &State{History: h, last: end, Verdicts: map[string]advisor.Verdict{}, Win: h.Window(end, time.Minute)}
	s.Entries = []advisor.Entry{{ID: "1", State: advisor.EntryApplied, Table: "orders", Fingerprints: []string{"served"}, At: at, SettledAt: at}}
	return s
}

func TestEveryStatementOfAChangedTableIsGuarded(t *testing.T) {
	for _, c := range []struct {
		name   string
		slower float64
		want   int
	}{
		{"one of them was drawn off its plan", 3, 1},
		{"it is as fast as it was", 1, 0},
	} {
		s := guardedState(c.slower)
		s.Verdicts["1"] = advisor.Verdict{Outcome: advisor.OutcomeBetter, Subject: "served"}
		cmds := s.judge()
		v := s.Verdicts["1"]
		if v.Guarded != 1 || len(v.Slower) != c.want || (len(cmds) > 0) != (c.want > 0) {
			t.Errorf("%s: got %d guarded, slower: %q, %d to record; want 1 guarded (not that of the other table) and %d slower, recorded", c.name, v.Guarded, v.Slower, len(cmds), c.want)
		}
		again := s.judge()
		if now := s.Verdicts["1"]; !slices.Equal(now.Slower, v.Slower) || len(again) > 0 {
			t.Errorf("%s: a second look in the same instant changes it: %q, %d to record", c.name, now.Slower, len(again))
		}
	}
}

func TestATablesNameIsAWordOfAText(t *testing.T) {
	for text, want := range map[string]bool{
		`INSERT INTO orders VALUES (?)`: true, `SELECT * FROM "Orders" o`: true, `SELECT * FROM reorders JOIN shop.orders`: true,
		`SELECT * FROM order_items`: false, `SELECT orders_seen FROM customers`: false, ``: false,
	} {
		if got := names(text, "orders"); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestTheAdvisorsScreenSaysHowItsAdviceTurnedOut(t *testing.T) {
	for _, width := range []int{80, 120} {
		f := newFake()
		f.entries = adviceOfAllOutcomes()
		s := open(t, f, width, 24)
		s.sample()
		s.run(s.m.s.readJournal())
		s.press("4")
		text := strings.Join(strings.Fields(s.text()), " ")
		want := "advice so far: 13 applied, 10 faster, 1 slower, 1 without a difference, 1 without a verdict, 10 undone; 12 predicted in time: 11 within 2×, 12× in the median, measured 10×"
		if !strings.Contains(text, want) {
			t.Errorf("%d columns: want %q on the screen, got\n%s", width, want, s.text())
		}
	}
}

// The record is of the verdicts that the screen shows, also of those that the
// journal is not told yet.
func TestTheRecordHoldsTheVerdictOfNow(t *testing.T) {
	f := newFake()
	f.entries = []advisor.Entry{{ID: "1", State: advisor.EntryApplied, Title: "Create index"}}
	s := open(t, f, 120, 40)
	s.sample()
	s.run(s.m.s.readJournal())
	s.m.s.Verdicts["1"] = advisor.Verdict{Outcome: advisor.OutcomeBetter, BeforeMean: 10, AfterMean: 1}
	s.press("4")
	s.want("advice so far: 1 applied, 1 faster")
}

// adviceOfAllOutcomes makes the longest record that there is.
func adviceOfAllOutcomes() []advisor.Entry {
	var out []advisor.Entry
	add := func(n int, state advisor.EntryState, outcome advisor.Outcome, after float64) {
		for range n {
			out = append(out, advisor.Entry{ID: fmt.Sprint(len(out)), State: state, Title: "Create index", Predicted: &advisor.Effect{Before: 12, After: 1},
				Verdict: &advisor.Verdict{Outcome: outcome, BeforeMean: 10, AfterMean: after}})
		}
	}
	add(10, advisor.EntryUndone, advisor.OutcomeBetter, 1)
	add(1, advisor.EntryApplied, advisor.OutcomeWorse, 20)
	add(1, advisor.EntryApplied, advisor.OutcomeNoChange, 1)
	add(1, advisor.EntryApplied, advisor.OutcomeNotEnough, 1)
	return out
}
