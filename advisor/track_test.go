package advisor

import (
	"math"
	"testing"

	"mltop/internal/db"
)

func TestTheAdvisorsOwnTrackRecord(t *testing.T) {
	entry := func(state EntryState, predicted, measured float64, o Outcome) Entry {
		e := Entry{State: state, Kind: KindCreateIndex}
		if predicted > 0 {
			e.Predicted = &Effect{Before: predicted, After: 1}
		}
		if o != "" {
			e.Verdict = &Verdict{Outcome: o, BeforeMean: measured, AfterMean: 1}
		}
		return e
	}
	inTime := func(times float64, e Entry) Entry { e.Predicted.Time = &Prediction{Before: times, After: 1}; return e }
	onRoute := func(e Entry) Entry {
		e.Routes, e.Verdict.Subject = []string{"GET /orders", "GET /carts"}, "GET /orders"
		return e
	}
	byStatement := func(measured float64, o Outcome, e Entry) Entry {
		e.Verdict.Statement = &Verdict{Subject: "orders of a customer", Outcome: o, BeforeMean: measured, AfterMean: 1}
		return e
	}
	linked := func(e Entry) Entry { e.Routes, e.Verdict.OfRoute = nil, true; return e }
	inUnit := func(u db.Unit, e Entry) Entry { e.Predicted.Unit = u; return e }
	for _, c := range []struct {
		name    string
		entries []Entry
		want    string
	}{
		{"nothing was applied", nil, ""},
		{"what failed, and acts on sessions, do not count", []Entry{entry(EntryFailed, 9, 9, OutcomeBetter), entry(EntryDone, 0, 0, ""), entry(EntryApplying, 9, 0, "")}, ""},
		{"one that waits for its calls", []Entry{entry(EntryApplied, 12, math.NaN(), OutcomeNotEnough)}, "advice so far: 1 applied, 1 without a verdict"},
		{"three of four as predicted", []Entry{
			entry(EntryApplied, 12, 10, OutcomeBetter), entry(EntryApplied, 100, 60, OutcomeBetter), entry(EntryUndone, 5, 0.5, OutcomeWorse), entry(EntryApplied, 1.2, 1, OutcomeNoChange),
		}, "advice so far: 4 applied, 2 faster, 1 slower, 1 without a difference, 1 undone; 4 predicted in time: 3 within 2×, 8.5× in the median, measured 5.5×"},
		{"rows read are no time", []Entry{
			inUnit(db.UnitRowsRead, entry(EntryApplied, 5462, 107, OutcomeBetter)), inUnit(db.UnitSeconds, entry(EntryApplied, 12, 10, OutcomeBetter)),
			inUnit(db.UnitCost, entry(EntryApplied, 900, 800, OutcomeBetter)), inUnit(db.UnitRowsRead, entry(EntryApplied, 40, 0, OutcomeNotEnough)),
		}, "advice so far: 4 applied, 3 faster, 1 without a verdict; 1 predicted in time: 1 within 2×, 12× in the median, measured 10×; 1 predicted in planner cost, not compared; 1 predicted in rows read, not compared"},
		{"a time that was predicted from them is", []Entry{inTime(20, inUnit(db.UnitRowsRead, entry(EntryApplied, 5000, 30, OutcomeBetter)))}, "advice so far: 1 applied, 1 faster; 1 predicted in time: 1 within 2×, 20× in the median, measured 30×"},
		{"a route does more than the statement that was predicted", []Entry{onRoute(entry(EntryApplied, 175, 13, OutcomeBetter)), entry(EntryApplied, 12, 10, OutcomeBetter)},
			"advice so far: 2 applied, 2 faster; 1 predicted in time: 1 within 2×, 12× in the median, measured 10×; 1 seen by its route alone, which does more than the statement: not compared"},
		{"the statement is compared where it was seen, and its route is told beside", []Entry{byStatement(150, OutcomeBetter, onRoute(entry(EntryApplied, 175, 13, OutcomeBetter)))},
			"advice so far: 1 applied, 1 faster; 1 predicted in time: 1 within 2×, 175× in the median, measured 150×; the routes of 1 of them 13×"},
		{"not where its own verdict is open", []Entry{byStatement(150, OutcomeNotEnough, onRoute(entry(EntryApplied, 175, 13, OutcomeBetter)))},
			"advice so far: 1 applied, 1 faster; 1 seen by its route alone, which does more than the statement: not compared"},
		{"a route that was only found later is one as well", []Entry{linked(onRoute(entry(EntryApplied, 175, 170, OutcomeBetter)))},
			"advice so far: 1 applied, 1 faster; 1 seen by its route alone, which does more than the statement: not compared"},
		{"a setting has no prediction", []Entry{entry(EntryApplied, 0, 2, OutcomeBetter)}, "advice so far: 1 applied, 1 faster"},
		{"an entry of an older mltop has none either", []Entry{{State: EntryApplied, Verdict: &Verdict{Outcome: OutcomeBetter, BeforeMean: 2, AfterMean: 1}}}, "advice so far: 1 applied, 1 faster"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := TrackOf(c.entries).Text(); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
