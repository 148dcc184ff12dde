package stat

import "math"

// maxRho bounds the estimate of how much a value resembles the one before.
const maxRho = 0.98

// A Shift is the change of the mean from one series to another, and how well
// it is known.
type Shift struct {
	Effect  float64 // the mean after less the mean before
	SE      float64 // its standard error
	Freedom float64 // degrees of freedom of SE
	P       float64 // two-sided, by Student's test
	// scatter is the variance of the mean of n values, times n; before is how
	// many values the first series has.
	scatter float64
	before  float64
}

// MeanShift compares the means of two series of two values at least, in which
// each value may resemble those before it. Student's test takes as many
// independent values as the autocorrelation leaves: n (1-ρ)/(1+ρ) (Zwiers and
// von Storch, "Taking serial correlation into account in tests of the mean",
// Journal of Climate 8, 1995). That holds where a value resembles the last
// one only; likeness that reaches farther shows when neighbours are averaged
// again and again, and the widest error of all those levels counts (Flyvbjerg
// and Petersen, "Error estimates on averages of correlated data", Journal of
// Chemical Physics 91, 1989).
func MeanShift(a, b []float64) Shift {
	s := shiftAt(a, b)
	for x, y, width := a, b, 1.0; len(x) >= 2*minLevel && len(y) >= 2*minLevel; {
		x, y, width = paired(x), paired(y), 2*width
		if c := shiftAt(x, y); c.SE > s.SE {
			c.scatter, c.Effect = c.scatter*width, s.Effect
			s = c
		}
	}
	s.before = float64(len(a))
	s.P = s.chance()
	return s
}

// ShiftFrom is what the first series alone says of a shift to come: its
// scatter, and with it how many values the second one needs.
func ShiftFrom(a []float64) Shift {
	s := MeanShift(a, a)
	s.Freedom = max(s.Freedom/2, 1) // the same values twice
	return s
}

// minLevel: fewer averages than this do not show how averages scatter.
const minLevel = 32

// paired averages neighbours; of an odd number the oldest is left out.
func paired(x []float64) []float64 {
	x = x[len(x)%2:]
	out := make([]float64, len(x)/2)
	for i := range out {
		out[i] = (x[2*i] + x[2*i+1]) / 2
	}
	return out
}

// shiftAt compares two series by the likeness of direct neighbours.
func shiftAt(a, b []float64) Shift {
	ma, va := meanVar(a)
	mb, vb := meanVar(b)
	rho := autocorrelation(deviations(a, ma), deviations(b, mb))
	// A short stretch may have caught only a calm or only a burst: the greater
	// scatter of the two is taken for both.
	v := max(va, vb)
	na, nb := independent(len(a), rho), independent(len(b), rho)
	return Shift{
		Effect: mb - ma, SE: math.Sqrt(v/na + v/nb), Freedom: max(na+nb-2, 1),
		scatter: v * (1 + rho) / (1 - rho),
	}
}

func (s Shift) chance() float64 {
	switch {
	case s.SE > 0:
		return twoSided(s.Effect/s.SE, s.Freedom)
	case s.Effect == 0:
		return 1
	}
	return 0
}

// Wider is the shift with an error besides, which the series' own scatter does
// not show: errors that are independent add up by their squares.
func (s Shift) Wider(se float64) Shift {
	s.SE = math.Hypot(s.SE, se)
	s.P = s.chance()
	return s
}

// Doubted is the shift where another test of the same change is less sure.
func (s Shift) Doubted(p float64) Shift {
	s.P = max(s.P, p)
	return s
}

// Interval holds the true change with a chance of 1-alpha.
func (s Shift) Interval(alpha float64) (low, high float64) {
	d := studentQuantile(alpha, s.Freedom) * s.SE
	return s.Effect - d, s.Effect + d
}

