package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

func sketchOf(values ...float64) *Sketch {
	s := &Sketch{}
	for _, v := range values {
		s.Add(v)
	}
	return s
}

func TestPackedSketchKeepsEveryQuantile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	many := &Sketch{}
	for range 5000 {
		many.Add(math.Exp(r.NormFloat64()*2 - 5))
	}
	cases := map[string]*Sketch{
		"nothing":               {},
		"one value":             sketchOf(0.25),
		"one zero":              sketchOf(0),
		"two equal values":      sketchOf(0.25, 0.25),
		"zeros and values":      sketchOf(0, 0, 1e-12, 3, 4000),
		"five thousand values":  many,
		"smallest and largest":  sketchOf(1e-9, 1e9),
		"one value three times": func() *Sketch { s := &Sketch{}; s.AddN(0.5, 3); return s }(),
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			got := &Sketch{}
			rest, err := got.MergePacked(append(want.AppendPacked(nil), 7))
			if err != nil || len(rest) != 1 {
				t.Fatalf("got rest %v, error %v; want one byte left and no error", rest, err)
			}
			sameSketch(t, got, want)
		})
	}
}

func TestMergingPackedSketchesEqualsMergingThem(t *testing.T) {
	a, b := sketchOf(0.1, 0.2, 0.3, 0), sketchOf(0.2, 5, 0.01)
	want := a.Clone()
	want.Merge(b)
	got := a.Clone()
	if _, err := got.MergePacked(b.AppendPacked(nil)); err != nil {
		t.Fatal(err)
	}
	sameSketch(t, got, want)
}

func sameSketch(t *testing.T, got, want *Sketch) {
	t.Helper()
	if got.Count() != want.Count() || math.Abs(got.Sum()-want.Sum()) > 1e-9*math.Abs(want.Sum()) {
		t.Fatalf("got count %d sum %g, want %d and %g", got.Count(), got.Sum(), want.Count(), want.Sum())
	}
	for _, q := range []float64{0, 0.01, 0.5, 0.95, 0.99, 1} {
		g, w := got.Quantile(q), want.Quantile(q)
		if !(math.Abs(g-w) <= 1e-6*w) && !(math.IsNaN(g) && math.IsNaN(w)) {
			t.Errorf("quantile %g: got %g, want %g", q, g, w)
		}
	}
}

func TestPackedSketchCutShortIsAnError(t *testing.T) {
	whole := sketchOf(0.1, 0.2, 0, 9).AppendPacked(nil)
	for n := range whole {
		if _, err := new(Sketch).MergePacked(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a whole sketch", n, len(whole))
		}
	}
}

func TestMergingInAnyOrderCountsEveryValue(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var values []float64
		parts := make([]*Sketch, 1+r.IntN(6))
		for i := range parts {
			parts[i] = &Sketch{}
			for range r.IntN(20) {
				v := math.Exp(r.NormFloat64())
				values = append(values, v)
				parts[i].Add(v)
			}
		}
		before := parts[len(parts)-1].Clone()
		got := &Sketch{}
		got.Add(1)
		got.Reset()
		for _, p := range parts {
			got.Merge(p)
		}
		sameSketch(t, got, sketchOf(values...))
		sameSketch(t, parts[len(parts)-1], before)
	}
}
