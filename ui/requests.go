package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/collectors"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// requests is the view of all routes, with the heatmap of their latency and
// the last requests.
type requests struct {
	focus int // 0 routes, 1 last requests
	max   bool
	table table
	last  table
}

func newRequests() *requests {
	t := routesTable()
	t.cols[0].title = "route"
	return &requests{table: t, last: lastTable()}
}

func (*requests) Title() string { return "Requests" }
func (*requests) place() place  { return onRequests }

func (r *requests) front() *table {
	if r.focus == 1 {
		return &r.last
	}
	return &r.table
}

func (r *requests) filterText() string       { return r.front().filterText() }
func (r *requests) setFilter(t string) error { return r.front().setFilter(t) }

func (r *requests) shrink() bool {
	was := r.max
	r.max = false
	return was
}

func (r *requests) Offers(s *State) []Offer {
	open := Offer{Action: Open, Does: "route"}
	switch {
	case s.noSource():
		var none []Offer
		for _, a := range []Action{Open, Filter, Maximise, NextFocus, Sort, Reverse, Wrap, Copy} {
			none = append(none, Offer{Action: a, Why: "nobody counts requests here"})
		}
		return none
	case s.requests() == nil:
		open.Why = s.noRequests()
	}
	return []Offer{open, {Action: Up, Pair: Down, Does: "move"}, {Action: Sort, Does: "sort"},
		{Action: Reverse, Does: "reverse"}, {Action: NextFocus, Does: "routes, last requests", Short: "next part"}, {Action: Wrap, Does: "whole path"}, {Action: Copy}}
}

func (r *requests) Update(a Action, s *State) (Panel, tea.Cmd) {
	r.table.arrange(s, s.routeRows)
	r.last.arrange(s, s.lastRows)
	switch a {
	case NextFocus, PrevFocus:
		r.focus = 1 - r.focus
	case Maximise:
		r.max = !r.max
	case Open:
		if row, ok := r.front().current(); ok {
			return r, s.openRoute(s.routeOfRow(r.focus, row.id))
		}
	case Copy:
		if row, ok := r.front().current(); ok {
			return r, copyText("request", row.match)
		}
	default:
		r.front().update(a)
	}
	return r, nil
}

// routeOfRow is the route of a row of either table.
func (s *State) routeOfRow(focus int, id string) string {
	if focus == 0 {
		return id
	}
	for _, q := range s.lastRequests() {
		if fmt.Sprint(q.ID) == id {
			return q.Route.String()
		}
	}
	return id
}

func (r *requests) Draw(s *State, a area) {
	if s.noSource() {
		s.drawNoSource(a)
		return
	}
	rows := r.table.arrange(s, s.routeRows)
	last := r.last.arrange(s, s.lastRows)
	routes := func(a area, on bool) { r.table.draw(r.table.drawWhole(a, on), rows, on, s.noRequests()) }
	newest := func(a area, on bool) { r.last.draw(r.last.drawWhole(a, on), last, on, s.noLast()) }
	switch {
	case (small(a) || r.max) && r.focus == 1:
		newest(a, true)
		return
	case small(a) || r.max:
		routes(a, true)
		return
	}
	pic, a := a.top(max(a.h*2/5, 6))
	s.drawLatency(pic, collectors.Route{})
	if a.h > 14 {
		_, a = a.top(1)
	}
	// The routes take what they need, the last requests what is left.
	foot, a := a.bottom(max(a.h-len(rows)-2, a.h*2/5, 5))
	if a.h > 8 {
		_, a = a.bottom(1)
	}
	routes(a, r.focus == 0)
	newest(foot, r.focus == 1)
}

// drawLatency is the heatmap beside the quantiles, or below 100 columns the
// quantiles alone.
func (s *State) drawLatency(a area, r collectors.Route) {
	left, right := a.inset(1), area{}
	if a.w >= 100 {
		left, right = a.sub(1, 0, a.w/2-2, a.h), a.sub(a.w/2+1, 0, a.w-a.w/2-2, a.h)
	}
	title, plot := left.top(1)
	plot = odd(plot)
	s.drawQuantiles(title, r)
	cells := plot.w - 12
	scale := chart.Scale{Format: axisText(units.Seconds), Limit: s.opts.Thresholds.P95Seconds}
	list := s.latency(r, cells)
	if right.w > 0 {
		list = append(list, chart.Series{Name: "P99", Ink: chart.InkNote, Dashed: s.noColour(), Values: s.series(collectors.Metric{Name: collectors.MetricP99, Route: r}, cells)})
	}
	plot.picture(chart.Line(plot.w, plot.h, list, s.frame(cells), scale))
	if empty(list) {
		plot.text(8, plot.h/3, inkDim, s.noRequests())
	}
	if right.w > 0 {
		s.drawHeat(right, r)
	}
}