// Needed is how many values the second series must have for a true change of
// that size to be found with the given chance at a two-sided alpha: the two
// quantiles times the standard error have to reach it (Cohen, "Statistical
// Power Analysis for the Behavioral Sciences", 1988, 2.4). The error is that
// of the upper limit of the scatter, which is an estimate itself (Kieser and
// Wassmer, "On the use of the upper confidence limit for the variance from a
// pilot sample", Biometrical Journal 38, 1996). +Inf: the first series is too
// short for it, however long the second gets.
func (s Shift) Needed(effect, alpha, power float64) float64 {
	z := studentQuantile(alpha, s.Freedom) + studentQuantile(2*(1-power), math.Inf(1))
	scatter := s.scatter * s.Freedom / chiSquare(1-power, s.Freedom)
	left := effect*effect/(z*z) - scatter/s.before
	if left <= 0 {
		return math.Inf(1)
	}
	return scatter / left
}

// chiSquare is the quantile of the chi-square distribution for a lower tail of
// p below one half (Wilson and Hilferty; Abramowitz and Stegun 26.4.17).
func chiSquare(p, freedom float64) float64 {
	w := 2 / (9 * freedom)
	root := 1 - w - studentQuantile(2*p, math.Inf(1))*math.Sqrt(w)
	return freedom * max(root*root*root, 0.01)
}

// studentQuantile is the t that is exceeded, on either side together, with
// chance p: the inverse of twoSided, by bisection.
func studentQuantile(p, freedom float64) float64 {
	low, high := 0.0, 1.0
	for twoSided(high, freedom) > p && high < 1e6 {
		high *= 2
	}
	for range 60 {
		if mid := (low + high) / 2; twoSided(mid, freedom) > p {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

func meanVar(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x)-1)
}

func deviations(x []float64, mean float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - mean
	}
	return out
}

// autocorrelation is the correlation of successive values, over both series,
// corrected for its bias towards zero (Kendall, Biometrika 41, 1954).
func autocorrelation(a, b []float64) float64 {
	var num, den float64
	for _, x := range [][]float64{a, b} {
		for i, v := range x {
			den += v * v
			if i > 0 {
				num += v * x[i-1]
			}
		}
	}
	if den == 0 {
		return 0
	}
	n := float64(len(a) + len(b))
	rho := max(num/den, 0)
	rho += (1 + 4*rho) / n
	return min(rho, maxRho)
}

// independent is how many independent blocks n autocorrelated ones are worth.
func independent(n int, rho float64) float64 {
	return max(float64(n)*(1-rho)/(1+rho), 1)
}

// twoSided is the chance of a Student's t at least that far from 0: the
// regularised incomplete beta function I(f/(f+t²); f/2, 1/2) (Abramowitz and
// Stegun 26.7.1); without end of freedom, the normal distribution's.
func twoSided(t, freedom float64) float64 {
	if math.IsInf(freedom, 1) {
		return math.Erfc(math.Abs(t) / math.Sqrt2)
	}
	return betaInc(freedom/(freedom+t*t), freedom/2, 0.5)
}

// betaInc is I(x; a, b), by the continued fraction of Abramowitz and Stegun
// 26.5.8, where it converges fast.
func betaInc(x, a, b float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaInc(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log(1-x))
	return front * betaFraction(x, a, b) / a
}

// betaFraction evaluates the continued fraction by Lentz's method.
func betaFraction(x, a, b float64) float64 {
	const tiny, steps = 1e-300, 300
	c, d := 1.0, 1/nonZero(1-(a+b)*x/(a+1), tiny)
	h := d
	for m := 1.0; m <= steps; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		before := h
		for _, k := range []float64{even, odd} {
			d = 1 / nonZero(1+k*d, tiny)
			c = nonZero(1+k/c, tiny)
			h *= c * d
		}
		if math.Abs(h-before) < 1e-14*math.Abs(h) {
			break
		}
	}
	return h
}

func nonZero(v, tiny float64) float64 {
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}
