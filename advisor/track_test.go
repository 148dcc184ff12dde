package advisor

import (
	"math"
	"testing"
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
		}, "advice so far: 4 applied, 2 faster, 1 slower, 1 without a difference, 1 undone; predicted 8.5× in the median, measured 5.5×, 3 of 4 within a factor of 2"},
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
