package stat

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/aclements/go-moremath/stats"
)

// A Comparison of a sample before with a sample after. It supposes that the
// values are independent of each other.
type Comparison struct {
	Before, After uint64 // sizes
	// U is Mann's and Whitney's: pairs in which the value before is the
	// larger, ties for half. P is its two-sided p-value, 1 when nothing can
	// be said.
	U, P float64
	// Less is the chance that a value after is less than one before, ties
	// for half; 0.5 is no difference. NaN without values.
	Less float64
	// Delta is Cliff's: P(after > before) - P(after < before).
	Delta float64
	// Ratio of after to before: the median over all pairs (Hodges and
	// Lehmann's shift, of logarithms), and its 95 % confidence interval. It
	// is 0 or +Inf where values too small to be told from zero decide.
	Ratio, Low, High float64
}

// Compare compares two samples.
func Compare(before, after []float64) Comparison {
	if len(before) > pairsLimit || len(after) > pairsLimit {
		return CompareSketches(gathered(before), gathered(after))
	}
	c := compare(points(before), points(after))
	if p, ok := exact(before, after); ok {
		c.P = p
	}
	return c
}

// CompareSketches compares two samples of which only sketches are left:
// values of one bucket are ties, so the ratio is known to 2 %.
func CompareSketches(before, after *Sketch) Comparison {
	return compare(sketched(before), sketched(after))
}

const (
	// pairsLimit: samples of more values are compared by their sketches,
	// which have some hundred buckets; all pairs of 512 and 512 take 20 ms.
	pairsLimit = 512
	// exactLimit: below it the normal approximation of U is poor, above it
	// the exact distribution with ties is slow.
	exactLimit = 20
	// z95: 95 % of a normal distribution lie within so many deviations.
	z95 = 1.959964
)

// A point is a value that occurs n times.
type point struct {
	value float64
	n     float64
}

func points(sample []float64) []point {
	ps := make([]point, 0, len(sample))
	for _, v := range sample {
		if !math.IsNaN(v) {
			ps = append(ps, point{v, 1})
		}
	}
	slices.SortFunc(ps, func(a, b point) int { return cmp.Compare(a.value, b.value) })
	return ps
}

func gathered(sample []float64) *Sketch {
	var s Sketch
	for _, v := range sample {
		if !math.IsNaN(v) {
			s.Add(v)
		}
	}
	return &s
}

func sketched(s *Sketch) []point {
	var ps []point
	s.Each(func(v float64, n uint64) { ps = append(ps, point{v, float64(n)}) })
	return ps
}

func compare(a, b []point) Comparison {
	na, nb := size(a), size(b)
	nan := math.NaN()
	c := Comparison{Before: uint64(na), After: uint64(nb), P: 1, Less: nan, Delta: nan, Ratio: nan, Low: nan, High: nan}
	if na == 0 || nb == 0 {
		return c
	}
	u, ties := rankSum(a, b)
	c.U, c.P = u, normalP(u, na, nb, ties)
	c.Less = u / (na * nb)
	c.Delta = 1 - 2*c.Less
	c.Ratio, c.Low, c.High = pairRatio(a, b, na, nb)
	return c
}

func size(ps []point) float64 {
	n := 0.0
	for _, p := range ps {
		n += p.n
	}
	return n
}

// rankSum answers U and Σ(t³-t) over the groups of t tied values.
func rankSum(a, b []point) (u, ties float64) {
	below := 0.0 // values of b below the present one
	for len(a) > 0 || len(b) > 0 {
		v := math.Inf(1)
		if len(a) > 0 {
			v = a[0].value
		}
		if len(b) > 0 {
			v = min(v, b[0].value)
		}
		var ta, tb float64
		ta, a = take(a, v)
		tb, b = take(b, v)
		u += ta * (below + tb/2)
		below += tb
		t := ta + tb
		ties += t*t*t - t
	}
	return u, ties
}

// take counts and removes the points of value v at the front.
func take(ps []point, v float64) (n float64, rest []point) {
	for len(ps) > 0 && ps[0].value == v {
		n += ps[0].n
		ps = ps[1:]
	}
	return n, ps
}

// normalP is the two-sided p-value of U by the normal approximation, with the
// corrections for ties and continuity (Lehmann, Nonparametrics, 1975, 1.20).
func normalP(u, na, nb, ties float64) float64 {
	n := na + nb
	variance := na * nb / 12 * (n + 1 - ties/(n*(n-1)))
	if n < 2 || !(variance > 0) {
		return 1
	}
	z := max(0, math.Abs(u-na*nb/2)-0.5) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}

// exact is the p-value of small samples by the exact distribution of U.
func exact(a, b []float64) (float64, bool) {
	if len(a) > exactLimit || len(b) > exactLimit || hasNaN(a) || hasNaN(b) {
		return 0, false
	}
	r, err := stats.MannWhitneyUTest(a, b, stats.LocationDiffers)
	if err != nil { // no values, or all equal: compare has said so
		return 0, false
	}
	return min(1, r.P), true
}

func hasNaN(sample []float64) bool { return slices.ContainsFunc(sample, math.IsNaN) }

// pairRatio answers the median of all ratios of a value after to one before,
// and the ratios at the ranks that bound it with 95 % confidence (Hollander
// and Wolfe, Nonparametric Statistical Methods, 4.3).
func pairRatio(a, b []point, na, nb float64) (mid, low, high float64) {
	pairs := make([]point, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			pairs = append(pairs, point{ratio(x.value, y.value), x.n * y.n})
		}
	}
	slices.SortFunc(pairs, func(x, y point) int { return cmp.Compare(x.value, y.value) })
	sum := 0.0
	for i := range pairs {
		sum += pairs[i].n
		pairs[i].n = sum
	}
	half := z95 * math.Sqrt(na*nb*(na+nb+1)/12)
	return atRank(pairs, sum/2), atRank(pairs, sum/2-half), atRank(pairs, sum/2+half)
}

// ratio is y/x; two values too small to be told from zero are equal.
func ratio(x, y float64) float64 {
	if x < smallest && y < smallest {
		return 1
	}
	return max(0, y) / max(0, x)
}

// atRank is the value at a rank of points with running sums.
func atRank(sums []point, rank float64) float64 {
	i := sort.Search(len(sums), func(i int) bool { return sums[i].n >= rank })
	return sums[min(i, len(sums)-1)].value
}
