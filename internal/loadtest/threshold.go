package loadtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Threshold is a bound that the run must keep: "p95 < 300ms".
type Threshold struct {
	Text   string
	Route  string // "" is all
	Metric string
	Above  bool // the value has to be above the limit
	Limit  float64
}

// metrics are what thresholds may speak of: seconds, a ratio, or a rate.
const metrics = "mean, p50, p90, p95, p99, p999, max, error_ratio, requests_per_second"

// unitOf a metric, as JSON's names have it.
func unitOf(metric string) string {
	switch metric {
	case "error_ratio":
		return "ratio"
	case "requests_per_second":
		return "per_second"
	}
	return "seconds"
}

// ParseThreshold reads "[ROUTE:] METRIC < LIMIT".
func ParseThreshold(text string) (Threshold, error) {
	t := Threshold{Text: strings.TrimSpace(text)}
	i := strings.LastIndexAny(text, "<>")
	if i < 0 {
		return t, fmt.Errorf("%q is no threshold: p95 < 300ms, error_ratio < 1%%, list: p99 < 1s are", text)
	}
	t.Above = text[i] == '>'
	left := strings.TrimSpace(text[:i])
	if j := strings.LastIndex(left, ": "); j >= 0 {
		t.Route, left = strings.TrimSpace(left[:j]), left[j+2:]
	}
	t.Metric = strings.ToLower(strings.TrimSpace(left))
	var err error
	t.Limit, err = parseLimit(t.Metric, strings.TrimSpace(text[i+1:]))
	return t, err
}

func parseLimit(metric, text string) (float64, error) {
	switch metric {
	case "mean", "p50", "p90", "p95", "p99", "p999", "max":
		d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
		if err != nil || d <= 0 {
			return 0, fmt.Errorf("%q is no duration: 300ms, 1.5s are", text)
		}
		return d.Seconds(), nil
	case "error_ratio":
		return parseShare(text)
	case "requests_per_second":
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return 0, fmt.Errorf("%q is no number above zero", text)
		}
		return v, nil
	}
	return 0, fmt.Errorf("%q is none of %s", metric, metrics)
}

func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%q is no ratio: 1%% and 0.01 are", text)
	}
	return v, nil
}

// broken judges a value; one that was not measured keeps no bound.
func (t Threshold) broken(v float64) bool {
	if math.IsNaN(v) {
		return true
	}
	if t.Above {
		return v <= t.Limit
	}
	return v >= t.Limit
}

// value is the metric of a route over a time in seconds.
func (t *routeTally) value(metric string, seconds float64) float64 {
	switch metric {
	case "mean":
		return t.latency.mean()
	case "p50":
		return t.latency.quantile(0.50)
	case "p90":
		return t.latency.quantile(0.90)
	case "p95":
		return t.latency.quantile(0.95)
	case "p99":
		return t.latency.quantile(0.99)
	case "p999":
		return t.latency.quantile(0.999)
	case "max":
		return t.latency.quantile(1)
	case "error_ratio":
		return float64(t.failed) / float64(t.sent)
	}
	return float64(t.answered) / seconds
}

// A warden ends a run whose thresholds have been broken for a while.
type warden struct{ since map[int]time.Duration }

// leastToJudge: quantiles of fewer requests say nothing yet.
const leastToJudge = 20

// look answers why the run has to end; "" if it has not.
func (w *warden) look(r *Run, now time.Duration) string {
	if r.plan.AbortAfter <= 0 || now < r.plan.Warmup {
		return ""
	}
	if w.since == nil {
		w.since = map[int]time.Duration{}
	}
	for i, t := range r.plan.Thresholds {
		if v, ok := r.soFar(t, now); !ok || !t.broken(v) {
			delete(w.since, i)
			continue
		}
		if _, ok := w.since[i]; !ok {
			w.since[i] = now
		}
		if now-w.since[i] >= r.plan.AbortAfter {
			return "the threshold " + t.Text + " was broken for " + r.plan.AbortAfter.String()
		}
	}
	return ""
}

// soFar is the value of a threshold's metric up to now; false while too few
// requests are over.
func (r *Run) soFar(t Threshold, now time.Duration) (float64, bool) {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	tally := r.tally.of(r.plan, t.Route)
	if tally == nil || tally.sent < leastToJudge {
		return 0, false
	}
	return tally.value(t.Metric, (now - r.plan.Warmup).Seconds()), true
}

// of is the tally of a route; "" is that of all, nil is none.
func (t *tally) of(p *Plan, route string) *routeTally {
	if route == "" {
		return &t.all
	}
	_, routes := p.routes()
	i, ok := routes[route]
	if !ok {
		return nil
	}
	return &t.routes[i]
}
