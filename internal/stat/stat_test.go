package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func shapes(r *rand.Rand) map[string]func() float64 {
	return map[string]func() float64{
		"log-normal latencies": func() float64 { return math.Exp(r.NormFloat64()*1.5 - 5) },
		"truncated ms":         func() float64 { return math.Floor(r.ExpFloat64()*3) / 1000 },
		"two humps":            func() float64 { return []float64{0.001, 2}[r.IntN(2)] * (1 + r.Float64()/10) },
		"ns to hours":          func() float64 { return math.Pow(10, r.Float64()*13-9) },
	}
}

// nearest is the true quantile by nearest rank.
func nearest(sorted []float64, q float64) float64 {
	return sorted[max(int(math.Ceil(q*float64(len(sorted)))), 1)-1]
}

func TestQuantilesAreWithinOnePercent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, draw := range shapes(r) {
		for _, n := range []int{1, 2, 17, 1000, 20000} {
			var s Sketch
			values := make([]float64, n)
			for i := range values {
				values[i] = draw()
				s.Add(values[i])
			}
			slices.Sort(values)
			for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
				got, want := s.Quantile(q), nearest(values, q)
				if math.Abs(got-want) > 0.01*want*(1+1e-9) {
					t.Errorf("%s, %d values: quantile %v is %v, want %v within 1 %%", name, n, q, got, want)
				}
			}
			if s.Max() != values[n-1] || s.Min() != values[0] || s.Count() != uint64(n) {
				t.Errorf("%s: got min %v max %v count %d", name, s.Min(), s.Max(), s.Count())
			}
		}
	}
}

func TestMergeIsAssociative(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, draw := range shapes(r) {
		var whole Sketch
		parts := make([]Sketch, 5)
		for i := range 5000 {
			v := draw()
			whole.Add(v)
			parts[i%5].Add(v)
		}
		left, right := parts[0].Clone(), parts[4].Clone()
		for i := 1; i < 5; i++ {
			left.Merge(&parts[i])
			right.Merge(&parts[4-i])
		}
		for _, s := range []*Sketch{left, right} {
			if !slices.Equal(s.bins, whole.bins) || s.zero != whole.zero || s.count != whole.count || s.min != whole.min || s.max != whole.max {
				t.Errorf("%s: merged parts differ from the whole: got %+v, want %+v", name, s, whole)
			}
			if math.Abs(s.sum-whole.sum) > 1e-9*whole.sum {
				t.Errorf("%s: got sum %v, want %v", name, s.sum, whole.sum)
			}
		}
	}
}

func TestMergeLeavesTheOtherAlone(t *testing.T) {
	var a, b Sketch
	b.Add(1)
	a.Merge(&b)
	a.Merge(&b)
	if b.Count() != 1 || b.bins[0].n != 1 || a.bins[0].n != 2 {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestSketchOfOddValues(t *testing.T) {
	var s Sketch
	for _, v := range []float64{math.NaN(), -1, math.Inf(-1), 0, 1e-12} {
		s.Add(v)
	}
	if got := s.Quantile(1); got != 0 || s.Count() != 5 {
		t.Errorf("got quantile %v of %d values, want 0 of 5", got, s.Count())
	}
	s.Add(math.Inf(1))
	s.Add(math.MaxFloat64)
	if got := s.Quantile(1); got > 1e12 || got < 0.99e12 || math.IsInf(s.Sum(), 0) {
		t.Errorf("got %v, sum %v, want about 1e12 and a finite sum", got, s.Sum())
	}
	var none *Sketch
	if !math.IsNaN(none.Quantile(0.5)) || !math.IsNaN((&Sketch{}).Mean()) || none.Count() != 0 {
		t.Error("an empty sketch must answer NaN")
	}
}

func TestFullBinsSaturate(t *testing.T) {
	var s, o Sketch
	for range 3 {
		s.AddN(1, math.MaxUint32)
		o.AddN(1, math.MaxUint32)
	}
	s.AddN(100, 5)
	s.Merge(&o)
	if s.bins[0].n != math.MaxUint32 || s.Count() != 6*math.MaxUint32+5 {
		t.Errorf("got bin %d and count %d", s.bins[0].n, s.Count())
	}
	if got := s.Quantile(0.5); math.Abs(got-1) > 0.01 {
		t.Errorf("median of a full sketch is %v, want 1", got)
	}
	if got := s.Quantile(1); got != 100 {
		t.Errorf("maximum is %v, want 100", got)
	}
}

func lognormal(r *rand.Rand, n int, factor float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = factor * 0.02 * math.Exp(0.8*r.NormFloat64())
	}
	return out
}

func TestCompareAgainstAllPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		a, b := make([]float64, 1+r.IntN(40)), make([]float64, 1+r.IntN(40))
		for i := range a {
			a[i] = float64(r.IntN(8))
		}
		for i := range b {
			b[i] = float64(r.IntN(8))
		}
		less, more, pairs := 0.0, 0.0, float64(len(a)*len(b))
		for _, x := range a {
			for _, y := range b {
				switch {
				case y < x:
					less++
				case y > x:
					more++
				}
			}
		}
		c := Compare(a, b)
		if want := (pairs + less - more) / 2; c.U != want || math.Abs(c.Delta-(more-less)/pairs) > 1e-12 {
			t.Errorf("got U %v delta %v, want %v and %v", c.U, c.Delta, want, (more-less)/pairs)
		}
	}
}

