package ui

import (
	"fmt"
	"math"

	"mltop/internal/units"
)

// kpiLines is how many lines the values of the requests take.
func (s *State) kpiLines(w int) int {
	if w < 112 {
		return 2
	}
	return 1
}

// kpiParts are the values of the requests, in groups that stay together.
func (s *State) kpiParts() []kpiPart {
	p50 := none
	client, server := nan(), nan()
	if r := s.requests(); r != nil {
		p50 = units.Seconds(r.Total.Latency.Quantile(0.5))
		client = ratioOf(r.Total.ClientErrors, r.Total.StatusCount)
		server = ratioOf(r.Total.ServerErrors, r.Total.StatusCount)
	}
	v := values()
	return []kpiPart{
		{valRate, "Requests", units.PerSecond(s.kpi[valRate]), 8, inkStrong},
		{valMean, "mean", v[valMean].text(s.kpi[valMean]), 7, inkText},
		{-1, "P50", p50, 7, inkText},
		{valP95, "P95", v[valP95].text(s.kpi[valP95]), 7, s.judged(s.kpi[valP95], s.opts.Thresholds.P95Seconds)},
		{valP99, "P99", v[valP99].text(s.kpi[valP99]), 7, inkText},
		{valErrors, "4xx", units.Percent(client), 6, s.clientErrorInk(client, server)},
		{valErrors, "5xx", units.Percent(server), 6, s.judged(server, s.opts.Thresholds.ErrorRatio)},
		{valConcurrency, "in flight", v[valConcurrency].text(s.kpi[valConcurrency]), 4, inkText},
	}
}

// clientErrorInk lights clients' errors when all errors are too many, and not
// for the server's alone.
func (s *State) clientErrorInk(client, server float64) ink {
	if client < server {
		return s.judged(client, s.opts.Thresholds.ErrorRatio)
	}
	return s.judged(s.kpi[valErrors], s.opts.Thresholds.ErrorRatio)
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

func (s *State) drawKPI(a area, parts []kpiPart, focused bool) {
	x, y := 1, 0
	for _, p := range parts {
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
	if focused && p.value == s.chosen() {
		name = inkAccent | selected
	}
	return p.draw(a, x, y, name)
}

// draw writes a value behind its name, and answers where it ends.
func (p kpiPart) draw(a area, x, y int, name ink) int {
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
	v, is := values()[s.chosen()], s.kpi[s.chosen()]
	x := a.spans(1, 0, span{inkAccent, v.name}, span{inkText, "  " + v.text(is)})
	if math.IsNaN(is) {
		a.text(x+2, 0, inkWarn, s.why(v))
		return
	}
	if r := s.requests(); v.part == "requests" && r != nil {
		a.text(x+2, 0, inkDim, fmt.Sprintf("last %s of %s  %s", spanName(s.winSpan), r.Source.Name, r.Source.Latency))
	}
}
