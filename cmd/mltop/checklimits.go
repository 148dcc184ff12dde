package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A limit is one part of check's --fail-on: "p95+20%" is broken when P95 has
// grown by more than a fifth, "throughput-10%" when it has fallen by more than
// a tenth.
type limit struct {
	metric string
	sign   float64 // +1: it may not grow; -1: it may not fall
	by     float64 // as a ratio
	text   string
}

// checkMetrics are what can be compared, in the order of the summary.
func checkMetrics() []string {
	return []string{"p50", "p95", "p99", "mean", "max", "errors", "throughput", "route-p95", "query-mean", "size"}
}

// parseLimits reads "p95+20%,errors+1%,crit". level is the word for findings
// among them; "" when there is none.
func parseLimits(text string) (limits []limit, level string, err error) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if rank(part) > 0 {
			level = part
			continue
		}
		l, err := parseLimit(part)
		if err != nil {
			return nil, "", err
		}
		if slices.ContainsFunc(limits, func(o limit) bool { return o.metric == l.metric && o.sign == l.sign }) {
			return nil, "", usagef("--fail-on: %s is limited twice", l.metric)
		}
		limits = append(limits, l)
	}
	return limits, level, nil
}

func parseLimit(part string) (limit, error) {
	wrong := usagef("--fail-on: %q is neither info, warn, crit nor a METRIC+N%% or METRIC-N%%, with a metric of %s", part, strings.Join(checkMetrics(), ", "))
	i := strings.LastIndexAny(part, "+-")
	number, percent := strings.CutSuffix(part[i+1:], "%")
	if i <= 0 || !percent {
		return limit{}, wrong
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || !slices.Contains(checkMetrics(), part[:i]) {
		return limit{}, wrong
	}
	l := limit{metric: part[:i], sign: 1, by: n / 100, text: part}
	if part[i] == '-' {
		l.sign = -1
	}
	return l, nil
}

// A comparedDoc is one value beside what it was.
type comparedDoc struct {
	Metric   string   `json:"metric"`
	Subject  string   `json:"subject"` // the route or the statement; "" for all
	Unit     string   `json:"unit"`    // "seconds", "ratio", "per_second", "bytes"
	Baseline *float64 `json:"baseline"`
	Now      *float64 `json:"now"`
	// Change is a part of the baseline; of errors, a difference of ratios.
	Change  *float64 `json:"change_ratio"`
	Limit   *string  `json:"limit"`
	Outcome string   `json:"outcome"`
	Reason  string   `json:"reason,omitempty"`
}

// The outcomes of a comparison.
const (
	outcomeKept    = "kept"       // within its limit
	outcomeBroken  = "broken"     // beyond it
	outcomeUnknown = "not judged" // there is a limit, and not enough to judge by
	outcomeSeen    = "no limit"
)

// change is how far a value has moved.
func (c comparedDoc) change() *float64 {
	switch {
	case c.Baseline == nil || c.Now == nil:
		return nil
	case c.Metric == "errors":
		d := *c.Now - *c.Baseline
		return &d
	case *c.Baseline == 0:
		return nil
	}
	d := *c.Now / *c.Baseline - 1
	return &d
}

// judge holds a value against its limit. Of a value with too few calls nobody
// can say whether it has moved: a limit on it is neither kept nor broken.
func (c comparedDoc) judge(limits []limit, few string) comparedDoc {
	c.Change, c.Outcome = c.change(), outcomeSeen
	for _, l := range limits {
		if l.metric != c.Metric {
			continue
		}
		c.Limit = &l.text
		switch {
		case c.Baseline == nil || c.Now == nil:
			c.Outcome, c.Reason = outcomeUnknown, firstWord(few, "it was not measured")
		case few != "":
			c.Outcome, c.Reason = outcomeUnknown, few
		case c.Change == nil && l.sign > 0 && *c.Now > 0:
			c.Outcome, c.Reason = outcomeBroken, "it was 0"
		case c.Change != nil && l.sign**c.Change > l.by:
			c.Outcome = outcomeBroken
		case c.Outcome != outcomeBroken:
			c.Outcome = outcomeKept
		}
		if c.Outcome == outcomeBroken {
			return c
		}
	}
	return c
}

// fewest are the calls that each quantile needs: five beyond it, as a lone
// slow call says nothing.
func fewest(metric string) uint64 {
	switch metric {
	case "p99":
		return 500
	case "p95", "route-p95":
		return 100
	}
	return 20
}

func tooFewCalls(metric string, before, now uint64) string {
	if least := fewest(metric); min(before, now) < least {
		return fmt.Sprintf("%d calls before, %d now: it takes %d of each to judge %s", before, now, least, metric)
	}
	return ""
}