// The exact p by counting: 7 of the 126 ways to deal nine values have a U as
// small, and as many one as large. The normal one by its formula: no ties.
func TestComparePValues(t *testing.T) {
	small := Compare([]float64{1.1, 2.2, 3.3, 4.4}, []float64{2.5, 3.5, 4.5, 5.5, 6.5})
	if want := 14.0 / 126; math.Abs(small.P-want) > 1e-9 {
		t.Errorf("exact p is %v, want %v", small.P, want)
	}
	a, b := make([]float64, 50), make([]float64, 50)
	for i := range a {
		a[i], b[i] = float64(i), float64(i+1000)
	}
	want := math.Erfc((1250 - 0.5) / math.Sqrt(50*50*101/12.0) / math.Sqrt2)
	if got := Compare(a, b); math.Abs(got.P-want) > 1e-12 || got.Less != 0 || got.Delta != 1 {
		t.Errorf("got %+v, want p %v, less 0, delta 1", got, want)
	}
}

func TestCompareFindsTheRatio(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	inside := 0
	const runs = 200
	for range runs {
		c := Compare(lognormal(r, 150, 1), lognormal(r, 150, 0.5))
		if c.Low <= 0.5 && 0.5 <= c.High {
			inside++
		}
		if c.Low > c.Ratio || c.Ratio > c.High || c.P > 0.001 {
			t.Fatalf("got %+v", c)
		}
	}
	if inside < runs*90/100 {
		t.Errorf("the true ratio is in %d of %d intervals of 95 %%", inside, runs)
	}
}

// The numbers that verdicts rest on: at 600 calls a side, the same statement
// twice differs at p < 0.01 in at most 2 % of comparisons, and a gain of 20 %
// is found in at least 90 %.
func TestFalseAlarmsAndPower(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const runs, n = 400, 600
	alarms, found := 0, 0
	for range runs {
		base := gathered(lognormal(r, n, 1))
		if CompareSketches(base, gathered(lognormal(r, n, 1))).P < 0.01 {
			alarms++
		}
		if c := CompareSketches(base, gathered(lognormal(r, n, 0.8))); c.P < 0.01 && c.Ratio < 1 {
			found++
		}
	}
	if alarms > runs*2/100 {
		t.Errorf("%d false alarms in %d", alarms, runs)
	}
	if found < runs*90/100 {
		t.Errorf("a gain of 20 %% found in %d of %d", found, runs)
	}
}

func TestCompareNothing(t *testing.T) {
	for name, c := range map[string]Comparison{
		"no values":        Compare(nil, nil),
		"none after":       Compare([]float64{1}, nil),
		"no sketches":      CompareSketches(nil, &Sketch{}),
		"all equal":        Compare([]float64{2, 2, 2}, []float64{2, 2}),
		"all below a tick": Compare(make([]float64, 30), make([]float64, 30)),
	} {
		if c.P != 1 {
			t.Errorf("%s: p is %v, want 1", name, c.P)
		}
	}
	if c := Compare(make([]float64, 30), []float64{0.001, 0.001}); !math.IsInf(c.Ratio, 1) {
		t.Errorf("from nothing measurable to 1 ms is a ratio of %v, want +Inf", c.Ratio)
	}
}

func TestAValueWhosePlaceIsKnownCountsAsAnyOther(t *testing.T) {
	got, want := &Sketch{}, &Sketch{}
	for _, v := range []float64{0, -1, 1e-12, smallest, 0.001, 0.001, 3, largest, 2 * largest, math.NaN(), math.Inf(1)} {
		got.AddValue(NewValue(v))
		want.Add(v)
	}
	sameSketch(t, got, want)
}
