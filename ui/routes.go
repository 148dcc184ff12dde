package ui

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mltop/collectors"
	"mltop/internal/sqltext"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// routesTable is how routes are listed, on the overview and on their own
// view.
func routesTable() table {
	return table{sortBy: 7, cols: []column{
		{title: "Slowest routes", width: 6},
		{title: "", width: 22, flex: true},
		{title: "calls/s", width: 8, right: true, from: 100},
		{title: "P50", width: 6, right: true, from: 90},
		{title: "P95", width: 7, right: true},
		{title: "P99", width: 6, right: true, from: 100},
		{title: "err", width: 5, right: true, from: 70},
		{title: "share of time", width: barCells, from: 70},
		{title: "", width: 5, right: true, from: 60},
		{title: "statements", width: 22, flex: true, from: 116},
	}}
}

// barCells is the width of the bars in tables.
const barCells = 10

// routeCount is how many rows routeRows has.
func (s *State) routeCount() int {
	r := s.requests()
	if r == nil {
		return 0
	}
	if r.Other.Count > 0 {
		return len(r.Routes) + 1
	}
	return len(r.Routes)
}

// routeRows lists the routes of the window.
func (s *State) routeRows() []row {
	r := s.requests()
	if r == nil {
		return nil
	}
	total := r.Total.Latency.Sum()
	rows := make([]row, 0, len(r.Routes)+1)
	for i := range r.Routes {
		rows = append(rows, s.routeRow(&r.Routes[i], r.Seconds, total))
	}
	if r.Other.Count > 0 {
		rows = append(rows, s.routeRow(&collectors.RouteGroup{Route: collectors.Route{Path: "(other routes)"}, Group: r.Other}, r.Seconds, total))
	}
	return rows
}

func (s *State) routeRow(g *collectors.RouteGroup, over, total float64) row {
	part := math.NaN()
	if total > 0 {
		part = g.Latency.Sum() / total
	}
	p50, p95, p99 := g.Latency.Quantile(.5), g.Latency.Quantile(.95), g.Latency.Quantile(.99)
	rate, errs, name := rateOf(g.Count, over), errorsOf(g.Group), g.Route.String()
	links := s.linksOf(name)
	return row{
		id: name, match: name,
		keys: []any{g.Route.Method, g.Route.Path, rate, p50, p95, p99, errs, part, part, float64(len(links))},
		write: func() []span {
			return []span{
				{inkDim, g.Route.Method}, {inkText, g.Route.Path},
				{inkText, bareRate(rate)}, {inkText, units.Seconds(p50)},
				{s.judged(p95, s.opts.Thresholds.P95Seconds), units.Seconds(p95)}, {inkText, units.Seconds(p99)},
				{plainer(s.judged(errs, s.opts.Thresholds.ErrorRatio)), units.Percent(errs)},
				{inkBar, chart.Bar(part, barCells, s.opts.Graph)}, {inkText, units.Percent(part)},
				{inkDim, s.servedBy(links)},
			}
		},
	}
}

// plainer is for columns that the eye need not find.
func plainer(k ink) ink {
	if k == inkStrong {
		return inkText
	}
	return k
}

// bareRate is a rate whose column says what it is.
func bareRate(v float64) string { return strings.TrimSuffix(units.PerSecond(v), " /s") }

// linksOf are the statements that a route runs.
func (s *State) linksOf(route string) (links []collectors.Link) {
	for _, l := range s.links() {
		if l.Route == route {
			links = append(links, l)
		}
	}
	return links
}

// servedBy says which statements these are: the one that takes the most time
// by its text, the others by their number.
func (s *State) servedBy(links []collectors.Link) string {
	switch len(links) {
	case 0:
		return none
	case 1:
		return units.Digits(links[0].CallsPerRequest) + " × " + s.statementLabel(links[0].Fingerprint)
	}
	top := slices.MaxFunc(links, func(a, b collectors.Link) int { return cmp.Compare(a.Seconds, b.Seconds) })
	return fmt.Sprintf("%s +%d", s.statementLabel(top.Fingerprint), len(links)-1)
}

// links are those of the window, or the last that were known.
func (s *State) links() []collectors.Link {
	if len(s.Win.Links) > 0 {
		return s.Win.Links
	}
	return s.Snap.Links
}

// statementLabel is what a user would know a statement by: its name, or its
// verb and tables.
func (s *State) statementLabel(fingerprint string) string {
	w, ok := s.statement(fingerprint)
	switch {
	case !ok && s.labels[fingerprint] != "":
		return s.labels[fingerprint]
	case !ok && s.adviceText(fingerprint) != "":
		return sqltext.Short(s.adviceText(fingerprint))
	case !ok:
		return fingerprint
	case w.Name != "":
		return w.Name
	}
	return sqltext.Short(w.Text)
}

// adviceText is a statement that advice was given on, seen or not since.
func (s *State) adviceText(fingerprint string) string {
	if s.Advice == nil {
		return ""
	}
	return s.Advice.Texts[fingerprint]
}

// maxLabels bounds what an application with ever new statements makes us keep.
const maxLabels = 5000

// keepLabels remembers what statements are called: advice speaks of them for
// longer than they stay in the window.
func (s *State) keepLabels() {
	for _, w := range s.Win.Statements {
		if w.Fingerprint != "" && s.labels[w.Fingerprint] == "" && len(s.labels) < maxLabels {
			s.labels[w.Fingerprint] = s.statementLabel(w.Fingerprint)
		}
	}
}

// statement finds a statement in the window, or among those known before.
func (s *State) statement(fingerprint string) (collectors.StatementWindow, bool) {
	i := slices.IndexFunc(s.Win.Statements, func(w collectors.StatementWindow) bool { return w.Fingerprint == fingerprint })
	if i >= 0 {
		return s.Win.Statements[i], true
	}
	for _, src := range s.Snap.Statements {
		for _, g := range src.Rows {
			if g.Fingerprint == fingerprint {
				return collectors.StatementWindow{StatementGroup: g, Source: src.Source, Share: math.NaN()}, true
			}
		}
	}
	return collectors.StatementWindow{}, false
}

// route finds a route's numbers in the window.
func (s *State) route(name string) (collectors.RouteGroup, bool) {
	if r := s.requests(); r != nil {
		for _, g := range r.Routes {
			if g.Route.String() == name {
				return g, true
			}
		}
	}
	return collectors.RouteGroup{Route: routeOf(name)}, false
}

// routeOf reads a route as String wrote it.
func routeOf(name string) collectors.Route {
	if method, path, ok := strings.Cut(name, " "); ok && strings.HasPrefix(path, "/") {
		return collectors.Route{Method: method, Path: path}
	}
	return collectors.Route{Path: name}
}
