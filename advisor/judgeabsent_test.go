package advisor

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/stat"
)

// every are calls that a log holds, one each so many seconds, up to a time.
func every(pause, took float64, n int, end time.Time) (list []stat.Bucket) {
	for i := n; i > 0; i-- {
		b := stat.Bucket{Start: end.Add(-time.Duration(float64(i) * pause * float64(time.Second))), Width: time.Second, Latency: &stat.Sketch{}}
		b.Latency.AddTotal(1, took)
		list = append(list, b)
	}
	return list
}

func TestTheVerdictOnAStatementThatIsMissingFromALog(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	at := func(seconds ...int) (list []time.Time) {
		for _, s := range seconds {
			list = append(list, noon.Add(time.Duration(s)*time.Second))
		}
		return list
	}
	for _, c := range []struct {
		name    string
		calls   int
		took    float64
		until   int // seconds behind the change
		met     []time.Time
		last    int // a call was logged so long behind it; 0: none
		outcome Outcome
		say     string
	}{
		{"it came every 12 s, is met 150 s later and was not logged", 19, 4, 180, at(20, 80, 150), 0, OutcomeBetter, "faster than 100 ms: none of 100 ms and more in the 3 min since (19 in the 4 min before, 4 s on average); it still runs, p < 0.001"},
		{"a minute is too short for 19 calls", 19, 4, 60, at(20, 40), 0, OutcomeNotEnough, "it still runs: about"},
		{"nobody has met it: the application may be gone", 19, 4, 600, nil, 0, OutcomeNotEnough, "whether it still runs is not known: no look at the sessions has met it"},
		{"it was met before the change alone", 19, 4, 600, at(-10, -2), 0, OutcomeNotEnough, "whether it still runs is not known"},
		{"the one that is met may be slow, and not be logged yet", 19, 4, 600, at(598), 0, OutcomeNotEnough, "whether it still runs is not known"},
		{"two calls before are too few to miss them", 2, 4, 600, at(300, 590), 0, OutcomeNotEnough, "it still runs: about"},
		{"a last one logged behind the change begins the time anew", 19, 4, 180, at(20, 80, 150), 100, OutcomeNotEnough, "it still runs: about"},
		{"calls that were as short before prove nothing", 19, 0.05, 180, at(20, 80, 150), 0, OutcomeNotEnough, "the log cannot tell"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Absent{Least: 0.1, Before: 4 * time.Minute, From: noon, Until: at(c.until)[0], Met: c.met}
			if c.last > 0 {
				a.Last = at(c.last)[0]
			}
			v := JudgeAbsent("SELECT", every(12, c.took, c.calls, noon), a)
			if v.Outcome != c.outcome || !strings.Contains(v.Text, c.say) || strings.Contains(v.Text, "yet") {
				t.Errorf("got %q, %q\nwant %q, %q", v.Outcome, v.Text, c.outcome, c.say)
			}
		})
	}
}
