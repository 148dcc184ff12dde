package ui

import (
	"fmt"
	"math"

	"mltop/internal/units"
	"mltop/internal/wire"
	"mltop/ui/chart"
)

// A benchPart is what the focus can be on.
type benchPart int

const (
	benchRoutes benchPart = iota
	benchErrors
	benchStatements
	benchThresholds
	benchCharts
	benchParts
)

func benchTables() map[benchPart]*table {
	return map[benchPart]*table{
		benchRoutes: {follow: true, sortBy: 5, cols: []column{
			{title: "route", width: 16, flex: true}, {title: "requests", width: 9, right: true}, {title: "per s", width: 7, right: true, from: 70},
			{title: "errors", width: 6, right: true}, {title: "P50", width: 7, right: true}, {title: "P95", width: 7, right: true},
			{title: "P99", width: 7, right: true, from: 70}, {title: "max", width: 7, right: true, from: 90},
			{title: "service P95", width: 11, right: true, from: 105}, {title: "of the tail", width: 11, right: true, from: 118},
		}},
		benchErrors: {follow: true, sortBy: 0, cols: []column{
			{title: "errors", width: 8, right: true}, {title: "kind", width: 11}, {title: "from", width: 8, from: 80}, {title: "route", width: 18, from: 76},
			{title: "message", width: 16, flex: true}, {title: "first", width: 7, right: true, from: 80},
		}},
		benchStatements: {follow: true, sortBy: 2, cols: []column{
			{title: "share of time", width: barCells, from: 80}, {title: "", width: 5, right: true}, {title: "time", width: 7, right: true},
			{title: "calls", width: 8, right: true}, {title: "P95", width: 7, right: true}, {title: "route", width: 18, from: 110},
			{title: "statement of the target", width: 16, flex: true},
		}},
		benchThresholds: {follow: true, sortBy: 0, cols: []column{
			{title: "threshold", width: 10}, {title: "measured", width: 9, right: true}, {title: "bound", width: 16, flex: true},
		}},
	}
}

// present reports a part that there is something in.
func (b *bench) present(p benchPart) bool {
	switch p {
	case benchErrors:
		return len(b.live.Errors) > 0
	case benchStatements:
		return b.live.Target != nil
	case benchThresholds:
		return len(b.live.Thresholds) > 0
	}
	return true
}

// nextPart is the next one that is there, in a direction.
func (b *bench) nextPart(by benchPart) benchPart {
	p := b.focus
	for range benchParts {
		if p = (p + by + benchParts) % benchParts; b.present(p) {
			break
		}
	}
	return p
}

// arrange answers the rows of a table, sorted, once for each look.
func (b *bench) arrange(p benchPart) []row {
	t := b.tables[p]
	if t.ready {
		return t.shown
	}
	return t.remake(map[benchPart]func() []row{
		benchRoutes: b.routeRows, benchErrors: b.errorRows, benchStatements: b.statementRows, benchThresholds: b.thresholdRows,
	}[p])
}

func (b *bench) drawTable(a area, p benchPart) {
	none := map[benchPart]string{
		benchRoutes: "nothing is sent yet", benchErrors: "no request failed", benchThresholds: "the test has none",
		benchStatements: "none is seen: mltop doctor shows how they can be",
	}[p]
	b.tables[p].draw(a, b.arrange(p), b.focus == p, none)
}

// drawPart draws the focused part alone, below the most needed values.
func (b *bench) drawPart(a area) {
	_, a = a.top(drawFlow(a, b.facts(), max(a.h/3, 1)))
	if b.focus == benchCharts {
		b.drawCharts(a)
		return
	}
	b.drawTable(a, b.focus)
}

// wideTables is room for tables beside each other.
const wideTables = 160

// drawTables draws the routes; what there is besides beside them, or below.
func (b *bench) drawTables(a area) {
	parts, needs := b.tableParts(), b.tableNeeds()
	if a.w >= wideTables && len(parts) > 1 {
		b.drawTable(a.sub(0, 0, a.w/2, a.h), parts[0])
		a, parts, needs = a.sub(a.w/2, 0, a.w-a.w/2, a.h), parts[1:], shared(a.h, needs[1:])
	}
	for i, h := range shared(a.h, needs) {
		var part area
		part, a = a.top(h)
		b.drawTable(part, parts[i])
	}
}

// tableParts are the tables on the screen, the most needed first.
func (b *bench) tableParts() []benchPart {
	parts := []benchPart{benchRoutes}
	if b.focus == benchThresholds {
		return append(parts, benchThresholds)
	}
	for _, p := range []benchPart{benchStatements, benchErrors} {
		if b.present(p) {
			parts = append(parts, p)
		}
	}
	return parts
}

