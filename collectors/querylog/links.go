package querylog

import (
	"cmp"
	"slices"

	"mltop/collectors"
)

// links count which statements a route runs, over the last while.
type links map[string]*routeCalls

type routeCalls struct {
	calls    map[string]*callCount // by fingerprint
	total    uint64
	requests uint64 // told apart by the log's request ids
	request  string // the last id
}

type callCount struct{ calls, seconds float64 }

const (
	// halveAt: then all counts of a route are halved, so that the past fades.
	halveAt = 20_000
	// routesKept bounds the routes.
	routesKept = 2000
	// near: counts that differ by less come from one cause.
	near = 0.02
)

func newLinks() links { return links{} }

func (l links) add(route, request, fingerprint string, seconds *float64) {
	if route == "" {
		return
	}
	r := l[route]
	if r == nil {
		if len(l) >= routesKept {
			return
		}
		r = &routeCalls{calls: map[string]*callCount{}}
		l[route] = r
	}
	if request != "" && request != r.request {
		r.requests++
		r.request = request
	}
	c := r.calls[fingerprint]
	if c == nil {
		c = &callCount{}
		r.calls[fingerprint] = c
	}
	c.calls++
	if seconds != nil && *seconds >= 0 {
		c.seconds += *seconds
	}
	if r.total++; r.total >= halveAt {
		r.halve()
	}
}

func (r *routeCalls) halve() {
	for f, c := range r.calls {
		if c.calls, c.seconds = c.calls/2, c.seconds/2; c.calls < 1 {
			delete(r.calls, f)
		}
	}
	r.total, r.requests = r.total/2, r.requests/2
}

// served is how many requests the calls belong to, and how that is known. By
// ids where the log has them. Else by the count that most statements of the
// route share, the least of them in a draw: most statements run once a
// request.
func (r *routeCalls) served() (requests float64, how string, sure bool) {
	if r.requests > 0 {
		return float64(r.requests), "by the query log's route and request", true
	}
	best, votes := 0.0, 0
	for _, c := range r.calls {
		n := 0
		for _, o := range r.calls {
			if o.calls >= c.calls*(1-near) && o.calls <= c.calls*(1+near) {
				n++
			}
		}
		if n > votes || n == votes && c.calls < best {
			best, votes = c.calls, n
		}
	}
	return best, "by the query log's route; most of its statements run once a request", votes > 1
}

// list answers all links, by route and time; nil without any.
func (l links) list() []collectors.Link {
	var out []collectors.Link
	for route, r := range l {
		n, how, sure := r.served()
		for f, c := range r.calls {
			out = append(out, collectors.Link{
				Route: route, Fingerprint: f, CallsPerRequest: c.calls / n, Seconds: c.seconds / n, How: how, Sure: sure,
			})
		}
	}
	slices.SortFunc(out, func(a, b collectors.Link) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return out
}
