package stat

import "math"

// maxRho bounds the estimate of how much a value resembles the one before.
const maxRho = 0.98

// MeanShift answers the change of the mean from a to b, two series of which
// each value may resemble the one before, and its two-sided p-value by
// Student's test with as many independent values as the autocorrelation
// leaves: n (1-ρ)/(1+ρ) (Zwiers and von Storch, "Taking serial correlation
// into account in tests of the mean", Journal of Climate 8, 1995). Each has
// two values at least.
func MeanShift(a, b []float64) (effect, p float64) {
	ma, va := meanVar(a)
	mb, vb := meanVar(b)
	rho := autocorrelation(deviations(a, ma), deviations(b, mb))
	na, nb := independent(len(a), rho), independent(len(b), rho)
	// A short stretch may have caught only a calm or only a burst: the greater
	// scatter of the two is taken for both.
	v := max(va, vb)
	se := math.Sqrt(v/na + v/nb)
	effect = mb - ma
	if se == 0 {
		return effect, boolP(effect)
	}
	return effect, twoSided(effect/se, max(na+nb-2, 1))
}

func boolP(effect float64) float64 {
	if effect == 0 {
		return 1
	}
	return 0
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

// autocorrelation is the correlation of successive blocks, over both
// stretches: corrected for its bias towards zero (Kendall, Biometrika 41,
// 1954), and by one standard error upwards, since too low a value makes false
// verdicts and too high a one only late ones.
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
	rho += math.Sqrt(max(1-rho*rho, 0) / n)
	return min(rho, maxRho)
}

// independent is how many independent blocks n autocorrelated ones are worth.
func independent(n int, rho float64) float64 {
	return max(float64(n)*(1-rho)/(1+rho), 1)
}

// twoSided is the chance of a Student's t at least that far from 0: the
// regularised incomplete beta function I(f/(f+t²); f/2, 1/2) (Abramowitz and
// Stegun 26.7.1).
func twoSided(t, freedom float64) float64 {
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
