package advisor

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"mltop/internal/units"
)

// text says a verdict on a sampled statement, and that it is sampled.
func (s sampledShift) text(v Verdict) string {
	switch {
	case len(s.before) < minBlocks:
		return fmt.Sprintf("sampled: only %s before the change were looked at, which is too little to compare with", units.Ago(s.took(s.before)))
	case typicalLoad(roots(s.before)) == 0:
		return fmt.Sprintf("sampled: not seen running in %s before the change: nothing to compare with", units.Ago(s.took(s.before)))
	case !s.raw.known:
		return "sampled: " + s.soFar() + "; a verdict takes " + units.Ago(minBlocks*s.width) + " at least"
	case v.Outcome == OutcomeBetter || v.Outcome == OutcomeWorse:
		return fmt.Sprintf("sampled: %s in it (%s), %s, %s", timeChange(s.raw.ratio), s.sessions(), units.Ago(s.took(s.after)), pText(v.P)) + s.unsure() + sureOf(v, timeChange)
	case v.Outcome == OutcomeNoChange:
		return fmt.Sprintf("sampled: no difference shown in the time in it, %s: between %s and %s", units.Ago(s.took(s.after)), timeChange(v.Low), timeChange(v.High)) + s.unsure()
	}
	return s.openText()
}

// openText says what an interval leaves open, and what it would take.
func (s sampledShift) openText() string {
	text := fmt.Sprintf("sampled: not yet clear: between %s and %s in it (%s), %s", timeChange(s.raw.low), timeChange(s.raw.high), s.sessions(), units.Ago(s.took(s.after)))
	switch was, is := ranPerSecond(s.before), ranPerSecond(s.after); {
	case was > 0 && !s.each.known:
		return text + "; the server runs hardly anything since"
	case was > 0 && s.raw.P < maxP && math.Abs(is/was-1) >= minEffect:
		return text + fmt.Sprintf("; the server runs %s instead of %s a second, so it may be asked %s often", units.Digits(is), units.Digits(was), map[bool]string{true: "more", false: "less"}[is > was])
	}
	if more := s.settles(); more > 0 {
		text += fmt.Sprintf("; about %s more settle it", units.Ago(more))
	}
	return text
}

// settles is how much longer it takes to show that there is no difference; 0
// where that cannot be told.
func (s sampledShift) settles() time.Duration {
	was := math.Sqrt(typicalLoad(roots(s.before)))
	n := s.raw.Needed(was*(math.Sqrt(1+minEffect)-1), sureP, 1-(1-power)/2)
	if s.raw.Freedom < minFreedom || math.IsInf(n, 1) || n <= float64(len(s.after)) || n > patientRatio*float64(len(s.before)) {
		return 0
	}
	return time.Duration(math.Ceil(n-float64(len(s.after)))) * s.width
}

// unsure says what a verdict does not know.
func (s sampledShift) unsure() string {
	was, is := ranPerSecond(s.before), ranPerSecond(s.after)
	switch {
	case math.IsNaN(was) || math.IsNaN(is):
		return "; how often it is asked is not known"
	case is >= (1+2*minEffect)*was || is <= (1-2*minEffect)*was:
		return fmt.Sprintf("; the server runs %s instead of %s statements a second", units.Digits(is), units.Digits(was))
	}
	return ""
}

func (s sampledShift) took(blocks []loadOf) time.Duration {
	return time.Duration(len(blocks)) * s.width
}

func (s sampledShift) soFar() string {
	if len(s.after) == 0 {
		return fmt.Sprintf("%s sessions were in it before the change", sessionsText(typicalLoad(roots(s.before))))
	}
	return s.sessions() + " in it, " + units.Ago(s.took(s.after)) + " so far"
}

// sessions are how many sessions are in the statement at a time.
func (s sampledShift) sessions() string {
	return sessionsText(typicalLoad(roots(s.before))) + " → " + sessionsText(typicalLoad(roots(s.after))) + " sessions"
}

// SessionsText is how many sessions are in a sampled statement, before and
// after.
func SessionsText(v Verdict) string {
	return sessionsText(orNaN(v.SessionsBefore)) + " → " + sessionsText(orNaN(v.SessionsAfter))
}

func sessionsText(n float64) string {
	switch {
	case n < 0.00005:
		return "0"
	case n < 9.95:
		return strconv.FormatFloat(n, 'g', 2, 64)
	}
	return units.Digits(n)
}

// ranPerSecond is what the server runs a second, in the mean; NaN: not known.
func ranPerSecond(list []loadOf) float64 {
	sum, n := 0.0, 0.0
	for _, o := range list {
		if !math.IsNaN(o.served) {
			sum, n = sum+o.served, n+1
		}
	}
	return sum / n
}

// timeChange says a time after as a part of the time before.
func timeChange(ratio float64) string {
	switch {
	case ratio >= 2:
		return units.Digits(ratio) + "× as much time"
	case ratio >= 1:
		return fmt.Sprintf("%.0f %% more time", 100*(ratio-1))
	case ratio > 0.5:
		return fmt.Sprintf("%.0f %% less time", 100*(1-ratio))
	case ratio < 0.0001:
		return "next to no time"
	}
	return units.Digits(1/ratio) + "× less time"
}
