// Package stat holds the arithmetic that collectors, advisor and load tester
// share: quantile sketches, comparison of two samples and of two series.
package stat

import "math"

// A Sketch counts values by their logarithm, so that any quantile is known
// to a relative error of 1 %, and two sketches can be merged without loss.
// It is sparse: its size is the number of distinct buckets that were hit.
// The scheme is DDSketch's (Masson, Rim, Lee: PVLDB 12(12), 2019).
// The zero value is an empty sketch.
type Sketch struct {
	count    uint64 // of the values that were seen one by one
	sum      float64
	min, max float64
	zero     uint64 // values below smallest
	bins     []bin  // by rising key
	// Values of which only the number and the sum are known.
	unseen    uint64
	unseenSum float64
}

type bin struct {
	key int16
	n   uint32
}

// With γ = (1+α)/(1-α) and α = 1 %, a bucket's midpoint is within α of every
// value in it. Values are seconds: a nanosecond is the least that is told
// from zero, and 30,000 years the most; keys between them fit in 16 bits.
const (
	alpha    = 0.01
	gamma    = (1 + alpha) / (1 - alpha)
	smallest = 1e-9
	largest  = 1e12
)

var logGamma = math.Log(gamma)

// Add counts one value; negative values and NaN count as zero, and nothing
// as more than 1e12.
func (s *Sketch) Add(v float64) { s.AddN(v, 1) }

// AddN counts a value n times.
func (s *Sketch) AddN(v float64, n uint32) { s.addN(NewValue(v), n) }

// AddValue counts a value whose place is known.
func (s *Sketch) AddValue(v Value) { s.addN(v, 1) }

// A Value is a value and its place in every sketch: for those that are
// counted again and again, since finding the place takes a logarithm.
type Value struct {
	v    float64
	key  int16
	zero bool
}

// NewValue is a value as Add counts it.
func NewValue(v float64) Value {
	if !(v > 0) {
		v = 0
	}
	v = min(v, largest)
	if v < smallest {
		return Value{v: v, zero: true}
	}
	return Value{v: v, key: keyOf(v)}
}

func (s *Sketch) addN(v Value, n uint32) {
	if n == 0 {
		return
	}
	if s.count == 0 || v.v < s.min {
		s.min = v.v
	}
	if s.count == 0 || v.v > s.max {
		s.max = v.v
	}
	s.count += uint64(n)
	s.sum += v.v * float64(n)
	if v.zero {
		s.zero += uint64(n)
		return
	}
	s.add(v.key, n)
}

// AddTotal counts n values of which only the sum is known: behind it the mean
// is known, and no quantile, least or largest value. An n of 0 with a sum is
// time spent in nobody knows how many calls.
func (s *Sketch) AddTotal(n uint64, sum float64) {
	s.unseen += n
	s.unseenSum += max(sum, 0)
}

// Unseen answers the values of which only the number and the sum are known.
func (s *Sketch) Unseen() (n uint64, sum float64) {
	if s == nil {
		return 0, 0
	}
	return s.unseen, s.unseenSum
}

// seen reports that every value was seen.
func (s *Sketch) seen() bool { return s.unseen == 0 && s.unseenSum == 0 }

func keyOf(v float64) int16 {
	return int16(math.Ceil(math.Log(v) / logGamma))
}

func valueOf(key int16) float64 {
	return 2 * math.Pow(gamma, float64(key)) / (gamma + 1)
}

// fewBins is room for what one route sees in a second: most sketches are so
// small and so short-lived.
const fewBins = 8

func (s *Sketch) add(key int16, n uint32) {
	i, end := 0, len(s.bins)
	for i < end {
		if mid := (i + end) / 2; s.bins[mid].key < key {
			i = mid + 1
		} else {
			end = mid
		}
	}
	if i < len(s.bins) && s.bins[i].key == key {
		s.bins[i].n = saturated(s.bins[i].n, n)
		return
	}
	if s.bins == nil {
		s.bins = make([]bin, 0, fewBins)
	}
	s.bins = append(s.bins, bin{})
	copy(s.bins[i+1:], s.bins[i:])
	s.bins[i] = bin{key, n}
}

// saturated is a+b, or the most that a bin can hold.
func saturated(a, b uint32) uint32 {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxUint32
}

