package ui

import (
	"fmt"
	"math"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/collectors"
	"mltop/internal/diagnose"
	"mltop/ui/chart"
)

// overview is the first screen: the verdict, the fourteen values, one chart,
// the slowest routes.
type overview struct {
	focus int
	max   bool
	table table
}

// The parts of the overview, in the order of Tab.
const (
	partVerdict = iota
	partValues
	partRoutes
	overviewParts
)

func newOverview() *overview { return &overview{table: routesTable()} }

func (*overview) Title() string { return "Overview" }
func (*overview) place() place  { return onOverview }

func (o *overview) filterText() string       { return o.table.filterText() }
func (o *overview) setFilter(t string) error { return o.table.setFilter(t) }

func (o *overview) shrink() bool {
	was := o.max
	o.max = false
	return was
}

func (o *overview) Offers(s *State) []Offer {
	open := Offer{Action: Open, Does: "why"}
	switch {
	case o.focus == partRoutes:
		open.Does = "route"
	case o.focus == partValues:
		open.Does = "chart"
	case len(s.Findings) == 0 || !leads(s.Findings[0]):
		open.Why = "nothing is wrong that leads further"
	}
	list := []Offer{open}
	if o.focus == partValues {
		list = append(list, Offer{Action: Left, Pair: Right, Does: "value"})
	} else {
		list = append(list, Offer{Action: Up, Pair: Down, Does: "route"})
	}
	return append(list, Offer{Action: NextFocus, Does: "next part"}, s.offerCopy(), s.offerUndo())
}

func leads(f diagnose.Finding) bool {
	return f.Route != (collectors.Route{}) || f.Fingerprint != "" || f.View != ""
}

func (o *overview) Update(a Action, s *State) (Panel, tea.Cmd) {
	switch a {
	case NextFocus:
		o.focus = (o.focus + 1) % overviewParts
	case PrevFocus:
		o.focus = (o.focus + overviewParts - 1) % overviewParts
	case Maximise:
		o.max = !o.max
	case Open:
		return o, o.open(s)
	case Copy:
		return o, copyText("verdict", verdictMarkdown(s))
	case Undo:
		return o, s.undoLast()
	default:
		o.move(a, s)
	}
	return o, nil
}

// move walks through values or routes; arrows on the verdict go down to the
// routes, where a user expects them.
func (o *overview) move(a Action, s *State) {
	n := len(s.kpi)
	switch {
	case o.focus == partValues && (a == Left || a == Up):
		s.metric = (s.metric + n - 1) % n
	case o.focus == partValues && (a == Right || a == Down):
		s.metric = (s.metric + 1) % n
	case o.focus == partVerdict && (a == Up || a == Down):
		o.focus = partRoutes
	case o.focus == partRoutes && a == Up && o.table.index() <= 0:
		o.focus = partVerdict
	default:
		o.table.arrange(s, s.routeRows)
		o.table.update(a)
	}
}

func (o *overview) open(s *State) tea.Cmd {
	switch o.focus {
	case partRoutes:
		if r, ok := o.table.current(); ok {
			return push(newRoute(r.id))
		}
	case partValues:
		o.max = !o.max
	case partVerdict:
		if len(s.Findings) > 0 {
			return follow(s.Findings[0])
		}
	}
	return nil
}

// follow goes where a finding leads.
func follow(f diagnose.Finding) tea.Cmd {
	if f.Route != (collectors.Route{}) {
		return push(newRoute(f.Route.String()))
	}
	if f.Fingerprint != "" {
		return push(newStatement(f.Fingerprint))
	}
	for i, name := range []string{"overview", "requests", "queries", "advisor", "database", "log"} {
		if f.View == name {
			return send(viewMsg{i})
		}
	}
	return nil
}

func (o *overview) Draw(s *State, a area) {
	switch {
	case small(a) || o.max:
		o.drawOne(s, a)
	case a.w < 100 || a.h < 26:
		o.drawNarrow(s, a)
	default:
		o.drawWide(s, a)
	}
}

