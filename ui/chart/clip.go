package chart

import (
	"math"
	"slices"
)

// A lone spike must not press everything else to the floor. It may leave the
// scale when it is at most one value in a hundred and spikeTimes the rest; the
// newest twentieth of the values never does: that is the news.
const (
	spikeShare  = 0.01
	spikeTimes  = 2.5
	spikeEnough = 40 // values from which one in a hundred can be told
	spikeNews   = 20
	spikeAir    = 1.2 // room above the rest
)

// autoTop is the upper end of a scale that nobody gave.
func autoTop(series []Series) float64 {
	top := maxOf(series)
	rest := usual(series)
	if top <= spikeTimes*rest || rest == 0 {
		return NiceMax(top)
	}
	if cut := NiceMax(spikeAir * rest); maxOf(newest(series)) <= cut {
		return cut
	}
	return NiceMax(top)
}

// usual is what all but a hundredth of the values of the highest series stay
// under; 0 if there are too few.
func usual(series []Series) float64 {
	best := 0.0
	for _, s := range series {
		list := slices.DeleteFunc(slices.Clone(s.Values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
		if len(list) < spikeEnough {
			continue
		}
		slices.Sort(list)
		best = max(best, list[len(list)-1-int(math.Ceil(spikeShare*float64(len(list))))])
	}
	return best
}

func newest(series []Series) []Series {
	out := make([]Series, len(series))
	for i, s := range series {
		out[i].Values = s.Values[len(s.Values)-len(s.Values)/spikeNews:]
	}
	return out
}

// drawClipped marks where a series leaves the scale, and writes how high it
// went beside the highest of such places.
func drawClipped(p Picture, b box, series []Series, s Scale) {
	high, at := 0.0, 0
	for _, one := range series {
		for i, v := range one.Values {
			if !(v > s.Max) || math.IsInf(v, 0) {
				continue
			}
			x := b.x + b.w - 1
			if n := len(one.Values); n > 1 {
				x = b.x + place(float64(i)/float64(n-1), b.w)
			}
			p.set(x, b.y, '▴', one.Ink)
			if v > high {
				high, at = v, x
			}
		}
	}
	if high == 0 || s.Format == nil {
		return
	}
	text := s.Format(high)
	if n := len([]rune(text)); p.free(at+1, b.y, n+1) && at+1+n <= b.x+b.w {
		p.text(at+1, b.y, text, InkLabel)
	} else if p.free(at-n-1, b.y, n+1) && at-n >= b.x {
		p.text(at-n, b.y, text, InkLabel)
	}
}
