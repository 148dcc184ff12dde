package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/units"
	"mltop/internal/wire"
)

// A rule looks at one thing in a result, and says it if it is so.
type rule struct {
	name string
	look func(*wire.Bench) (level, text string)
}

// rules begin with what makes the figures doubtful.
func rules() []rule {
	return []rule{
		{"generator", saturated}, {"dropped", notSent}, {"errors", failures}, {"throughput", behind}, {"queue", queued},
		{"stall", stalls}, {"omission", hidden}, {"trend", growing}, {"tail", tail}, {"connect", connecting}, {"reopen", reopening},
		{"resource", firstFull}, {"statement", dearStatement}, {"steered", steered},
	}
}

// Analyse says what a run shows, in sentences.
func Analyse(b *wire.Bench) []wire.BenchFinding {
	out := []wire.BenchFinding{}
	for _, r := range rules() {
		if level, text := r.look(b); text != "" {
			out = append(out, wire.BenchFinding{Rule: r.name, Level: level, Text: text})
		}
	}
	if len(out) == 0 {
		out = append(out, wire.BenchFinding{Rule: "calm", Level: "info", Text: "nothing stands out: no error, no queue, no stall, and mltop kept its own time"})
	}
	return out
}

func saturated(b *wire.Bench) (string, string) {
	if !b.Generator.Saturated {
		return "", ""
	}
	return "crit", "generator saturated: " + b.Generator.Reason + ". The latencies are too high by that: send less, or from a machine of its own"
}

func notSent(b *wire.Bench) (string, string) {
	if b.Dropped == 0 {
		return "", ""
	}
	return "crit", fmt.Sprintf("%d requests were due and never sent, because no connection was free for them: they are in no latency", b.Dropped)
}

// failures say which side they come from, and which is the most frequent.
func failures(b *wire.Bench) (string, string) {
	if b.ErrorCount == 0 || len(b.Errors) == 0 {
		return "", ""
	}
	sides := map[string]uint64{}
	for _, e := range b.Errors {
		sides[e.Side] += e.Count
	}
	level := "warn"
	if float64(b.ErrorCount) >= manyErrors*float64(b.Sent) {
		level = "crit"
	}
	e := b.Errors[0]
	return level, fmt.Sprintf("%s of all requests failed, %s; most often %s: %s (%d, first %.1f s after the start)",
		percent(float64(b.ErrorCount)/float64(b.Sent)), bySide(sides, b.ErrorCount), e.Route, e.Message, e.Count, e.First.Sub(b.Time).Seconds())
}

// manyErrors is the ratio that mltop takes for critical everywhere.
const manyErrors = 0.05

func bySide(sides map[string]uint64, all uint64) string {
	words := map[string]string{"client": "on this side", "network": "on the way", "server": "at the server", "unknown": "nobody knows where"}
	var keys, parts []string
	for k := range sides {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(sides[b], sides[a]), cmp.Compare(a, b)) })
	if len(keys) == 1 {
		return "all of them " + words[keys[0]]
	}
	for _, k := range keys {
		parts = append(parts, percent(float64(sides[k])/float64(all))+" of them "+words[k])
	}
	return strings.Join(parts, ", ")
}

func percent(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) }

// keptUp is the share of the rate that has to be answered in time.
const keptUp = 0.97

func behind(b *wire.Bench) (string, string) {
	if b.Offered == nil || b.PerSecond >= keptUp**b.Offered || b.Generator.Saturated || b.Duration < 1 {
		return "", ""
	}
	return "crit", fmt.Sprintf("the target did not keep up: %.0f requests a second were due, and %.0f were answered as they should in the time of the test; what is left over waits in a queue, and its latency grows with the length of the test", *b.Offered, b.PerSecond)
}

// someWaited is the share of requests from which on a queue is worth a word.
const someWaited = 0.01

func queued(b *wire.Bench) (string, string) {
	if b.Wait.Count == 0 || float64(b.Wait.Count) < someWaited*float64(b.Sent) {
		return "", ""
	}
	return "warn", fmt.Sprintf("all %d connections were busy for %s of the requests, which waited up to %s for one; that wait is in the latency and not in the service time",
		b.Connections.Most, percent(float64(b.Wait.Count)/float64(b.Sent)), seconds(b.Wait.Max))
}