// drawOne draws the part that has the focus, whole.
func (o *overview) drawOne(s *State, a area) {
	switch o.focus {
	case partValues:
		line, rest := a.bottom(2)
		s.drawChart(rest.inset(1))
		s.drawWhy(line)
	case partRoutes:
		o.drawRoutes(s, a)
	default:
		used := s.drawVerdict(a, 4, true)
		_, rest := a.top(used + 1)
		s.drawKPI(rest, false)
	}
}

// drawNarrow is the layout of 80×24.
func (o *overview) drawNarrow(s *State, a area) {
	used := s.drawVerdict(a, 2, o.focus == partVerdict)
	_, a = a.top(used + s.drawChange(a, used))
	kpi, a := a.top(2)
	s.drawKPIIn(kpi, o.focus == partValues)
	state, a := a.bottom(2)
	s.drawSystem(state, 0, o.focus == partValues)
	s.drawDatabase(state, 1, o.focus == partValues)
	if o.focus == partValues {
		var why area
		why, a = a.bottom(1)
		s.drawWhy(why)
	}
	pic, a := a.top(min(7, max(a.h-4, 0)))
	s.drawChart(pic.inset(1))
	o.drawRoutes(s, a)
}

// drawWide is the layout from 100×26 on: what is left over goes to the chart
// and the routes, three to two.
func (o *overview) drawWide(s *State, a area) {
	used := s.drawVerdict(a, 2, o.focus == partVerdict)
	used += s.drawChange(a, used)
	_, a = a.top(used + 1)
	kpi, a := a.top(s.kpiLines(a.w))
	s.drawKPIIn(kpi, o.focus == partValues)
	state, a := a.bottom(s.stateLines(a, o.focus == partValues))
	s.drawState(state, o.focus == partValues)
	routes := min(max(len(s.routeRows())+1, 5), max(a.h*2/5, 5))
	table, a := a.bottom(routes)
	if a.h > 8 {
		_, a = a.bottom(1)
	}
	o.drawRoutes(s, table)
	if a.w < 150 {
		s.drawChart(a.inset(1))
		return
	}
	left := a.w * 3 / 5
	a.spans(1, 0, span{inkDim, "latency  "}, span{inkSeriesA, "P95"}, span{inkDim, " and "}, span{inkSeriesB, "P50"})
	s.drawChart(a.sub(1, 1, left-2, a.h-1))
	s.drawHeat(a.sub(left+1, 0, a.w-left-2, a.h))
}

// drawChange is the verdict on the newest change of this session, below what
// is wrong now; it answers how many lines it took.
func (s *State) drawChange(a area, y int) int {
	kept := s.kept()
	if len(kept) == 0 {
		return 0
	}
	e := kept[len(kept)-1]
	v, ok := s.Verdicts[e.ID]
	if !ok {
		a.spans(1, y, span{inkAccent, "▲ "}, span{inkText, e.Title}, span{inkDim, "   the verdict comes with the next requests   "}, span{inkKey, "u"}, span{inkDim, " undo"})
		return 1
	}
	s.drawVerdictLine(a, y, v)
	return 1
}

func (o *overview) drawRoutes(s *State, a area) {
	rows := o.table.arrange(s, s.routeRows)
	o.table.draw(a, rows, o.focus == partRoutes, s.noRequests())
}

// noRequests says why there are no routes.
func (s *State) noRequests() string {
	if s.requests() == nil {
		return "no source of requests: " + s.why(values()[valRate])
	}
	return "no requests in the last " + spanName(s.winSpan)
}

