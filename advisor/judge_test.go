package advisor

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/stat"
)

// A noise makes the latencies of one deployment: call makes the time of one
// call in second i.
type noise struct {
	name  string
	long  int                                    // seconds before a change against which 20 % can be shown
	level func(r *rand.Rand) func(i int) float64 // mean latency of second i
}

// noises are the ways in which the times of servers scatter.
func noises() []noise {
	return []noise{
		{"steady", 600, func(*rand.Rand) func(int) float64 {
			return func(int) float64 { return 0.02 }
		}},
		{"a tenth up and down over some seconds", 600, similar(0.8, 0.06)},
		{"a wild third up and down over ten seconds", 7200, similar(0.9, 0.15)},
		{"bursts of half a minute, four times as slow", 30000, func(r *rand.Rand) func(int) float64 {
			slow := false
			return func(int) float64 {
				if r.Float64() < 1.0/30 {
					slow = !slow && r.Float64() < 0.5
				}
				if slow {
					return 0.08
				}
				return 0.02
			}
		}},
		{"the drift of a day", 600, func(r *rand.Rand) func(int) float64 {
			phase := r.Float64() * 2 * math.Pi
			return func(i int) float64 {
				return 0.02 * (1 + 0.3*math.Sin(phase+2*math.Pi*float64(i)/86400))
			}
		}},
		{"whole milliseconds, a third of them 0", 1200, func(*rand.Rand) func(int) float64 {
			return func(int) float64 { return 0.0015 }
		}},
	}
}

// similar makes each second like the one before.
func similar(rho, sigma float64) func(*rand.Rand) func(int) float64 {
	return func(r *rand.Rand) func(int) float64 {
		x := sigma / math.Sqrt(1-rho*rho) * r.NormFloat64()
		return func(int) float64 {
			x = rho*x + sigma*r.NormFloat64()
			return 0.02 * math.Exp(x)
		}
	}
}

// A recorder makes buckets of about perSecond calls a second.
type recorder struct {
	r         *rand.Rand
	level     func(second int) float64
	whole     bool // times are cut to milliseconds
	perSecond int
	width     int // seconds of a bucket: a long history keeps ten
	second    int
}

func newRecorder(r *rand.Rand, n noise, perSecond int) *recorder {
	return &recorder{r: r, level: n.level(r), whole: strings.HasPrefix(n.name, "whole"), perSecond: perSecond, width: 1}
}

func (c *recorder) record(seconds int, factor func(second int) float64) []stat.Bucket {
	out := make([]stat.Bucket, seconds/c.width)
	for i := range out {
		out[i] = stat.Bucket{Start: time.Unix(int64(c.second), 0), Width: time.Duration(c.width) * time.Second, Latency: &stat.Sketch{}}
		for range c.width {
			c.call(out[i].Latency, c.level(c.second)*factor(c.second))
			c.second++
		}
	}
	return out
}

func (c *recorder) call(into *stat.Sketch, mean float64) {
	for n := c.perSecond/2 + c.r.Intn(c.perSecond); n > 0; n-- {
		v := mean * math.Exp(0.6*c.r.NormFloat64())
		if c.whole {
			v = math.Floor(v*1000) / 1000
		}
		into.Add(v)
	}
}

func record(r *rand.Rand, n noise, seconds, perSecond int, factor func(second int) float64) []stat.Bucket {
	return newRecorder(r, n, perSecond).record(seconds, factor)
}

func unchanged(int) float64 { return 1 }

