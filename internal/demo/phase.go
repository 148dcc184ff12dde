package demo

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Report is what the outside client measured in one phase. Every call
// counts to the phase in which it was sent.
type Report struct {
	Phase    string        `json:"phase"`
	Seconds  float64       `json:"seconds"`
	Complete bool          `json:"complete"` // the phase has ended, and all of its calls with it
	Shed     int           `json:"shed"`     // calls not sent, since too many were under way
	Routes   []RouteReport `json:"routes"`   // only those that were called
}

// A RouteReport is a route's part; latencies are the client's own, of all
// calls that were answered.
type RouteReport struct {
	Route  string  `json:"route"`
	Count  int     `json:"count"`
	Errors int     `json:"errors"` // 5xx, or no answer
	Mean   float64 `json:"mean_seconds"`
	P50    float64 `json:"p50_seconds"`
	P95    float64 `json:"p95_seconds"`
	// P95Low and P95High hold the true P95 with a confidence of 99 %, from
	// the order of independent calls alone; +Inf would be no number in JSON,
	// so with few calls they are the least and the greatest one.
	P95Low  float64 `json:"p95_low_seconds"`
	P95High float64 `json:"p95_high_seconds"`
	Max     float64 `json:"max_seconds"`
}

// Route finds a route's part; the zero part when it was not called.
func (r Report) Route(name string) RouteReport {
	for _, route := range r.Routes {
		if route.Route == name {
			return route
		}
	}
	return RouteReport{Route: name}
}

// slowest is the longest call of all routes, in seconds.
func (r Report) slowest() (most float64) {
	for _, route := range r.Routes {
		most = max(most, route.Max)
	}
	return most
}

func (r Report) count() (n int) {
	for _, route := range r.Routes {
		n += route.Count
	}
	return n
}

func (r Report) errors() (n int) {
	for _, route := range r.Routes {
		n += route.Errors
	}
	return n
}

// A phase gathers what its calls measured.
type phase struct {
	name    string
	begin   time.Time
	running sync.WaitGroup

	mu      sync.Mutex
	seconds [routes][]float64
	errors  [routes]int
	sheds   int
}

func newPhase(name string) *phase { return &phase{name: name, begin: time.Now()} }

func (p *phase) shed() {
	p.mu.Lock()
	p.sheds++
	p.mu.Unlock()
}

// measured takes in one call.
func (p *phase) measured(r routeID, took time.Duration, status int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil || status >= http.StatusInternalServerError {
		p.errors[r]++
	}
	if err == nil {
		p.seconds[r] = append(p.seconds[r], took.Seconds())
	}
}

// report sums up what has been measured by now, after took.
func (p *phase) report(took time.Duration, complete bool) Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	report := Report{Phase: p.name, Seconds: took.Seconds(), Complete: complete, Shed: p.sheds, Routes: []RouteReport{}}
	for r := range routes {
		if len(p.seconds[r])+p.errors[r] > 0 {
			report.Routes = append(report.Routes, sumUp(r.name(), p.seconds[r], p.errors[r]))
		}
	}
	return report
}

// sumUp makes exact quantiles, by the nearest rank.
func sumUp(route string, seconds []float64, errors int) RouteReport {
	sorted := slices.Sorted(slices.Values(seconds))
	report := RouteReport{Route: route, Count: len(sorted), Errors: errors}
	if len(sorted) == 0 {
		return report
	}
	rank := func(percent int) float64 { return sorted[(len(sorted)*percent+99)/100-1] }
	for _, s := range sorted {
		report.Mean += s / float64(len(sorted))
	}
	report.P50, report.P95, report.Max = rank(50), rank(95), sorted[len(sorted)-1]
	low, high := p95Ranks(len(sorted))
	report.P95Low, report.P95High = sorted[low-1], sorted[high-1]
	return report
}

// p95Ranks are the ranks, from 1, between which the true P95 lies with 99 %:
// how many of n calls lie below it is binomial (normal approximation).
func p95Ranks(n int) (low, high int) {
	const p, z = 0.95, 2.576
	mean, half := float64(n)*p, z*math.Sqrt(float64(n)*p*(1-p))
	return max(1, int(mean-half)), min(n, int(mean+half)+2)
}

// A reporter prints the phases, each when its last call has ended.
type reporter struct {
	ending sync.WaitGroup
	mu     sync.Mutex
	out    *json.Encoder
	err    error // the first one
}

// now prints how a phase stands.
func (r *reporter) now(p *phase) { r.print(p.report(time.Since(p.begin), false)) }

// add prints a phase that has just ended, once its calls have too.
func (r *reporter) add(p *phase) {
	took := time.Since(p.begin)
	r.ending.Go(func() {
		p.running.Wait()
		r.print(p.report(took, true))
	})
}

func (r *reporter) print(report Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.out.Encode(report); err != nil && r.err == nil {
		r.err = err
	}
}

// wait returns when every phase has been printed.
func (r *reporter) wait() error {
	r.ending.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
