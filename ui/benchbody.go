package ui

import (
	"fmt"

	"mltop/internal/units"
	"mltop/internal/wire"
	"mltop/ui/chart"
)

// drawAll draws figures, charts and tables, as far as there is room for each.
func (b *bench) drawAll(a area) {
	air := 0
	if a.h >= 30 {
		air = 1
	}
	a = b.drawFigures(a, air)
	_, a = a.top(air)
	pictures, rest := a.top(a.h - air - b.tableRoom(a))
	b.drawCharts(pictures)
	_, rest = rest.top(air)
	b.drawTables(rest)
}

// tableRoom is what the tables get of the room below the figures: what they
// need, but charts keep half of it, and a little at least.
func (b *bench) tableRoom(a area) int {
	needs, least := 0, 0
	for _, n := range b.tableNeeds() {
		needs, least = needs+n, least+leastTable
	}
	share := a.h / 2
	if left := a.h - 1 - chartsHigh; left >= least+2 { // two rows of charts before more rows of tables
		share = left
	}
	return min(max(min(needs, share), least, 6), max(a.h-4, a.h/2))
}

// drawFigures writes what is counted, and answers the room below.
func (b *bench) drawFigures(a area, air int) area {
	_, a = a.top(drawFlow(a, b.facts(), a.h))
	_, a = a.top(air)
	times, rest := a.top(4)
	if len(b.live.Thresholds) > 0 && a.w >= 100 {
		b.drawBounds(times.sub(timesWidth+4, 0, times.w-timesWidth-4, times.h))
	}
	b.drawTimes(times)
	if len(b.live.Thresholds) > 0 && a.w < 100 {
		var line area
		line, rest = rest.top(1)
		b.drawBoundLine(line)
	}
	if b.live.Target != nil {
		_, rest = rest.top(air)
		_, rest = rest.top(drawFlow(rest, b.targetFacts(), 1+air))
	}
	return rest
}

// drawFlow writes values one after the other, each in its fixed place, on at
// most some lines, and answers how many they took.
func drawFlow(a area, parts []kpiPart, lines int) int {
	x, y := 1, 0
	for _, p := range parts {
		w := textWidth(p.name) + 1 + p.width
		if x+w > a.w && x > 1 {
			if y+1 >= lines {
				break
			}
			x, y = 1, y+1
		}
		x = p.draw(a, x, y, inkDim) + 3
	}
	return min(y+1, a.h)
}

// facts are the values that the eye looks for first.
func (b *bench) facts() []kpiPart {
	l := &b.live
	got := nan()
	if s := b.lastSecond(); s != nil {
		got = float64(s.Answered) / s.Width
	}
	var out []kpiPart
	put := func(name, text string, width int, k ink) { out = append(out, kpiPart{-1, name, text, width, k}) }
	asked, answered := "asked", "answered"
	if l.Steps > 1 { // then there are fewer arrivals than requests
		asked, answered = "arrivals asked", "requests answered"
	}
	if l.Users != nil {
		put("users", units.Digits(*l.Users), 5, inkStrong)
	} else {
		put(asked, units.Or(l.Asked, units.PerSecond), 8, inkStrong)
	}
	put(answered, units.PerSecond(got), 8, b.keptUp(got))
	put("in flight", units.Whole(l.InFlight), 5, inkText)
	put("sent", units.Whole(int64(l.Sent)), 7, inkText)
	put("errors", units.Or(l.ErrorRatio, units.Percent), 6, errorInk(orNaN(l.ErrorRatio)))
	if l.Dropped > 0 {
		put("dropped", units.Whole(int64(l.Dropped)), 8, inkCrit)
	}
	put("connections", fmt.Sprint(l.Connections.Most), 4, inkText)
	put("self", units.Percent(l.Generator.CPURatio), 5, inkText)
	return out
}

// keptUp: less than that share of what is asked, and the target is behind. Of
// arrivals with steps it is told late: how many requests they bring just now
// is left to chance.
const keptUpShare = 0.97

func (b *bench) keptUp(got float64) ink {
	if asked := b.live.Asked; asked != nil && got < keptUpShare**asked && b.live.Phase == wire.BenchRunning && !b.paused {
		return inkWarn
	}
	return inkStrong
}

// The ratio of errors from which mltop calls it critical everywhere.
const manyErrors = 0.05

func errorInk(ratio float64) ink {
	switch {
	case ratio >= manyErrors:
		return inkCrit
	case ratio > 0:
		return inkWarn
	}
	return inkText
}

