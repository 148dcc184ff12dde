package advisor

import (
	"math/rand"
	"strings"
	"testing"
)

func TestWhatAChangeIsComparedWith(t *testing.T) {
	noisy := noises()[2]
	tests := []struct {
		name   string
		factor func(second int) float64
		want   int // seconds that are left
	}{
		{"a steady record is taken whole", unchanged, 300},
		{"an index that was dropped begins a new level", func(s int) float64 {
			if s < 140 {
				return 1
			}
			return 20
		}, 160},
		{"of two steps the last one counts", func(s int) float64 {
			switch {
			case s < 60:
				return 1
			case s < 180:
				return 30
			}
			return 3
		}, 120},
		{"what began half a minute ago may be a burst", func(s int) float64 {
			if s < 270 {
				return 1
			}
			return 20
		}, 300},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got := len(lastLevel(record(rand.New(rand.NewSource(5)), noisy, 300, 20, c.factor)))
			if got < c.want-2 || got > c.want+2 {
				t.Errorf("%d of 300 seconds are left, want %d", got, c.want)
			}
		})
	}
}

// A star's gain stands after a hundred calls, also where the time before the
// change holds the minute in which things went wrong.
func TestAGreatGainIsSeenAfterAHundredCalls(t *testing.T) {
	const before, after, perSecond = 300, 6, 25
	for _, n := range noises() {
		if strings.HasPrefix(n.name, "bursts") {
			continue // six seconds may lie in one burst: that takes longer to tell
		}
		t.Run(n.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(13))
			found := 0
			for range 50 {
				all := record(r, n, before+after, perSecond, func(s int) float64 {
					switch {
					case s >= before:
						return 1
					case s >= 100:
						return 30
					}
					return 1
				})
				if Judge("x", all[:before], all[before:]).Outcome == OutcomeBetter {
					found++
				}
			}
			t.Logf("found %d", found)
			if found < 45 {
				t.Errorf("found %d of 50 gains of thirty times in %d calls, want nine of ten", found, after*perSecond)
			}
		})
	}
}