// tableNeeds are the lines that they would fill, heads among them.
func (b *bench) tableNeeds() []int {
	var out []int
	for _, p := range b.tableParts() {
		out = append(out, max(len(b.arrange(p)), 1)+1)
	}
	return out
}

// leastTable is a head and a row.
const leastTable = 2

// shared divides lines among tables: all get the least, then the first ones
// what they need.
func shared(h int, needs []int) []int {
	out := make([]int, len(needs))
	for i := range needs {
		if out[i] = min(leastTable, h); i == len(needs)-1 {
			out[i] = min(needs[i], h)
		}
		h -= out[i]
	}
	for i := range needs {
		more := min(max(needs[i]-out[i], 0), h)
		out[i], h = out[i]+more, h-more
	}
	out[len(out)-1] += h // nothing is left blank in between
	return out
}

func (b *bench) routeRows() []row {
	rows := make([]row, 0, len(b.live.Routes))
	for i := range b.live.Routes {
		r := &b.live.Routes[i]
		l := r.Latency
		rows = append(rows, row{
			id: r.Name, match: r.Name,
			keys: []any{r.Name, float64(r.Sent), r.PerSecond, orNaN(r.ErrorRatio), orNaN(l.P50), orNaN(l.P95), orNaN(l.P99), orNaN(l.Max), orNaN(r.ServiceTime.P95), orNaN(r.TailShare)},
			cells: []span{{inkText, r.Name}, {inkText, units.Whole(int64(r.Sent))}, {inkText, bareRate(r.PerSecond)},
				{errorInk(orNaN(r.ErrorRatio)), units.Or(r.ErrorRatio, units.Percent)},
				{inkText, units.Or(l.P50, units.Seconds)}, {b.routeInk(r.Name), units.Or(l.P95, units.Seconds)}, {inkText, units.Or(l.P99, units.Seconds)},
				{inkText, units.Or(l.Max, units.Seconds)}, {inkDim, units.Or(r.ServiceTime.P95, units.Seconds)}, {inkDim, units.Or(r.TailShare, units.Percent)}},
		})
	}
	return rows
}

// routeInk is that of a route's worst threshold.
func (b *bench) routeInk(name string) ink {
	for i := range b.live.Thresholds {
		if t := &b.live.Thresholds[i]; t.Route == name && t.Broken && t.Value != nil {
			return inkCrit
		}
	}
	return inkStrong
}

func (b *bench) errorRows() []row {
	rows := make([]row, 0, len(b.live.Errors))
	for i, e := range b.live.Errors {
		first := e.First.Sub(b.live.Time).Seconds()
		rows = append(rows, row{
			id: fmt.Sprint(e.Kind, e.Route, e.Message), match: e.Message,
			keys: []any{float64(e.Count), e.Kind, e.Side, e.Route, e.Message, -first},
			cells: []span{{inkCrit, units.Whole(int64(e.Count))}, {inkText, e.Kind}, {inkDim, e.Side}, {inkDim, e.Route},
				{inkText, b.live.Errors[i].Message}, {inkDim, clockText(max(first, 0))}},
		})
	}
	return rows
}

func (b *bench) statementRows() []row {
	t := b.live.Target
	if t == nil {
		return nil
	}
	rows := make([]row, 0, len(t.Statements))
	for i, s := range t.Statements {
		share := orNaN(s.Share)
		rows = append(rows, row{
			id: fmt.Sprint(i), match: s.Text,
			keys: []any{share, share, s.Seconds, float64(s.Calls), orNaN(s.P95), s.Route, s.Text},
			cells: []span{{inkBar, chart.Bar(share, barCells, b.opts.Graph)}, {inkText, units.Percent(share)}, {inkStrong, units.Seconds(s.Seconds)},
				{inkText, units.Whole(int64(s.Calls))}, {inkText, units.Or(s.P95, units.Seconds)}, {inkDim, s.Route}, {inkText, oneLine(s.Text)}},
		})
	}
	return rows
}

func (b *bench) thresholdRows() []row {
	rows := make([]row, 0, len(b.live.Thresholds))
	for i := range b.live.Thresholds {
		t := &b.live.Thresholds[i]
		k, word := thresholdState(t)
		rows = append(rows, row{
			id: t.Text, match: t.Text,
			keys:  []any{stateOrder(t), orNaN(t.Value), t.Text},
			cells: []span{{k, word}, {inkText, thresholdValue(t)}, {inkText, t.Text}},
		})
	}
	return rows
}

// stateOrder puts what is broken first, and what is not yet known last.
func stateOrder(t *wire.BenchThreshold) float64 {
	switch {
	case t.Value == nil:
		return math.NaN()
	case t.Broken:
		return 1
	}
	return 0
}
