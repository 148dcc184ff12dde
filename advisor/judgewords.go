package advisor

import (
	"fmt"
	"math"
	"mltop/internal/units"
)

// verdictText says a verdict by one quantity: the mean time of a call, which
// the factor, the interval and p are of. The last is said where it takes no
// number of calls to settle it that could be named.
func verdictText(v Verdict, settles float64, noNumber string) string {
	after := units.Plural(v.CallsAfter, "call")
	switch v.Outcome {
	case OutcomeBetter, OutcomeWorse:
		return change(v.AfterMean/v.BeforeMean) + " on average" + means(v) + ", " + after + ", " + pText(v.P) + sureOf(v, change)
	case OutcomeNoChange:
		return "no difference shown on average, " + after + ": " + interval(v)
	}
	if v.CallsAfter < v.Enough {
		return tooFew(v, noNumber)
	}
	return unclear(v) + after + more(settles-float64(v.CallsAfter), noNumber)
}

// sureOf is the interval of a change that is sure, the smaller change first; it
// stands last: where a line is short the factor and p say enough.
func sureOf(v Verdict, words func(ratio float64) string) string {
	least, most := v.Low, v.High
	if v.Outcome == OutcomeBetter {
		least, most = most, least
	}
	return fmt.Sprintf("; %.0f %% sure: %s to %s", 100*(1-sureP), words(least), words(most))
}

// unclear says what an interval leaves open: the direction too, or only how
// much where both of its ends lie on one side.
func unclear(v Verdict) string {
	var least float64
	switch {
	case v.High <= 1-leastSaid:
		least = v.High
	case v.Low >= 1+leastSaid:
		least = v.Low
	default:
		return "not yet clear: " + interval(v) + " on average, "
	}
	return "most likely at least " + change(least) + " on average; how much is not clear yet, "
}

// leastSaid is the smallest change that does not read as 0 %.
const leastSaid = 0.005

func means(v Verdict) string {
	return " (" + seconds(v.BeforeMean) + " → " + seconds(v.AfterMean) + ")"
}

// more says how many calls settle a verdict for good, or why that is not known.
func more(calls float64, noNumber string) string {
	if math.IsInf(calls, 1) {
		return "; " + noNumber
	}
	return "; about " + rounded(calls) + " more settle it"
}

// tooFew says what is known so far, and what is missing for a verdict.
func tooFew(v Verdict, noNumber string) string {
	text := "not enough calls yet: " + soFar(v)
	switch {
	case v.CallsBefore == 0:
		return text
	case v.Enough == 0:
		return text + "; " + noNumber
	}
	return text + fmt.Sprintf("; about %s more show a gain of %.0f %%", rounded(float64(v.Enough-v.CallsAfter)), 100*v.Gain)
}

// soFar is what calls take on either side, where there were any.
func soFar(v Verdict) string {
	before, after := units.Whole(int64(v.CallsBefore)), units.Plural(v.CallsAfter, "call")
	switch {
	case v.CallsBefore == 0:
		return "none before the change, " + after + " after"
	case v.CallsAfter == 0:
		return "none since the change, " + before + " before it took " + seconds(v.BeforeMean)
	}
	return after + " so far take " + seconds(v.AfterMean) + ", " + before + " before took " + seconds(v.BeforeMean)
}

// noNumber says why nobody can tell how many calls it takes: by how many
// independent stretches there were before, and how they scatter.
func noNumber(freedom float64, before []float64) string {
	const open = "too early to tell how many more: "
	switch {
	case len(before) <= minFreedom:
		return open + "too few calls before the change"
	case freedom < minFreedom:
		return open + fmt.Sprintf("times before rose and fell about %s", units.Plural(int(freedom)+1, "time"))
	}
	s := sumsOf(before)
	return open + fmt.Sprintf("times before differ %s× from one stretch to the next", units.Digits(math.Exp(math.Sqrt(s.scatter()/(s.n-1)))))
}

// rounded keeps two digits of a number that is an estimate, upwards.
func rounded(calls float64) string {
	calls = max(calls, 1)
	unit := math.Pow(10, max(math.Floor(math.Log10(calls))-1, 0))
	return units.Whole(int64(math.Ceil(calls/unit) * unit))
}

// interval says between which changes the true one lies.
func interval(v Verdict) string {
	return "between " + change(v.Low) + " and " + change(v.High)
}

// change says a time after as a part of the time before: "31× faster",
// "23 % faster", "50 % slower".
func change(ratio float64) string {
	switch {
	case ratio >= 2:
		return units.Digits(ratio) + "× slower"
	case ratio > 1:
		return fmt.Sprintf("%.0f %% slower", 100*(ratio-1))
	case ratio > 0.5:
		return fmt.Sprintf("%.0f %% faster", 100*(1-ratio))
	}
	return units.Digits(1/ratio) + "× faster"
}

func pText(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return fmt.Sprintf("p = %.3f", p)
}

// Unseen is the verdict where the statements cannot be seen live.
func Unseen(subject string) Verdict {
	return Verdict{Subject: subject, Outcome: OutcomeUnseen, P: math.NaN(), Low: math.NaN(), High: math.NaN(),
		BeforeP95: math.NaN(), AfterP95: math.NaN(), BeforeMean: math.NaN(), AfterMean: math.NaN(),
		Text: string(OutcomeUnseen)}
}