// drawVerdict writes the worst finding on at most lines lines and answers how
// many it took.
func (s *State) drawVerdict(a area, lines int, focused bool) int {
	if a.h == 0 {
		return 0
	}
	if len(s.Findings) == 0 {
		a.text(1, 0, inkDim, "○ looking …")
		return 1
	}
	f := s.Findings[0]
	k, sym := status(f.Level)
	sym, _, _ = strings.Cut(sym, " ")
	key := ""
	if leads(f) {
		key = "⏎ why"
	}
	x := a.spans(1, 0, span{k, sym + " "})
	text := wrapText(f.Text, a.w-x-3, lines)
	if last := len(text) - 1; key != "" && x+textWidth(text[last])+textWidth(key)+3 > a.w && last+1 < lines {
		// One cell is enough to say that Enter leads on.
		if key = "⏎"; x+textWidth(text[last])+3 > a.w {
			text = append(text, "")
		}
	} else if key != "" && textWidth(text[last]) > a.w-x-textWidth(key)-4 {
		text[last] = text[last][:0] + cutText(text[last], a.w-x-textWidth(key)-4)
	}
	textInk := inkStrong
	if f.Level == diagnose.OK {
		textInk = inkText
	}
	for y, l := range text {
		a.text(x, y, textInk, l)
	}
	if key != "" {
		a.right(a.w-1, len(text)-1, map[bool]ink{true: inkKey, false: inkDim}[focused], key)
	}
	if focused && f.Level != diagnose.OK {
		a.put(0, 0, '▎', inkAccent)
	}
	return len(text)
}

// kpiLines is how many lines the values of the requests take.
func (s *State) kpiLines(w int) int {
	if w < 112 {
		return 2
	}
	return 1
}

func (s *State) drawKPIIn(a area, focused bool) { s.drawKPI(a, focused) }

// kpiSpans are the values of the requests, in groups that stay together.
func (s *State) kpiParts() []kpiPart {
	p50 := none
	client, server := nan(), nan()
	if r := s.requests(); r != nil {
		p50 = seconds(r.Total.Latency.Quantile(0.5))
		client = ratioOf(r.Total.ClientErrors, r.Total.StatusCount)
		server = ratioOf(r.Total.ServerErrors, r.Total.StatusCount)
	}
	v := values()
	return []kpiPart{
		{valRate, "Requests", perSecond(s.kpi[valRate]), 8, inkStrong},
		{valMean, "mean", v[valMean].text(s.kpi[valMean]), 7, inkText},
		{-1, "P50", p50, 7, inkText},
		{valP95, "P95", v[valP95].text(s.kpi[valP95]), 7, s.judged(s.kpi[valP95], s.opts.Thresholds.P95Seconds)},
		{valP99, "P99", v[valP99].text(s.kpi[valP99]), 7, inkText},
		{valErrors, "4xx", percent(client), 6, s.judged(s.kpi[valErrors], s.opts.Thresholds.ErrorRatio)},
		{valErrors, "5xx", percent(server), 6, s.judged(server, s.opts.Thresholds.ErrorRatio)},
		{valConcurrency, "in flight", v[valConcurrency].text(s.kpi[valConcurrency]), 4, inkText},
	}
}

type kpiPart struct {
	value int
	name  string
	text  string
	width int
	ink   ink
}

// judged is the ink of a value beside its threshold; the words OK, WARN and
// CRIT are on the verdict line and in the values' table.
func (s *State) judged(v, limit float64) ink {
	switch {
	case limit > 0 && v >= limit:
		return inkCrit
	case limit > 0 && v >= 0.7*limit:
		return inkWarn
	}
	return inkStrong
}

func (s *State) drawKPI(a area, focused bool) {
	x, y := 1, 0
	for _, p := range s.kpiParts() {
		w := textWidth(p.name) + 1 + p.width
		if x+w > a.w && x > 1 {
			x, y = 1+len("Requests "), y+1
		}
		x = s.drawValue(a, x, y, p, focused) + 3
	}
}