func (s *State) drawQuantiles(a area, r collectors.Route) {
	g := collectors.Group{}
	if r != (collectors.Route{}) {
		one, _ := s.route(r.String())
		g = one.Group
	} else if w := s.requests(); w != nil {
		g = w.Total
	}
	x := a.spans(0, 0, span{inkDim, "latency "})
	for _, q := range []struct {
		name string
		ink  ink
		v    float64
	}{{"P50", inkSeriesB, g.Latency.Quantile(.5)}, {"P95", inkSeriesA, g.Latency.Quantile(.95)}, {"P99", inkNote, g.Latency.Quantile(.99)}, {"max", inkDim, g.Latency.Max()}} {
		x = a.spans(x, 0, span{q.ink, q.name + " "}) // the name is in its line's colour
		a.sub(x, 0, 7, 1).right(7, 0, inkText, units.Seconds(q.v))
		x += 9
	}
}

// heatBounds are the bands of the heatmap in seconds, from what a cache answers
// to what a client gives up on: three a decade, or two where they would not
// have a line each.
func heatBounds(lines int) []float64 {
	fine := []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}
	if lines > len(fine) {
		return fine
	}
	return []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10}
}

// bandLabel is where a band begins: it stands on the band's lowest line.
func bandLabel(bounds []float64) func(int) string {
	write := axisText(units.Seconds)
	return func(i int) string {
		if i == 0 {
			return "<" + write(bounds[0])
		}
		return write(bounds[i-1])
	}
}

// drawHeat draws the latency of a route, or of all requests, as a heatmap.
func (s *State) drawHeat(a area, r collectors.Route) {
	title, plot := a.top(1)
	plot = odd(plot)
	x := title.text(0, 0, inkDim, "requests by latency   few ")
	for i := range chart.HeatLevels {
		title.put(x+i, 0, chart.HeatRune(s.opts.Graph, i), chartInk(chart.InkHeat)+ink(i))
	}
	title.text(x+chart.HeatLevels+1, 0, inkDim, "many")
	bounds := heatBounds(plot.h - 2)
	cells := plot.w - 8
	plot.picture(chart.Heat(plot.w, plot.h, s.heat(r, cells, bounds), bandLabel(bounds), s.frame(cells)))
}

func lastTable() table {
	return table{sortBy: 0, cols: []column{
		{title: "last requests", width: 8},
		{title: "", width: 6},
		{title: "status", width: 7, right: true},
		{title: "time", width: 8, right: true},
		{title: "path", width: 20, flex: true},
		{title: "route", width: 20, flex: true, from: 110},
	}}
}

func (s *State) lastRequests() []collectors.Request {
	if len(s.Snap.Requests) == 0 {
		return nil
	}
	return s.Snap.Requests[0].Last
}

func (s *State) lastRows() []row {
	list := s.lastRequests()
	rows := make([]row, 0, len(list))
	for _, q := range list {
		code, k := none, inkDim
		if q.Status > 0 {
			code, k = fmt.Sprint(q.Status), statusInk(q.Status)
		}
		rows = append(rows, row{
			id: fmt.Sprint(q.ID), match: q.Method + " " + q.Path + " " + code,
			cells: []span{{inkDim, q.Time.In(s.opts.Zone).Format("15:04:05")}, {inkDim, q.Method}, {k, code},
				{plainer(s.judged(q.Seconds, s.opts.Thresholds.P95Seconds)), units.Seconds(q.Seconds)}, {inkText, q.Path}, {inkDim, q.Route.Path}},
			keys: []any{float64(q.Time.UnixNano()), q.Method, float64(q.Status), q.Seconds, q.Path, q.Route.Path},
		})
	}
	return rows
}

func statusInk(code int) ink {
	switch {
	case code >= 500:
		return inkCrit
	case code >= 400:
		return inkWarn
	}
	return inkText
}
