package advisor

import (
	"math"
	"math/rand"
	"testing"
	"time"
)

// A served application asks a server for statements, one of which is looked at
// ten times a second.
type traffic struct {
	name     string
	rate     func(r *rand.Rand) func(second int) float64 // calls of the statement a second
	seconds  float64                                     // one call takes
	others   float64                                     // statements of other kinds for each of its calls
	unserved bool                                        // nobody counts what the server runs
}

func steadily(rate float64) func(*rand.Rand) func(int) float64 {
	return func(*rand.Rand) func(int) float64 { return func(int) float64 { return rate } }
}

func traffics() []traffic {
	return []traffic{
		{"a steady statement that one session is mostly in", steadily(40), 0.02, 5, false},
		{"the same, and nobody counts what the server runs", steadily(40), 0.02, 5, true},
		{"a statement that is seen once in some seconds", steadily(2), 0.02, 50, false},
		{"a report of five seconds, twice a minute", steadily(1.0 / 30), 5, 300, false},
		{"traffic that rises and falls by a third over ten seconds", func(r *rand.Rand) func(int) float64 {
			level := similar(0.9, 0.15)(r)
			return func(i int) float64 { return 40 * level(i) / 0.02 }
		}, 0.02, 5, false},
		{"bursts of half a minute, four times as many", func(r *rand.Rand) func(int) float64 {
			level := noises()[3].level(r)
			return func(i int) float64 { return 20 * level(i) / 0.02 }
		}, 0.02, 5, false},
		{"the drift of a day", func(r *rand.Rand) func(int) float64 {
			level := noises()[4].level(r)
			return func(i int) float64 { return 40 * level(i) / 0.02 }
		}, 0.02, 5, false},
	}
}

// A watch looks at the sessions, second after second.
type watch struct {
	traffic
	r     *rand.Rand
	level func(int) float64
	at    int
	left  []float64 // of the calls under way, in seconds
}

func newWatch(r *rand.Rand, t traffic) *watch {
	w := &watch{traffic: t, r: r, level: t.rate(r)}
	w.loads(60, 1, 1) // calls under way
	return w
}

// loads watches for some seconds: a call takes slow times what it took, and
// there are busy times as many.
func (w *watch) loads(seconds int, slow, busy float64) []Load {
	const looks = 10
	out := make([]Load, seconds)
	for i := range out {
		out[i] = Load{Start: time.Unix(int64(w.at), 0), Width: time.Second}
		rate := w.level(w.at) * busy
		for range looks {
			out[i].Busy += float64(w.step(1.0/looks, rate, slow)) / looks
		}
		out[i].Served = float64(w.poisson(rate * (1 + w.others)))
		if w.unserved {
			out[i].Served = math.NaN()
		}
		w.at++
	}
	return out
}

// step lets time go by, and counts the calls under way at its end.
func (w *watch) step(dt, rate, slow float64) int {
	var left []float64
	for _, l := range w.left {
		if l > dt {
			left = append(left, l-dt)
		}
	}
	for range w.poisson(rate * dt) {
		if took, began := slow*w.seconds*w.r.ExpFloat64(), dt*w.r.Float64(); took > dt-began {
			left = append(left, took-(dt-began))
		}
	}
	w.left = left
	return len(left)
}

// poisson counts what happens by itself (Knuth's method; the normal
// approximation for many).
func (w *watch) poisson(mean float64) (n int) {
	if mean > 30 {
		return int(max(math.Round(mean+math.Sqrt(mean)*w.r.NormFloat64()), 0))
	}
	for p := w.r.Float64(); p > math.Exp(-mean); p *= w.r.Float64() {
		n++
	}
	return n
}

func coarser(list []Load, width int) (out []Load) {
	for i := 0; i+width <= len(list); i += width {
		sum := Load{Start: list[i].Start, Width: time.Duration(width) * time.Second}
		for _, l := range list[i : i+width] {
			sum.Busy, sum.Served = sum.Busy+l.Busy, sum.Served+l.Served
		}
		out = append(out, sum)
	}
	return out
}

// A change that does no harm and no good is looked at again and again, as a
// dashboard does; one false word at any look counts.
func TestAHarmlessChangeOfASampledStatementGetsNoVerdict(t *testing.T) {
	const times, most = 50, 3
	for _, before := range []int{30, 600} {
		for _, c := range traffics() {
			r, wrong := rand.New(rand.NewSource(7)), 0
			for range times {
				w := newWatch(r, c)
				old, now := w.loads(before, 1, 1), w.loads(400, 1, 1)
				if word, _ := falseWordOf(old, now); word {
					wrong++
				}
			}
			t.Logf("%s, %d s before: %d false verdicts", c.name, before, wrong)
			if wrong > most {
				t.Errorf("%s, %d s before: %d false verdicts in %d harmless changes, want at most %d", c.name, before, wrong, times, most)
			}
		}
	}
}

func falseWordOf(old, now []Load) (bool, Verdict) {
	for end := 10; end <= len(now); end += 10 {
		if v := JudgeSampled("x", old, now[:end]); v.Outcome == OutcomeBetter || v.Outcome == OutcomeWorse {
			return true, v
		}
	}
	return false, Verdict{}
}

// Traffic that falls to half or doubles at the time of a change is not the
// change's doing, where it is known what the server runs.
func TestOtherTrafficIsNoVerdictOnASampledStatement(t *testing.T) {
	const times, most = 50, 3
	for _, busy := range []float64{0.1, 0.5, 2} {
		r, wrong := rand.New(rand.NewSource(9)), 0
		for range times {
			w := newWatch(r, traffics()[0])
			if word, v := falseWordOf(w.loads(300, 1, 1), w.loads(300, 1, busy)); word {
				wrong++
				t.Log(v.Text)
			}
		}
		if wrong > most {
			t.Errorf("traffic %g times as much: %d false verdicts in %d, want at most %d", busy, wrong, times, most)
		}
	}
}

func TestAGainOfASampledStatementIsFound(t *testing.T) {
	for _, c := range []struct {
		of      traffic
		slow    float64
		within  int // seconds
		outcome Outcome
	}{
		{traffics()[0], 1.0 / 40, 60, OutcomeBetter},
		{traffics()[1], 1.0 / 40, 60, OutcomeBetter},
		{traffics()[0], 0.5, 120, OutcomeBetter},
		{traffics()[2], 1.0 / 40, 300, OutcomeBetter},
		{traffics()[4], 1.0 / 40, 60, OutcomeBetter},
		{traffics()[0], 3, 120, OutcomeWorse},
		{traffics()[0], 1, 3600, OutcomeNoChange},
	} {
		const times = 20
		r, found, other := rand.New(rand.NewSource(11)), 0, 0
		for range times {
			w := newWatch(r, c.of)
			old := w.loads(600, 1, 1)
			w.loads(60, c.slow, 1) // what was under way ends
			now := w.loads(c.within, c.slow, 1)
			if c.within > 1000 {
				old, now = append(coarser(w.loads(3000, 1, 1), 10), old...), coarser(now, 10)
			}
			switch v := JudgeSampled("x", old, now); v.Outcome {
			case c.outcome:
				found++
			case OutcomeNotEnough:
			default:
				other++
			}
		}
		t.Logf("%s, a call takes %.3g times: found %d of %d within %d s", c.of.name, c.slow, found, times, c.within)
		if found < times*9/10 || other > 0 {
			t.Errorf("%s, a call takes %.3g times as long: found %d of %d within %d s, and another verdict %d times; want nine of ten", c.of.name, c.slow, found, times, c.within, other)
		}
	}
}
