package loadtest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mltop/internal/wire"
)

func TestTheVerdictAfterTuning(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	run := func(seconds int, mean float64, errors uint64) *wire.Bench {
		b := &wire.Bench{Duration: float64(seconds), ErrorCount: errors, Latency: wire.BenchQuantiles{P95: p(2 * mean), Mean: p(mean)}}
		for i := range seconds {
			b.Series = append(b.Series, wire.BenchSecond{At: float64(i), Width: 1, Latency: wire.BenchQuantiles{Mean: p(mean * (1 + 0.05*r.NormFloat64()))}})
		}
		return b
	}
	for _, c := range []struct {
		name          string
		before, after *wire.Bench
		level, says   string
	}{
		{"thirty times faster", run(10, 0.03, 0), run(10, 0.001, 0), "info", "faster: P95 60 ms → 2.0 ms, mean 30 ms → 1.0 ms (p < 0.001)"},
		{"slower", run(10, 0.001, 0), run(10, 0.03, 0), "warn", "slower: "},
		{"the same", run(10, 0.03, 0), run(10, 0.03, 0), "info", "no difference shown: "},
		{"too short", run(3, 0.03, 0), run(3, 0.001, 0), "info", "no verdict"},
		{"faster, and it fails", run(10, 0.03, 0), run(10, 0.001, 7), "warn", "errors rose from 0 to 7"},
	} {
		if got := Tuned(c.before, c.after); got.Level != c.level || !strings.Contains(got.Text, c.says) {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}
