package measure

import (
	"fmt"
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Ratios divides round by round; a round in which the peer showed nothing is
// left out.
func Ratios(a, b []float64) []float64 {
	var out []float64
	for i := range a {
		if b[i] > 0 {
			out = append(out, a[i]/b[i])
		}
	}
	return out
}

// Spread is the median with minimum and maximum.
func Spread(v []float64, unit string) string {
	if len(v) == 0 {
		return "–"
	}
	v = slices.Sorted(slices.Values(v))
	d := digits(v[len(v)/2])
	return fmt.Sprintf("%.*f %s (%.*f – %.*f)", d, v[len(v)/2], unit, d, v[0], d, v[len(v)-1])
}

// digits behind the point: three figures of a small number.
func digits(v float64) int {
	switch {
	case math.Abs(v) < 1:
		return 3
	case math.Abs(v) < 100:
		return 2
	}
	return 0
}

// Interval is the 95 % interval of the mean of v by Student's t.
func Interval(v []float64) (low, high float64) {
	mean, n := stats.Mean(v), float64(len(v))
	half := stats.InvCDF(stats.TDist{V: n - 1})(0.975) * stats.StdDev(v) / math.Sqrt(n)
	return mean - half, mean + half
}
