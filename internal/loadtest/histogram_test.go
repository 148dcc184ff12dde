package loadtest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestQuantilesAreRightToAThousandth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h histogram
	var values []float64
	for range 50_000 {
		v := math.Exp(r.NormFloat64()*3 - 7)
		values = append(values, v)
		h.add(time.Duration(v * 1e9))
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
		want := values[max(int(math.Ceil(q*50_000))-1, 0)]
		if got := h.quantile(q); math.Abs(got-want) > 0.001*want+2e-9 {
			t.Errorf("quantile %v: got %v want %v", q, got, want)
		}
	}
	if got := h.quantile(1); got != float64(h.max)/1e9 {
		t.Errorf("the greatest: got %v want %v", got, float64(h.max)/1e9)
	}
}

func TestEveryDurationHasAPlaceNearIt(t *testing.T) {
	for _, v := range []int64{0, 1, 511, 512, 513, 1023, 1024, 1025, 1e6, 1e9, 3.6e12, math.MaxInt64} {
		page, slot := place(v)
		got := middle(page, slot)
		if off := math.Abs(float64(got) - float64(v)); off > float64(v)/1000 {
			t.Errorf("%d is counted as %d", v, got)
		}
	}
}

func TestNothingCountedIsNotZero(t *testing.T) {
	var h histogram
	if got := h.quantile(0.5); !math.IsNaN(got) {
		t.Errorf("got %v want NaN", got)
	}
}
