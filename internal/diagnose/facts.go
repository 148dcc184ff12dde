package diagnose

import (
	"fmt"
	"math"
	"slices"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/sqltext"
	"mltop/internal/stat"
	"mltop/internal/units"
)

// facts is what the rules look at, read from the history once.
type facts struct {
	in     Input
	limits Thresholds
	window time.Duration
	snap   collectors.Snapshot
	now    collectors.Window
	past   []baseline
}

// A baseline is the same traffic at an earlier time.
type baseline struct {
	than   string // "an hour ago"
	window collectors.Window
}

// defaultWindow is long enough for a rare route and short enough to be now.
const defaultWindow = time.Minute

// baselineSpan is how much of an earlier time is compared with: long enough
// that one slow minute of then does not hide a slow now.
const baselineSpan = 10 * time.Minute

func factsOf(in Input) *facts {
	f := &facts{in: in, limits: in.Thresholds.orDefaults(), window: in.Window}
	if f.window <= 0 {
		f.window = defaultWindow
	}
	f.snap = in.History.At(in.Now)
	f.now = in.History.Window(in.Now, f.window)
	for _, b := range [...]struct {
		than string
		ago  time.Duration
	}{
		{"an hour ago", time.Hour}, {"three hours ago", 3 * time.Hour}, {"twelve hours ago", 12 * time.Hour},
		{"a day ago", 23*time.Hour + 30*time.Minute}, {"a quarter of an hour ago", 16 * time.Minute},
		{"a few minutes ago", 6 * time.Minute},
	} {
		if span := min(baselineSpan, 2*(b.ago-f.window)); span > 0 { // must not reach into now
			end := in.Now.Add(span/2 - b.ago).Truncate(time.Minute) // the same one for a minute
			f.past = append(f.past, baseline{b.than, in.History.Window(end, span)})
		}
	}
	return f
}

// requests is the window of the first source; ok is false without one.
func (f *facts) requests() (w collectors.RequestWindow, ok bool) {
	if len(f.now.Requests) == 0 || f.now.Requests[0].Seconds <= 0 {
		return w, false
	}
	return f.now.Requests[0], true
}

// requestsSinceChange leaves out of requests those from before the last
// change that was applied or undone: the window of a fix holds slow requests
// of before it for a while, and they say nothing of now.
func (f *facts) requestsSinceChange() (w collectors.RequestWindow, ok bool) {
	since := f.in.Now.Sub(f.lastChange())
	if since >= f.window {
		return f.requests()
	}
	now := f.in.History.Window(f.in.Now, since.Truncate(time.Second))
	if since < time.Second || len(now.Requests) == 0 || now.Requests[0].Seconds <= 0 {
		return w, false
	}
	return now.Requests[0], true
}

// statementsSinceChange leaves out, as requestsSinceChange does, what statements
// took before the last change, and the look at a server's totals in which it
// was made.
func (f *facts) statementsSinceChange() []collectors.StatementWindow {
	since := f.in.Now.Sub(f.lastChange())
	for _, s := range f.snap.Statements {
		if s.Source.Live {
			since = min(since, f.in.Now.Sub(f.lastChange().Add(s.Interval)))
		}
	}
	switch {
	case since >= f.window:
		return f.now.Statements
	case since < time.Second:
		return nil
	}
	return f.in.History.Window(f.in.Now, since.Truncate(time.Second)).Statements
}

// lastChange is when the newest change that is now over was settled.
func (f *facts) lastChange() (last time.Time) {
	for _, e := range f.in.Entries {
		if over := e.State == advisor.EntryApplied || e.State == advisor.EntryUndone; over && e.SettledAt.After(last) && !e.SettledAt.After(f.in.Now) {
			last = e.SettledAt
		}
	}
	return last
}

func (b baseline) route(r collectors.Route) (g collectors.Group, ok bool) {
	if len(b.window.Requests) == 0 {
		return g, false
	}
	for _, x := range b.window.Requests[0].Routes {
		if x.Route == r {
			return x.Group, true
		}
	}
	return g, false
}

// series answers the points of a gauge in the last d that were measured.
func (f *facts) series(m collectors.MetricName, d time.Duration, n int) []float64 {
	all := f.in.History.Series(collectors.Metric{Name: m}, f.in.Now, d, n)
	return slices.DeleteFunc(all, math.IsNaN)
}