// drawValue writes one value in its fixed place; the one that the chart shows
// is marked while the values have the focus.
func (s *State) drawValue(a area, x, y int, p kpiPart, focused bool) int {
	name := inkDim
	if focused && p.value == s.metric {
		name = inkAccent | selected
	}
	symbol := ""
	if p.ink == inkCrit {
		symbol = "■"
	} else if p.ink == inkWarn {
		symbol = "▲"
	}
	x = a.text(x, y, name, p.name) + 1
	end := x + p.width
	at := a.sub(x, y, p.width, 1).right(p.width, 0, p.ink, p.text)
	if symbol != "" && at > 0 {
		a.text(x+at-1, y, p.ink, symbol)
	}
	return end
}

// drawWhy explains the value under the cursor: its name, or why it is not
// there.
func (s *State) drawWhy(a area) {
	v := values()[s.metric]
	x := a.spans(1, 0, span{inkAccent, v.name}, span{inkText, "  " + v.text(s.kpi[s.metric])})
	if math.IsNaN(s.kpi[s.metric]) {
		a.text(x+2, 0, inkWarn, s.why(v))
		return
	}
	if r := s.requests(); v.part == "requests" && r != nil {
		a.text(x+2, 0, inkDim, fmt.Sprintf("last %s of %s  %s", spanName(s.winSpan), r.Source.Name, r.Source.Latency))
	}
}

// odd makes a chart's plot an odd number of rows high, so that one of them
// stands for half of the scale; the row below stays free.
func odd(a area) area {
	if a.h > 6 && a.h%2 == 0 {
		_, a = a.bottom(1)
	}
	return a
}

// drawChart draws latency, or the value that was chosen.
func (s *State) drawChart(a area) {
	v := values()[s.metric]
	if s.metric != valP95 {
		s.drawMetric(a, v)
		return
	}
	a = odd(a)
	scale := chart.Scale{Format: axisText(v.text), Limit: s.opts.Thresholds.P95Seconds}
	s.drawSeries(a, s.latency(collectors.Route{}, a.w-12), scale, s.noRequests())
}

// drawMetric draws one value over time.
func (s *State) drawMetric(a area, v value) {
	a = odd(a)
	line := chart.Series{Name: v.short, Ink: chart.InkA, Values: s.series(collectors.Metric{Name: v.metric}, a.w-12)}
	s.drawSeries(a, []chart.Series{line}, chart.Scale{Format: axisText(v.text)}, s.noData(v))
}

// drawSeries draws lines on the shared time axis, or says why there are none.
func (s *State) drawSeries(a area, list []chart.Series, scale chart.Scale, none string) {
	if a.h < 2 {
		return
	}
	a.picture(chart.Line(a.w, a.h, list, s.frame(a.w-12), scale))
	if empty(list) {
		a.text(8, a.h/3, inkDim, none)
	}
}

func (s *State) noData(v value) string {
	if v.part == "requests" {
		return s.noRequests()
	}
	return v.name + ": " + s.why(v)
}

func empty(series []chart.Series) bool {
	for _, one := range series {
		for _, v := range one.Values {
			if !math.IsNaN(v) {
				return false
			}
		}
	}
	return true
}

// latency is P95 and P50 of all requests, or of one route.
func (s *State) latency(r collectors.Route, cells int) []chart.Series {
	return []chart.Series{
		{Name: "P95", Ink: chart.InkA, Values: s.series(collectors.Metric{Name: collectors.MetricP95, Route: r}, cells)},
		{Name: "P50", Ink: chart.InkB, Dashed: true, Values: s.series(collectors.Metric{Name: collectors.MetricP50, Route: r}, cells)},
	}
}

// axisText writes a scale's labels: "1 s" rather than "1.00 s".
func axisText(f func(float64) string) func(float64) string {
	return func(v float64) string {
		t := f(v)
		if number, unit, ok := strings.Cut(t, " "); ok && strings.Contains(number, ".") {
			return strings.TrimRight(strings.TrimRight(number, "0"), ".") + " " + unit
		}
		return t
	}
}
