package loadtest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mltop/internal/wire"
)

// runsOf makes runs whose figures scatter by 2 % from run to run, as those of
// a calm machine do, and are times as slow.
func runsOf(r *rand.Rand, n int, times float64) []wire.Bench {
	var out []wire.Bench
	for range n {
		run := 1 + 0.01*r.NormFloat64() // of the whole run: figures hang together
		v := func(base, scatter float64) *float64 {
			x := base * times * run * (1 + scatter*r.NormFloat64())
			return &x
		}
		b := wire.Bench{Digest: "x", PerSecond: 1000, ErrorRatio: p(0), Latency: wire.BenchQuantiles{P50: v(0.002, 0.017), P95: v(0.005, 0.02), P99: v(0.01, 0.04)}}
		for _, name := range []string{"a", "b", "c"} {
			b.Routes = append(b.Routes, wire.BenchRoute{Name: name, ErrorRatio: p(0), Latency: wire.BenchQuantiles{P50: v(0.002, 0.02), P95: v(0.005, 0.03), P99: v(0.01, 0.05)}})
		}
		out = append(out, b)
	}
	return out
}

func shown(c wire.BenchComparison) bool {
	for _, r := range c.Rows {
		if r.Shown {
			return true
		}
	}
	return false
}

func TestTenRunsASideTellWhatChangedFromWhatDidNot(t *testing.T) {
	const times = 400
	r := rand.New(rand.NewPCG(5, 6))
	alarms, found, wrong := 0, 0, 0
	for range times {
		if shown(Compare(runsOf(r, 10, 1), runsOf(r, 10, 1))) {
			alarms++
		}
		c := Compare(runsOf(r, 10, 1), runsOf(r, 10, 1.05))
		if shown(c) {
			found++
		}
		for _, row := range c.Rows {
			if row.Shown && row.Better {
				wrong++
			}
		}
	}
	if alarms > times*5/100 {
		t.Errorf("%d of %d comparisons of the same with the same show a difference; want at most 5 %%", alarms, times)
	}
	if found < times*90/100 || wrong > 0 {
		t.Errorf("a change of 5 %% is found in %d of %d, the wrong way round in %d; want 90 %%, and none", found, times, wrong)
	}
}

func TestTheVerdictOfAComparison(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	same, slow, fast := runsOf(r, 8, 1), runsOf(r, 8, 1.3), runsOf(r, 8, 0.7)
	crawl, other := runsOf(r, 8, 79_000), runsOf(r, 8, 1)
	for i := range other {
		other[i].Digest, other[i].Generator.Saturated = "y", true
	}
	for _, c := range []struct {
		name          string
		before, after []wire.Bench
		level, says   string
		doubts        int
	}{
		{"slower", same, slow, "warn", "worse: p50 +", 0},
		{"faster", same, fast, "info", "better: p50 -", 0},
		{"slower beyond all measure", same, crawl, "warn", "worse: p50 80k×, p95 79k×", 0},
		{"the same", same, runsOf(r, 8, 1), "info", "no difference shown: the p50 may have changed by anything from", 0},
		{"one run a side", same[:1], slow[:1], "info", "no difference shown", 1},
		{"another scenario, by a machine that was full", same, other, "info", "no difference shown", 2},
	} {
		got := Compare(c.before, c.after)
		if got.Verdict.Level != c.level || !strings.Contains(got.Verdict.Text, c.says) || len(got.Doubts) != c.doubts {
			t.Errorf("%s: got %+v, doubts %q", c.name, got.Verdict, got.Doubts)
		}
	}
}
