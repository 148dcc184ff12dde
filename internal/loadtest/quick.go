package loadtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// QuickOptions say how one URL is tested.
type QuickOptions struct {
	Connections, MaxConnections int
	Rate                        float64 // 0: each connection goes on when it has been answered
	Duration, Warmup, Timeout   time.Duration
	Method                      string // "": GET
	Headers                     []string
	Body                        string
	Redirects                   int
	NewConnections, HTTP2       bool
	Seed                        uint64 // 0: by chance
}

// Quick is the plan of a test of one URL.
func Quick(url string, q QuickOptions) (*Plan, error) {
	origin, path, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	s := Step{Method: strings.ToUpper(q.Method), Origin: origin, Path: Text(path), Body: Text(q.Body)}
	if s.Method == "" {
		s.Method = "GET"
	}
	s.Route = s.Method + " " + strings.SplitN(path, "?", 2)[0]
	if s.Headers, err = parseHeaders(q.Headers); err != nil {
		return nil, err
	}
	p := &Plan{
		Name: url, Patterns: []Pattern{{Name: s.Route, Weight: 1, Steps: []Step{s}}}, Open: q.Rate > 0,
		Warmup: q.Warmup, Timeout: q.Timeout, Connections: q.Connections, MaxConnections: max(q.MaxConnections, q.Connections),
		NewConnections: q.NewConnections, HTTP2: q.HTTP2, Redirects: q.Redirects, Seed: q.Seed, Source: q.source(url, s.Method),
	}
	if p.Seed == 0 {
		p.Seed = rand.Uint64()>>11 + 1 // JSON's numbers are exact below 2⁵³
	}
	p.identity = strings.Join(append(q.Headers, p.Source, q.Body), "\n")
	level := q.Rate
	if !p.Open {
		level = float64(q.Connections)
	}
	p.Stages = []Stage{{For: q.Warmup + q.Duration, From: level, To: level}}
	return p, nil
}

func parseHeaders(lines []string) ([]Header, error) {
	var out []Header
	for _, l := range lines {
		name, value, ok := strings.Cut(l, ":")
		if !ok || !headerName(name) {
			return nil, fmt.Errorf("%q is no header: Name: value is", l)
		}
		out = append(out, Header{name, Text(strings.TrimSpace(value))})
	}
	return out, nil
}

// headerName reports a token of RFC 9110, 5.6.2.
func headerName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
	}) < 0
}

// source is what a quick test would be called as a scenario: runs are alike
// when it is the same.
func (q QuickOptions) source(url, method string) string {
	s := fmt.Sprintf("%s %s connections=%d duration=%s warmup=%s timeout=%s", method, url, q.Connections, q.Duration, q.Warmup, q.Timeout)
	if q.Rate > 0 {
		s += fmt.Sprintf(" rate=%v", q.Rate)
	}
	if q.NewConnections {
		s += " new-connections"
	}
	if q.HTTP2 {
		s += " http2"
	}
	return s
}
