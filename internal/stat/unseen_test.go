package stat

import (
	"math"
	"testing"
)

func TestTotalsHaveAMeanAndNoQuantiles(t *testing.T) {
	seen := func(values ...float64) *Sketch {
		s := &Sketch{}
		for _, v := range values {
			s.Add(v)
		}
		return s
	}
	of := func(n uint64, sum float64) *Sketch {
		s := &Sketch{}
		s.AddTotal(n, sum)
		return s
	}
	for _, row := range []struct {
		name  string
		parts []*Sketch
		count uint64
		sum   float64
		p50   float64
	}{
		{"values that were seen", []*Sketch{seen(1), seen(1, 1)}, 3, 3, 1},
		{"a total", []*Sketch{of(4, 2)}, 4, 2, math.NaN()},
		{"two totals", []*Sketch{of(4, 2), of(1, 8)}, 5, 10, math.NaN()},
		{"a total beside values", []*Sketch{seen(1), of(4, 2), seen(1, 1)}, 7, 5, math.NaN()},
		{"time of nobody knows how many calls", []*Sketch{of(0, 2)}, 0, 2, math.NaN()},
	} {
		t.Run(row.name, func(t *testing.T) {
			merged, packed := &Sketch{}, &Sketch{}
			for _, p := range row.parts {
				merged.Merge(p)
				rest, err := packed.MergePacked(p.AppendPacked([]byte{}))
				if err != nil || len(rest) != 0 {
					t.Fatalf("unpack: %d bytes left, %v", len(rest), err)
				}
			}
			for name, s := range map[string]*Sketch{"merged": merged, "packed": packed, "cloned": merged.Clone()} {
				if s.Count() != row.count || math.Abs(s.Sum()-row.sum) > 1e-9 {
					t.Errorf("%s: got %d values of %v, want %d of %v", name, s.Count(), s.Sum(), row.count, row.sum)
				}
				for what, v := range map[string]float64{"P50": s.Quantile(.5), "max": s.Max(), "min": s.Min()} {
					if math.IsNaN(v) != math.IsNaN(row.p50) {
						t.Errorf("%s: %s is %v, want one like %v", name, what, v, row.p50)
					}
				}
			}
			if n := row.count; n > 0 && math.Abs(merged.Mean()-row.sum/float64(n)) > 1e-9 || n == 0 && !math.IsNaN(merged.Mean()) {
				t.Errorf("the mean: got %v", merged.Mean())
			}
			merged.Reset()
			if merged.Sum() != 0 {
				t.Errorf("reset: got %v", merged.Sum())
			}
		})
	}
}
