package loadtest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"

	"github.com/valyala/fasthttp"
)

// A pattern is the steps of a Pattern, with all that can be known of them
// before the run.
type pattern []step

type step struct {
	*Step
	route int32
	want  want
	ready *outgoing // nil: it is different every time
}

// compile prepares a plan's patterns.
func compile(p *Plan) []pattern {
	_, routes := p.routes()
	out := make([]pattern, len(p.Patterns))
	for i := range p.Patterns {
		steps := p.Patterns[i].Steps
		out[i] = make(pattern, len(steps))
		for j := range steps {
			out[i][j] = compileStep(&steps[j], p, int32(routes[steps[j].Route]))
		}
	}
	return out
}

func compileStep(s *Step, p *Plan, route int32) step {
	c := step{Step: s, route: route, want: s.wants(p.Cookies)}
	if !p.Cookies {
		c.ready = prepared(s, p.HTTP2)
	}
	return c
}

// prepared is a step that is the same for every request, put together once;
// nil for others.
func prepared(s *Step, http2 bool) *outgoing {
	for _, h := range s.Headers {
		if !h.Value.fixed() {
			return nil
		}
	}
	if !s.Path.fixed() || !s.Body.fixed() {
		return nil
	}
	o, err := fillStep(s, &scope{}, "")
	if err != nil {
		return nil
	}
	if !http2 {
		var b strings.Builder
		encodeTo(&b, &fasthttp.Request{}, o)
		o.raw = []byte(b.String())
	}
	return o
}

// steps are the requests that an arrival brings, by the patterns' weights.
func steps(patterns []Pattern) float64 {
	sum, requests := 0.0, 0.0
	for _, p := range patterns {
		sum += p.Weight
		requests += p.Weight * float64(len(p.Steps))
	}
	return requests / sum
}

// shares are the patterns' weights as running sums that end at 1.
func shares(patterns []Pattern) []float64 {
	sum := 0.0
	for _, p := range patterns {
		sum += p.Weight
	}
	out, at := make([]float64, len(patterns)), 0.0
	for i, p := range patterns {
		at += p.Weight / sum
		out[i] = at
	}
	return out
}

// pick is the pattern at a place between 0 and 1.
func pick(shares []float64, at float64) int {
	for i, s := range shares {
		if at < s {
			return i
		}
	}
	return len(shares) - 1
}

// chance of the n-th arrival: the same in every run with the same seed,
// whoever sends it.
func chance(seed, n uint64) float64 {
	p := rand.NewPCG(seed, n)
	return float64(p.Uint64()>>11) / (1 << 53)
}

// Escape says how values are written into a body.
type Escape int

// The ways to write a value into a body.
const (
	EscapeNone Escape = iota
	EscapeJSON        // within a string of JSON
	EscapeForm        // in a form
)

func (e Escape) of(s string) string {
	switch e {
	case EscapeJSON:
		text, _ := json.Marshal(s) // a string always has a JSON form
		return string(text[1 : len(text)-1])
	case EscapeForm:
		return escapeURL(s)
	}
	return s
}
