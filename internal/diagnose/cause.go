package diagnose

import (
	"math"
	"slices"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/sqltext"
)

// A cause is the statement that takes most of a route's time.
type cause struct {
	fingerprint string
	share       float64 // of the route's time
	ofAll, load float64 // of all live statements' time; of a second
	calls       float64 // a request
	label       string
	scans       string // table read whole; "" if not known
	how         string
	sure        bool
}

// mostShare is how much of a route's time a statement may seem to take: two
// logs do not cut their seconds alike. Beyond that they speak of different
// things, and nothing is known.
const mostShare = 1.15

// causeOf finds the statement behind a route's time: by the links, else by
// the route that a statement names itself. Without a cause its share says
// whether there was one that cannot be.
func (f *facts) causeOf(route collectors.Route, w collectors.RequestWindow) (best cause, ok bool) {
	both := f.bothSeen(w)
	g, seconds := routeNamed(both, route.String())
	if g.Latency.Sum() <= 0 || seconds <= 0 {
		return best, false
	}
	for _, c := range f.causes(both, route.String(), g.Group, seconds) {
		if c.share > best.share {
			best, ok = c, true
		}
	}
	if best.share > mostShare {
		return best, false
	}
	best.share = min(best.share, 1)
	best.ofAll, best.load = loadOf(both.Statements, best.fingerprint)
	best.label, best.scans = f.label(best.fingerprint), f.scan(best.fingerprint)
	return best, ok
}

// loadOf is a statement's part of what all live ones take of a second, and
// what it takes; each by the span that its source has seen.
func loadOf(list []collectors.StatementWindow, fingerprint string) (share, load float64) {
	all := 0.0
	for _, s := range list {
		x := s.Concurrency()
		if !s.Source.Live || math.IsNaN(x) {
			continue
		}
		all += x
		if s.Fingerprint == fingerprint {
			load = x
		}
	}
	return load / max(all, 1e-12), load
}

// bothSeen is the newest span in which requests and statements were both
// seen: a sum of one is compared with a sum of the other.
func (f *facts) bothSeen(w collectors.RequestWindow) collectors.Window {
	span := w.Seconds
	for _, s := range f.now.Statements {
		if s.Source.Live && s.Seconds >= 1 {
			span = min(span, s.Seconds)
		}
	}
	d := time.Duration(span * float64(time.Second)).Round(time.Second)
	return f.in.History.Window(f.in.Now, max(d, time.Second))
}

// causes are the statements that are known to belong to a route.
func (f *facts) causes(w collectors.Window, route string, g collectors.Group, seconds float64) (out []cause) {
	for _, l := range f.now.Links {
		if l.Route == route && !f.writesLog(l.Fingerprint) {
			out = append(out, cause{fingerprint: l.Fingerprint, share: l.CallsPerRequest * meanNow(w, l) / g.Latency.Mean(), calls: l.CallsPerRequest, how: l.How, sure: l.Sure})
		}
	}
	for _, s := range w.Statements {
		if s.Route != route || !s.Source.Live || s.Seconds <= 0 || f.writesLog(s.Fingerprint) {
			continue
		}
		out = append(out, cause{
			fingerprint: s.Fingerprint, share: s.Latency.Sum() / s.Seconds * seconds / g.Latency.Sum(),
			calls: float64(s.Calls) / s.Seconds * seconds / float64(g.Count), how: "by the " + s.Source.Kind + "'s route", sure: true,
		})
	}
	return out
}

// meanNow is what a call takes now. A link is of a longer past: its own times
// may be of before an index.
func meanNow(w collectors.Window, l collectors.Link) float64 {
	for _, s := range w.Statements {
		if s.Source.Live && s.Fingerprint == l.Fingerprint && s.Latency.Count() > 0 {
			return s.Latency.Mean()
		}
	}
	return l.Seconds / max(l.CallsPerRequest, 1e-9)
}

// writesLog reports that a statement writes the request log itself: it runs
// after the time that it writes down.
func (f *facts) writesLog(fingerprint string) bool {
	w, ok := f.requests()
	i := slices.IndexFunc(f.now.Statements, func(s collectors.StatementWindow) bool { return s.Fingerprint == fingerprint })
	if !ok || i < 0 || w.Source.Kind != "table" {
		return false
	}
	text := f.now.Statements[i].Text
	switch sqltext.Verb(text) {
	case "INSERT", "REPLACE":
	default:
		return false
	}
	table := w.Source.Name[strings.LastIndex(w.Source.Name, ".")+1:]
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" \t\r\n(),.;`\"[]", r) })
	return slices.Contains(words, strings.ToLower(table))
}