// A change is judged as a dashboard does: again and again after it, at first
// often, and for an hour. One false word at any look counts.
func TestHarmlessChangeGetsNoVerdict(t *testing.T) {
	const times = 50
	for _, c := range []struct {
		name                           string
		before, after, look, perSecond int
	}{
		{"five minutes after a short past", 180, 300, 10, 20},
		{"an hour", 600, 3600, 300, 4},
	} {
		for _, n := range noises() {
			t.Run(c.name+", "+n.name, func(t *testing.T) {
				r := rand.New(rand.NewSource(7))
				wrong := 0
				for range times {
					all := record(r, n, c.before+c.after, c.perSecond, unchanged)
					if falseWord(all, c.before, c.look) {
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
}

func falseWord(all []stat.Bucket, before, look int) bool {
	for end := before + look; end <= len(all); end += look {
		if v := Judge("x", all[:before], all[before:end]); v.Outcome == OutcomeBetter || v.Outcome == OutcomeWorse {
			return true
		}
	}
	return false
}

// promised is what a gain gets at the number of calls that a first look, half
// a minute after the change, said would show a gain of that size.
func promised(c *recorder, before int) (v, stated Verdict) {
	gain := 0.2
	faster := func(int) float64 { return 1 - gain }
	if before > 2*3600 {
		c.width = 10
	}
	old := c.record(before, unchanged)
	stated = Judge("x", old, c.record(30, faster))
	gain = stated.Gain
	var now []stat.Bucket
	for calls := 0; calls < stated.Enough; {
		now = append(now, c.record(c.width, faster)...)
		calls += int(now[len(now)-1].Latency.Count())
	}
	return Judge("x", old, now), stated
}

// The gain that a verdict names is found in nine of ten cases at the number of
// calls that it names, whatever the times scatter like; and against a long
// enough time before, that gain is 20 %.
func TestTheStatedGainIsFoundAtTheStatedCalls(t *testing.T) {
	const times = 60
	for _, n := range noises() {
		for _, before := range slices.Compact([]int{600, n.long}) {
			t.Run(fmt.Sprintf("%s, %d s before", n.name, before), func(t *testing.T) {
				r := rand.New(rand.NewSource(11))
				found, told, calls, fifth := 0, 0, 0, 0
				for range times {
					v, stated := promised(newRecorder(r, n, 4), before)
					if stated.Enough == 0 {
						continue
					}
					told++
					if v.Outcome == OutcomeNoChange || v.Outcome == OutcomeWorse {
						t.Errorf("a gain of %.0f %% was called %q: %s", 100*stated.Gain, v.Outcome, v.Text)
					}
					if v.Outcome == OutcomeBetter {
						found++
					}
					if stated.Gain == 0.2 {
						fifth++
					}
					calls += stated.Enough
				}
				t.Logf("found %d of %d at %d calls; 20 %% were stated for %d", found, told, calls/max(told, 1), fifth)
				if broken := told - found; broken > max(1, told/10) {
					t.Errorf("found %d of %d true gains, want nine of ten", found, told)
				}
				if before == n.long && fifth < times*3/4 {
					t.Errorf("a gain of 20 %% was stated in %d of %d cases, want three quarters", fifth, times)
				}
			})
		}
	}
}

// scaledBuckets are the same calls at another pace.
func scaledBuckets(list []stat.Bucket, by float64) (out []stat.Bucket) {
	for _, b := range list {
		s := &stat.Sketch{}
		b.Latency.Each(func(v float64, n uint64) { s.AddN(v*by, uint32(n)) })
		out = append(out, stat.Bucket{Start: b.Start, Width: b.Width, Latency: s})
	}
	return out
}

func TestVerdictWords(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	calm, wild := noises()[1], noises()[2]
	before, scattered := record(r, calm, 600, 40, unchanged), record(r, wild, 120, 40, unchanged)
	fast := record(r, calm, 12, 40, func(int) float64 { return 1.0 / 31 })
	slow := record(r, calm, 200, 40, func(int) float64 { return 1.6 })
	tests := []struct {
		name          string
		before, after []stat.Bucket
		outcome       Outcome
		words         []string
	}{
		{"a gain of 31 times stands after twelve seconds", before, fast, OutcomeBetter, []string{"× faster on average (24 ms → 6", " calls, p < 0.001; 99 % sure: 30× faster to 43× faster"}},
		{"a gain among calls that take less than a millisecond is none the less one", scaledBuckets(before, 0.01), scaledBuckets(fast, 0.01), OutcomeBetter, []string{"× faster on average (2"}},
		{"a loss is said as plainly", before, slow, OutcomeWorse, []string{"3 % slower on average (24 ms → 37 ms), ", "p < 0.001; 99 % sure: 4"}},
		{"no difference is claimed only of a narrow interval", before, record(r, calm, 900, 40, unchanged), OutcomeNoChange, []string{"no difference shown on average", "between ", " % faster and ", " % slower"}},
		{"wide intervals are said, with the calls that settle it", before, record(r, calm, 100, 40, unchanged), OutcomeNotEnough, []string{"not yet clear: between ", " more settle it"}},
		{"where times scatter too much nothing more is promised", scattered, record(r, wild, 2, 2, unchanged), OutcomeNotEnough, []string{"not enough calls yet: ", "too early to tell how many more: times before rose and fell about "}},
		{"a few calls prove nothing, and how many do is said", before, record(r, calm, 12, 2, func(int) float64 { return 0.8 }), OutcomeNotEnough, []string{"not enough calls yet: ", " calls so far take 22 ms, 23,", " before took 24 ms; about ", " more show a gain of 20 %"}},
		{"no calls prove nothing", before, nil, OutcomeNotEnough, []string{"not enough calls yet: none since the change, 23,", " before it took 24 ms; about "}},
		{"without calls before the change there is nothing to compare", nil, fast, OutcomeNotEnough, []string{"not enough calls yet: none before the change, "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Judge("GET /orders/{id}", tt.before, tt.after)
			if v.Outcome != tt.outcome {
				t.Errorf("outcome %q (%s), want %q", v.Outcome, v.Text, tt.outcome)
			}
			for _, w := range tt.words {
				if !strings.Contains(v.Text, w) {
					t.Errorf("text %q, want it to say %q", v.Text, w)
				}
			}
		})
	}
}

// TestABurstyRouteHasANumberOrAReason: whatever the past, a verdict that is
// open says how many calls it takes, or why nobody can tell.
func TestABurstyRouteHasANumberOrAReason(t *testing.T) {
	bursts := noises()[3]
	wild := noise{"each second as it likes", 0, func(r *rand.Rand) func(int) float64 {
		return func(int) float64 { return 0.02 * math.Exp(4*r.NormFloat64()) }
	}}
	for _, tt := range []struct {
		name          string
		of            noise
		before, after int // seconds
		want          string
	}{
		{"three bursts of half a minute are no sample of bursts", bursts, 600, 2, "too early to tell how many more: times before rose and fell about "},
		{"nor when as much is known after the change", bursts, 600, 600, "too early to tell how many more: times before rose and fell about "},
		{"eight hours of them are", bursts, 30000, 30, " more show a gain of "},
		{"twenty seconds are too few of anything", bursts, 20, 2, "too early to tell how many more: too few calls before the change"},
		{"what scatters over many times its mean", wild, 80, 2, "× from one stretch to the next"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newRecorder(rand.New(rand.NewSource(5)), tt.of, 4)
			if tt.before > 2*3600 {
				c.width = 10
			}
			before := c.record(tt.before, unchanged)
			v := Judge("GET /feed", before, c.record(tt.after, unchanged))
			if v.Outcome != OutcomeNotEnough || !strings.Contains(v.Text, tt.want) {
				t.Errorf("%q: %s; want it to say %q", v.Outcome, v.Text, tt.want)
			}
		})
	}
}

func TestAnIntervalOnOneSideLeavesOnlyOpenHowMuch(t *testing.T) {
	for _, tt := range []struct {
		name      string
		low, high float64
		want      string
	}{
		{"both ends faster", 1 / 7.0, 0.90, "most likely at least 10 % faster on average; how much is not clear yet, 40 calls; about 60 more settle it"},
		{"both ends much faster", 1 / 7.0, 0.25, "most likely at least 4× faster on average; how much is not clear yet, 40 calls; about 60 more settle it"},
		{"both ends slower", 1.2, 3, "most likely at least 20 % slower on average; how much is not clear yet, 40 calls; about 60 more settle it"},
		{"one end on each side", 0.5, 1.5, "not yet clear: between 2× faster and 50 % slower on average, 40 calls; about 60 more settle it"},
		{"an end that reads as no change", 0.5, 0.999, "not yet clear: between 2× faster and 0 % faster on average, 40 calls; about 60 more settle it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := Verdict{Outcome: OutcomeNotEnough, Low: tt.low, High: tt.high, CallsBefore: 100, CallsAfter: 40, Enough: 10}
			if got := verdictText(v, 100, ""); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
