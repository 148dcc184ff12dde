package ui

import (
	"math"

	"mltop/collectors"
	"mltop/internal/units"
	"mltop/ui/chart"
)

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
	v := values()[s.chosen()]
	if s.chosen() != valP95 {
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
		{Name: "P50", Ink: chart.InkB, Dashed: s.noColour(), Values: s.series(collectors.Metric{Name: collectors.MetricP50, Route: r}, cells)},
	}
}

// noColour reports that lines must differ by more than their colour.
func (s *State) noColour() bool { return paletteOf(s.opts.Theme).dull }

// axisText writes a scale's labels.
func axisText(f func(float64) string) func(float64) string {
	return func(v float64) string { return units.Brief(f(v)) }
}