// lastSecond is the newest stretch of the series that is whole; nil before
// there is one.
func (b *bench) lastSecond() *wire.BenchSecond {
	if n := b.whole(); n > 0 {
		return &b.live.Series[n-1]
	}
	return nil
}

// whole is how many stretches of the series are over.
func (b *bench) whole() int {
	n := len(b.live.Series)
	for n > 0 && b.live.Series[n-1].At+b.live.Series[n-1].Width > b.live.At {
		n--
	}
	return n
}

// The columns of the times.
const (
	timesName  = 30
	timesCell  = 9
	timesWidth = timesName + 4*timesCell
)

func (b *bench) drawTimes(a area) {
	name := min(timesName, max(a.w-4*timesCell-1, 8))
	a.textIn(1, 0, name-1, inkDim, "so far")
	for i, title := range []string{"P50", "P95", "P99", "max"} {
		a.right(name+(i+1)*timesCell, 0, inkDim, title)
	}
	l := &b.live
	lag := inkText
	if l.Generator.Saturated {
		lag = inkCrit
	}
	for y, r := range []struct {
		name string
		q    wire.BenchQuantiles
		ink  ink
	}{{"latency, from when due", l.Latency, inkStrong}, {"service time, from when sent", l.ServiceTime, inkText}, {"send lag of mltop", l.SendLag, lag}} {
		a.textIn(1, y+1, name-1, inkDim, r.name)
		for i, v := range []*float64{r.q.P50, r.q.P95, r.q.P99, r.q.Max} {
			a.right(name+(i+1)*timesCell, y+1, r.ink, units.Or(v, units.Seconds))
		}
	}
}

// thresholdState is its mark and ink.
func thresholdState(t *wire.BenchThreshold) (ink, string) {
	switch {
	case t.Value == nil:
		return inkDim, "○ not yet"
	case t.Broken:
		return inkCrit, "■ BROKEN"
	}
	return inkOK, "● OK"
}

func thresholdValue(t *wire.BenchThreshold) string {
	if t.Value == nil {
		return none
	}
	return units.As(t.Unit, *t.Value)
}

// drawBounds lists the thresholds beside the times.
func (b *bench) drawBounds(a area) {
	list := b.live.Thresholds
	a.text(0, 0, inkDim, "thresholds")
	for i := range list {
		if i+1 == a.h-1 && len(list) > a.h-1 {
			a.text(0, i+1, inkDim, fmt.Sprintf("%d more: tab shows them", len(list)-i))
			return
		}
		k, word := thresholdState(&list[i])
		a.textIn(0, i+1, 10, k, word)
		a.right(19, i+1, inkText, thresholdValue(&list[i]))
		a.text(21, i+1, inkText, list[i].Text)
	}
}

// drawBoundLine has them in one line, the broken ones first.
func (b *bench) drawBoundLine(a area) {
	x := a.text(1, 0, inkDim, "thresholds") + 2
	for _, broken := range []bool{true, false} {
		for i := range b.live.Thresholds {
			t := &b.live.Thresholds[i]
			if k, word := thresholdState(t); (k == inkCrit) == broken {
				x = a.spans(x, 0, span{k, word[:len("●")] + " "}, span{inkText, t.Text + " "}, span{inkStrong, thresholdValue(t)}) + 3
			}
		}
	}
}

// targetFacts are what the attached target does just now.
func (b *bench) targetFacts() []kpiPart {
	t := b.live.Target
	var s wire.BenchTargetSecond
	if n := len(t.Series); n > 0 {
		s = t.Series[n-1]
	}
	part := func(name string, v *float64, write func(float64) string, width int) kpiPart {
		return kpiPart{-1, name, units.Or(v, write), width, inkText}
	}
	blocked := part("blocked", s.Waiting, units.Digits, 3)
	if s.Waiting != nil && *s.Waiting > 0 {
		blocked.ink = inkWarn
	}
	out := []kpiPart{{-1, "target", t.Name, min(textWidth(t.Name), 24), inkStrong}}
	return append(out, part("CPU", s.CPU, units.Percent, 5), part("disk", s.DiskBusy, units.Percent, 5), blocked,
		part("queries", s.Queries, units.PerSecond, 8), part("mean", s.QueryMean, units.Seconds, 7), part("pool", s.Pool, units.Percent, 6))
}

// heatTitle is the legend of the heatmap.
func (b *bench) heatTitle(a area) {
	x := a.text(0, 0, inkDim, "requests by latency   few ")
	for i := range chart.HeatLevels {
		a.put(x+i, 0, chart.HeatRune(b.opts.Graph, i), chartInk(chart.InkHeat)+ink(i))
	}
	a.text(x+chart.HeatLevels+1, 0, inkDim, "many")
}
