package stat

import (
	"cmp"
	"slices"
)

// RankShift is Mann's and Whitney's test of two series in which each value may
// resemble those before it ("On a test of whether one of two random variables
// is stochastically larger than the other", Annals of Mathematical Statistics
// 18, 1947). It asks of no value how large it is, only which of two is the
// larger: a few stretches beyond all measure, which move a mean, decide
// nothing. Effect is the mean rank after less that before, which is (na+nb)
// (P(after > before) - 1/2), ties for half.
//
// The test supposes independent values; of those that are alike it finds too
// much (Yue and Wang, "The influence of serial correlation on the
// Mann-Whitney test", Advances in Water Resources 25, 2002). So P is the larger
// of two: the test's own, exact or corrected for ties, and that of Student's
// test on the ranks, which is Mann and Whitney's for independent values (Conover
// and Iman, "Rank transformations as a bridge between parametric and
// nonparametric statistics", American Statistician 35, 1981) and here has the
// error that the likeness of successive ranks leaves (see MeanShift).
func RankShift(a, b []float64) Shift {
	s := MeanShift(ranks(a, b))
	s.P = max(s.P, RankP(a, b))
	return s
}

// RankP is Mann's and Whitney's two-sided p-value, for independent values.
func RankP(a, b []float64) float64 {
	if p, ok := exact(a, b); ok {
		return p
	}
	x, y := points(a), points(b)
	u, ties := rankSum(x, y)
	return normalP(u, size(x), size(y), ties)
}

// ranks are the places of the values among those of both series, in the
// series' own order; equal values share the mean of their places.
func ranks(a, b []float64) (ra, rb []float64) {
	all := slices.Concat(a, b)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(all[i], all[j]) })
	out := make([]float64, len(all))
	for first := 0; first < len(order); {
		end := first + 1
		for end < len(order) && all[order[end]] == all[order[first]] {
			end++
		}
		for _, i := range order[first:end] {
			out[i] = float64(first+1+end) / 2
		}
		first = end
	}
	return out[:len(a)], out[len(a):]
}
