package advisor

import (
	"math"
	"math/rand"
	"strings"
	"testing"

	"mltop/internal/stat"
)

func TestAGreatGainNeedsFewBlocks(t *testing.T) {
	calm, bursts := noises()[1], noises()[3]
	few := func(seconds int, ratio float64) func(*recorder) []stat.Bucket {
		return func(c *recorder) []stat.Bucket {
			return c.record(seconds, func(int) float64 { return ratio })
		}
	}
	for _, tt := range []struct {
		name   string
		of     noise
		before int
		after  func(*recorder) []stat.Bucket
		want   Outcome
		words  string
	}{
		{"forty times faster stands after five seconds", calm, 300, few(5, 1.0/40), OutcomeBetter, "× faster on average"},
		{"among bursts too", bursts, 600, few(5, 1.0/40), OutcomeBetter, "× faster on average"},
		{"two seconds are a lull, whatever they take", calm, 300, few(2, 1.0/40), OutcomeNotEnough, " so far take "},
		{"three times faster has to wait for its blocks", calm, 300, few(5, 1.0/3), OutcomeNotEnough, " so far take "},
		{"a loss as great is perhaps only a burst", calm, 300, few(5, 40), OutcomeNotEnough, "not enough calls yet"},
		{"a past of five seconds is none to be compared with", calm, 5, few(5, 1.0/40), OutcomeNotEnough, "too few calls before the change"},
		{"some seconds as long as before leave it open", calm, 300, func(c *recorder) []stat.Bucket {
			return append(c.record(3, func(int) float64 { return 1.0 / 40 }), c.record(2, unchanged)...)
		}, OutcomeNotEnough, "not enough calls yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newRecorder(rand.New(rand.NewSource(9)), tt.of, 8)
			before := c.record(tt.before, unchanged)
			v := Judge("GET /orders/{id}", before, tt.after(c))
			if v.Outcome != tt.want || !strings.Contains(v.Text, tt.words) {
				t.Errorf("%q: %s; want %q, saying %q", v.Outcome, v.Text, tt.want, tt.words)
			}
		})
	}
}

// A verdict that is looked at every second of the first minute calls no more
// harmless changes better than chance allows, also where times are alike only
// for a while.
func TestLookingEverySecondFindsNoGainThatIsNone(t *testing.T) {
	const times = 50
	burstsOfTen := noise{"bursts of half a minute, ten times as slow", 0, func(r *rand.Rand) func(int) float64 {
		level := noises()[3].level(r)
		return func(i int) float64 { return 0.02 * math.Pow(level(i)/0.02, math.Log(10)/math.Log(4)) }
	}}
	for _, n := range append(noises(), burstsOfTen) {
		t.Run(n.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(17))
			wrong := 0
			for range times {
				all := record(r, n, 180+30, 3, unchanged)
				if falseWord(all, 180, 1) {
					wrong++
				}
			}
			t.Logf("%d false verdicts", wrong)
			if wrong > 5 {
				t.Errorf("%d false verdicts in %d harmless changes, want at most 5", wrong, times)
			}
		})
	}
}

func TestPrecedenceIsTheExactRankTest(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b []float64
		want float64
	}{
		{"all of three below all of three: one way of twenty", []float64{4, 5, 6}, []float64{1, 2, 3}, 1.0 / 20},
		{"all of four below all of eight: one of 495", []float64{5, 6, 7, 8, 9, 10, 11, 12}, []float64{1, 2, 3, 4}, 1.0 / 495},
		{"one before lies between: four ways of twenty", []float64{2.5, 5, 6}, []float64{1, 2, 3}, 4.0 / 20},
		{"a tie speaks against", []float64{3, 5, 6}, []float64{1, 2, 3}, 4.0 / 20},
		{"all before lie below the greatest", []float64{1, 2, 3}, []float64{4, 0}, 1},
	} {
		if got := precedence(tt.a, tt.b); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
