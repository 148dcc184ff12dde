package ui

import (
	"time"

	"mltop/collectors"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// trafficSpan is the most that the charts show: the view knows no more of the
// past than it has seen itself.
const trafficSpan = 5 * time.Minute

// span is what the charts show: a short past stays legible.
func (t *traffic) span() time.Duration {
	oldest, _ := t.history.Range()
	for _, d := range []time.Duration{time.Minute, 2 * time.Minute} {
		if t.now.Time.Sub(oldest) <= d {
			return d
		}
	}
	return trafficSpan
}

// The heights of the charts: one row of them, two, and what is enough for two.
const (
	oneRow   = 6
	twoRows  = 12
	mostRows = 20
)

// trafficCharts is how many lines charts get of those that the events would
// have, when one stays free above.
func trafficCharts(h int) int {
	room := h - leastEvents - 1
	switch {
	case room >= twoRows:
		return min(max(room*3/5, twoRows), mostRows) &^ 1
	case room >= oneRow:
		return oneRow
	}
	return 0
}

// drawPast draws charts, where there is room for them, and answers what they
// leave.
func (t *traffic) drawPast(a area) area {
	n := trafficCharts(a.h)
	if n == 0 {
		return a
	}
	_, a = a.top(1)
	charts, rest := a.top(n)
	t.drawCharts(charts)
	if rest.h > leastEvents {
		_, rest = rest.top(1)
	}
	return rest
}

// drawCharts draws how much passes and how long it takes; where there is room
// for a second row, what is under way and what the cache answers.
func (t *traffic) drawCharts(a area) {
	lower := area{}
	if a.h >= twoRows {
		lower, a = a.bottom(a.h / 2)
	}
	left, right := halves(a)
	lowerLeft, lowerRight := halves(lower)
	if right.w == 0 { // one column: the two that say most
		right, lowerLeft = lowerLeft, area{}
	}
	t.drawLines(left, "requests a second", units.PerSecond, 0, collectors.MetricRequestRate)
	t.drawLines(right, "time to the last byte", units.Seconds, 0, collectors.MetricP95, collectors.MetricP50)
	t.drawLines(lowerLeft, "requests under way, and waiting in the queue", units.Digits, 0, collectors.MetricInFlight, collectors.MetricQueued)
	if t.now.Cache != nil {
		t.drawLines(lowerRight, "answered from the cache, of what was looked up there", units.Percent, 1, collectors.MetricHitRatio)
		return
	}
	t.drawLines(lowerRight, "answers that are errors", units.Percent, 0, collectors.MetricServerErrors, collectors.MetricClientErrors)
}

// lineName is what a line is called, of a chart that has two.
func lineName(m collectors.MetricName) string {
	return map[collectors.MetricName]string{
		collectors.MetricP95: "P95", collectors.MetricP50: "P50", collectors.MetricInFlight: "under way", collectors.MetricQueued: "queue",
		collectors.MetricServerErrors: "5xx", collectors.MetricClientErrors: "4xx",
	}[m]
}

// drawLines draws metrics over the axis that all charts share.
func (t *traffic) drawLines(a area, title string, text func(float64) string, most float64, metrics ...collectors.MetricName) {
	start, end, n := columnsTo(t.now.Time, t.span(), a.w-12)
	f := chart.Frame{Graph: t.opts.Graph, Start: start.In(t.opts.Zone), End: end.In(t.opts.Zone)}
	if !t.paused && t.failed == "" {
		f.EndLabel = "now"
	}
	dull := paletteOf(t.opts.Theme).dull
	var lines []chart.Series
	for i, m := range metrics {
		k := []chart.Ink{chart.InkA, chart.InkB}[i]
		lines = append(lines, chart.Series{Name: lineName(m), Ink: k, Dashed: dull && i > 0, Values: t.history.Series(collectors.Metric{Name: m}, end, end.Sub(start), n)})
	}
	none := "nothing so far"
	if t.unseen != "" {
		none = t.unseen
	}
	drawLines(a, []span{{inkDim, title}}, lines, f, chart.Scale{Format: axisText(text), Max: most}, none)
}