// Merge adds all that o counted; o is not changed and may be nil.
func (s *Sketch) Merge(o *Sketch) {
	if o == nil {
		return
	}
	s.AddTotal(o.unseen, o.unseenSum)
	if o.count == 0 {
		return
	}
	if s.count == 0 || o.min < s.min {
		s.min = o.min
	}
	if s.count == 0 || o.max > s.max {
		s.max = o.max
	}
	s.count += o.count
	s.sum += o.sum
	s.zero += o.zero
	s.bins = mergeBins(s.bins, o.bins)
}

// mergeBins merges b into a, in a's own room where that suffices: from the
// back, so that nothing is overwritten before it is read.
func mergeBins(a, b []bin) []bin {
	n := unionSize(a, b)
	out := a
	if cap(a) < n {
		out = make([]bin, len(a), n+n/4)
		copy(out, a)
	}
	out = out[:n]
	i, j := len(a)-1, len(b)-1
	for k := n - 1; j >= 0; k-- {
		switch {
		case i >= 0 && out[i].key > b[j].key:
			out[k] = out[i]
			i--
		case i >= 0 && out[i].key == b[j].key:
			out[k] = bin{b[j].key, saturated(out[i].n, b[j].n)}
			i, j = i-1, j-1
		default:
			out[k] = b[j]
			j--
		}
	}
	return out
}

func unionSize(a, b []bin) int {
	n := len(a) + len(b)
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].key < b[j].key:
			i++
		case a[i].key > b[j].key:
			j++
		default:
			n, i, j = n-1, i+1, j+1
		}
	}
	return n
}

// Reset empties s and keeps its room.
func (s *Sketch) Reset() { *s = Sketch{bins: s.bins[:0]} }

// Quantile answers the q-quantile, 0 ≤ q ≤ 1, within 1 % of the true value;
// NaN when nothing was counted, or not every value was seen. The rank is that of "nearest rank".
func (s *Sketch) Quantile(q float64) float64 {
	if s == nil || s.count == 0 || !s.seen() {
		return math.NaN()
	}
	rank := uint64(math.Ceil(min(max(q, 0), 1) * float64(s.held())))
	rank = max(rank, 1)
	if rank <= s.zero {
		return 0
	}
	seen := s.zero
	for _, b := range s.bins {
		seen += uint64(b.n)
		if seen >= rank {
			return min(max(valueOf(b.key), s.min), s.max)
		}
	}
	return s.max
}

// held is how many values the bins tell of: less than count when one of them
// is full.
func (s *Sketch) held() uint64 {
	if s.count <= math.MaxUint32 {
		return s.count
	}
	n := s.zero
	for _, b := range s.bins {
		n += uint64(b.n)
	}
	return n
}

// Count is how many values were counted.
func (s *Sketch) Count() uint64 {
	if s == nil {
		return 0
	}
	return s.count + s.unseen
}

// Sum of all values.
func (s *Sketch) Sum() float64 {
	if s == nil {
		return 0
	}
	return s.sum + s.unseenSum
}

// Mean of all values; NaN when nothing was counted.
func (s *Sketch) Mean() float64 {
	if s.Count() == 0 {
		return math.NaN()
	}
	return s.Sum() / float64(s.Count())
}

// Max is the largest value; NaN when nothing was counted, or not every value
// was seen.
func (s *Sketch) Max() float64 {
	if s.Count() == 0 || !s.seen() {
		return math.NaN()
	}
	return s.max
}

// Min is the smallest value; NaN when nothing was counted, or not every value
// was seen.
func (s *Sketch) Min() float64 {
	if s.Count() == 0 || !s.seen() {
		return math.NaN()
	}
	return s.min
}

// Each calls f with every bucket's middle and count, of the values that were
// seen, by rising value; values
// below a nanosecond come first, as 0.
func (s *Sketch) Each(f func(value float64, n uint64)) {
	if s == nil {
		return
	}
	if s.zero > 0 {
		f(0, s.zero)
	}
	for _, b := range s.bins {
		f(valueOf(b.key), uint64(b.n))
	}
}

// Clone is a copy that shares nothing.
func (s *Sketch) Clone() *Sketch {
	if s == nil {
		return nil
	}
	c := *s
	c.bins = append([]bin(nil), s.bins...)
	return &c
}

// Bytes is the memory that s holds.
func (s *Sketch) Bytes() int {
	if s == nil {
		return 0
	}
	return 80 + 8*cap(s.bins)
}