// stalls finds stretches without any answer while requests were due.
func stalls(b *wire.Bench) (string, string) {
	from, worst, at := -1.0, 0.0, 0.0
	for _, s := range b.Series {
		if s.Answered > 0 || s.At+s.Width > b.Warmup+b.Duration {
			from = -1
			continue
		}
		if from < 0 && s.Sent > 0 {
			from = s.At
		}
		if d := s.At + s.Width - from; from >= 0 && d > worst {
			worst, at = d, from
		}
	}
	if worst == 0 {
		return "", ""
	}
	return "crit", fmt.Sprintf("the target answered nothing at all for %.0f s, from %.0f s after the start", worst, at)
}

// hiddenFactor: the P99 from when requests were due is so many times that from
// when they were sent.
const hiddenFactor = 3

func hidden(b *wire.Bench) (string, string) {
	l, s := b.Latency.P99, b.ServiceTime.P99
	if l == nil || s == nil || *l < hiddenFactor**s || b.Model != "open" || b.Generator.Saturated {
		return "", ""
	}
	return "warn", fmt.Sprintf("who counts from when a request was sent sees a P99 of %s; from when it was due, as its sender feels it, it is %s", seconds(s), seconds(l))
}

// growingBy: the P50 of the last third is so many times that of the first.
const growingBy = 1.5

func growing(b *wire.Bench) (string, string) {
	var p50 []float64
	for _, s := range b.Series {
		if s.Latency.P50 != nil && s.At >= b.Warmup {
			p50 = append(p50, *s.Latency.P50)
		}
	}
	third := len(p50) / 3
	if third < 2 || b.Model == "closed" && strings.Contains(b.Scenario, "stages:") {
		return "", ""
	}
	first, last := middleOf(p50[:third]), middleOf(p50[len(p50)-third:])
	if last < growingBy*first {
		return "", ""
	}
	return "warn", fmt.Sprintf("latency grew in the course of the test: P50 %s in its first third, %s in its last", seconds(&first), seconds(&last))
}

func middleOf(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// ofTheTail: a route is worth naming when that much of the tail is its, and so
// many times more than its share of the requests.
const (
	ofTheTail   = 0.5
	timesItsDue = 1.5
)

func tail(b *wire.Bench) (string, string) {
	for _, r := range b.Routes {
		share := float64(r.Sent) / float64(max(b.Sent, 1))
		if len(b.Routes) > 1 && r.TailShare != nil && *r.TailShare >= ofTheTail && *r.TailShare >= timesItsDue*share {
			return "warn", fmt.Sprintf("%s is %s of the requests, and %s of the slowest hundredth: P99 %s", r.Name, percent(share), percent(*r.TailShare), seconds(r.Latency.P99))
		}
	}
	return "", ""
}

// dearConnections is the share of the service time from which on connecting
// is worth a word.
const dearConnections = 0.25

func connecting(b *wire.Bench) (string, string) {
	if b.Connect.P50 == nil || b.ServiceTime.P50 == nil || b.Connections.Opened < b.Sent/2 || *b.Connect.P50 < dearConnections**b.ServiceTime.P50 {
		return "", ""
	}
	return "info", fmt.Sprintf("nearly every request opens a connection, which takes %s of its %s: keeping them open would save that", seconds(b.Connect.P50), seconds(b.ServiceTime.P50))
}

// manyAgain is the share of requests, sent once more, that is worth a word.
const manyAgain = 0.1

// reopening: the target closes what it has not said that it would close.
func reopening(b *wire.Bench) (string, string) {
	if b.Connections.Again == 0 || float64(b.Connections.Again) < manyAgain*float64(b.Sent) {
		return "", ""
	}
	return "info", fmt.Sprintf("the target closes connections after an answer, and does not say so (Connection: close): %s of the requests found theirs closed and were sent once more over another; its keep-alive, or --new-connections here, would save that",
		percent(float64(b.Connections.Again)/float64(b.Sent)))
}

// steered: the test was not the one that its scenario describes.
func steered(b *wire.Bench) (string, string) {
	if len(b.Moves) == 0 {
		return "", ""
	}
	what := "rate"
	if b.Model == "closed" {
		what = "number of users"
	}
	m := b.Moves[len(b.Moves)-1]
	return "info", fmt.Sprintf("the %s was not the scenario's all the time: keys changed it, the last one to %.3g of that, %.1f s after the start", what, m.Factor, m.At)
}

// seconds writes a time as all of mltop does.
func seconds(v *float64) string { return units.Or(v, units.Seconds) }
