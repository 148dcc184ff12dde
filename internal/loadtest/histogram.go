package loadtest

import (
	"math"
	"math/bits"
	"time"
)

// A histogram counts durations to 0.1 %: 512 places for each doubling, as
// HDR histograms have them, in pages that exist once they are hit. Its size
// depends on how far the values spread, not on how many there are.
type histogram struct {
	pages    [64 - subBits + 1]*[subCount]uint64
	count    uint64
	sum      float64
	min, max int64
}

const (
	subBits  = 9
	subCount = 1 << subBits
)

func (h *histogram) add(d time.Duration) {
	v := max(int64(d), 0)
	page, slot := place(v)
	if h.pages[page] == nil {
		h.pages[page] = new([subCount]uint64)
	}
	h.pages[page][slot]++
	if h.count == 0 || v < h.min {
		h.min = v
	}
	h.max = max(h.max, v)
	h.count++
	h.sum += float64(v)
}

// place is where a value is counted: below 512 each has its own; above, the
// ten highest bits decide.
func place(v int64) (page, slot int) {
	if v < subCount {
		return 0, int(v)
	}
	k := bits.Len64(uint64(v)) - subBits - 1
	return k + 1, int(v>>k) - subCount
}

// middle of a place.
func middle(page, slot int) int64 {
	if page == 0 {
		return int64(slot)
	}
	k := page - 1
	return int64(slot+subCount)<<k + int64(1)<<k/2
}

// quantile by nearest rank, in seconds; NaN when nothing was counted.
func (h *histogram) quantile(q float64) float64 { return h.quantiles(q)[0] }

// quantiles answers several, by rising q, in one walk.
func (h *histogram) quantiles(qs ...float64) []float64 {
	out := make([]float64, len(qs))
	if h.count == 0 {
		for i := range out {
			out[i] = math.NaN()
		}
		return out
	}
	seen, i := uint64(0), 0
	h.each(func(v int64, n uint64) bool {
		for seen += n; i < len(qs) && seen >= h.rank(qs[i]); i++ {
			out[i] = float64(min(max(v, h.min), h.max)) / 1e9
		}
		return i < len(qs)
	})
	return out
}

// rank of a quantile, from 1.
func (h *histogram) rank(q float64) uint64 {
	return min(max(uint64(math.Ceil(q*float64(h.count))), 1), h.count)
}

// each place that was hit, by rising value, until f says enough.
func (h *histogram) each(f func(v int64, n uint64) bool) {
	for page, slots := range h.pages {
		if slots == nil {
			continue
		}
		for slot, n := range slots {
			if n > 0 && !f(middle(page, slot), n) {
				return
			}
		}
	}
}

// above is how many values are not below v.
func (h *histogram) above(v int64) (n uint64) {
	h.each(func(at int64, count uint64) bool {
		if at >= v {
			n += count
		}
		return true
	})
	return n
}

func (h *histogram) mean() float64 {
	if h.count == 0 {
		return math.NaN()
	}
	return h.sum / float64(h.count) / 1e9
}

// deviation is the standard deviation, in seconds.
func (h *histogram) deviation() float64 {
	mean, sum := h.mean(), 0.0
	h.each(func(v int64, n uint64) bool {
		d := float64(v)/1e9 - mean
		sum += d * d * float64(n)
		return true
	})
	return math.Sqrt(sum / float64(h.count))
}