// lately answers a gauge's seconds in the window, or in the last minute if
// that is longer: a busy moment is no trouble.
func (f *facts) lately(m collectors.MetricName) []float64 {
	d := max(f.window, defaultWindow)
	return f.series(m, d, min(int(d/time.Second), mostPoints))
}

// mostPoints: History keeps seconds for ten minutes, and further back none.
const mostPoints = 600

func mean(vs []float64) float64 {
	sum := 0.0
	for _, v := range vs {
		sum += v
	}
	return sum / float64(len(vs)) // NaN of none
}

func median(vs []float64) float64 {
	if len(vs) == 0 {
		return math.NaN()
	}
	vs = slices.Sorted(slices.Values(vs))
	return vs[len(vs)/2]
}

// above counts the values over v.
func above(s *stat.Sketch, v float64) (n uint64) {
	s.Each(func(x float64, c uint64) {
		if x > v {
			n += c
		}
	})
	return n
}

func (f *facts) label(fingerprint string) string {
	for _, s := range f.now.Statements {
		if s.Fingerprint == fingerprint && s.Name != "" {
			return s.Name
		}
		if s.Fingerprint == fingerprint {
			return sqltext.Short(s.Text)
		}
	}
	return fingerprint
}

// scan names the largest table that a statement's plan reads whole, with its
// rows where they are known.
func (f *facts) scan(fingerprint string) string {
	tables := append(slices.Clone(f.in.Scans[fingerprint]), f.plannedScans(fingerprint)...)
	if p := f.snap.Plans; p != nil {
		tables = append(tables, p.Scans[fingerprint]...)
	}
	best, most := "", -1.0
	for _, t := range tables {
		if !f.isTable(t) {
			continue // a subquery, or an alias that stands for two tables
		}
		if rows := f.rows(t); rows > most {
			best, most = t, rows
		}
	}
	if most > 0 {
		return fmt.Sprintf("%s (%s rows)", best, units.SI(most))
	}
	return best
}

func (f *facts) plannedScans(fingerprint string) (tables []string) {
	if f.in.Advice == nil || f.otherCatalog(f.in.Advice.Catalog) {
		return nil
	}
	for _, r := range f.in.Advice.Recommendations {
		if f.stands(r.ID) {
			continue // its plan before is of the past
		}
		for _, p := range r.Plans {
			if p.Fingerprint != fingerprint || p.Before.Plan == nil || p.Before.Plan.Root == nil {
				continue
			}
			queue := p.Before.Plan.Root.Children
			for len(queue) > 0 {
				n := queue[0]
				queue = append(slices.Clone(queue[1:]), n.Children...)
				if n.Op == "scan" && n.Table != "" {
					tables = append(tables, n.Table)
				}
			}
		}
	}
	return tables
}

// otherCatalog reports that the catalog is no longer of a version: plans of
// then are of the past.
func (f *facts) otherCatalog(version string) bool {
	d := f.snap.Database
	return version != "" && d != nil && d.Schema != nil && d.Schema.Version != "" && d.Schema.Version != version
}

// triedSlower reports that the advisor, on the catalog as it is, tried a change
// of a kind and declined it because it made statements slower.
func (f *facts) triedSlower(k advisor.Kind) bool {
	a := f.in.Advice
	return a != nil && !f.otherCatalog(a.Catalog) && slices.ContainsFunc(a.Declined, func(d advisor.Declined) bool { return d.Slower == k })
}

// stands reports that advice was applied and not undone.
func (f *facts) stands(id string) bool {
	for i := len(f.in.Entries) - 1; i >= 0; i-- {
		if e := f.in.Entries[i]; e.Recommendation == id {
			return e.State == advisor.EntryApplied
		}
	}
	return false
}

// isTable reports that the catalog has a table, where the catalog is known.
func (f *facts) isTable(name string) bool {
	return f.snap.Database == nil || f.snap.Database.Schema == nil || f.snap.Database.Schema.Table(name) != nil
}

func (f *facts) rows(table string) float64 {
	if f.snap.Database == nil {
		return 0
	}
	if t := f.snap.Database.Schema.Table(table); t != nil && t.Rows != nil {
		return float64(*t.Rows)
	}
	return 0
}
