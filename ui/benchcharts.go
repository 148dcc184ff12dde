package ui

import (
	"math"
	"time"

	"mltop/internal/units"
	"mltop/internal/wire"
	"mltop/ui/chart"
)

// From this size on there are charts beside each other, and in two rows.
const (
	chartsWide = 100
	chartsHigh = 14
)

// drawCharts draws latency and heatmap; where there is room below them the
// rate, and the target on the same time axis.
func (b *bench) drawCharts(a area) {
	lower := area{}
	if a.h >= chartsHigh {
		lower, a = a.bottom(a.h / 2)
	}
	left, right := halves(a)
	b.drawLatency(left)
	b.drawHeat(right)
	left, right = halves(lower)
	if right.w == 0 && b.live.Target != nil { // what the target does says more than the rate
		left, right = right, left
	}
	b.drawRate(left)
	b.drawTarget(right)
}

// halves are two columns, or on a narrow screen one.
func halves(a area) (left, right area) {
	if a.w < chartsWide {
		return a.inset(1), area{}
	}
	return a.sub(1, 0, a.w/2-2, a.h), a.sub(a.w/2+1, 0, a.w-a.w/2-2, a.h)
}

// lineChart draws lines under a title, over the axis that all charts share.
func (b *bench) lineChart(a area, title []span, lines []chart.Series, scale chart.Scale, none string) {
	drawLines(a, title, lines, b.frame(), scale, none)
}

// drawLines draws lines under a title, or says why there are none.
func drawLines(a area, title []span, lines []chart.Series, f chart.Frame, scale chart.Scale, none string) {
	if a.h < 2 || a.w <= 0 {
		return
	}
	head, plot := a.top(1)
	head.spans(0, 0, title...)
	plot = odd(plot)
	plot.picture(chart.Line(plot.w, plot.h, lines, f, scale))
	if empty(lines) {
		plot.text(8, plot.h/3, inkDim, none)
	}
}

func (b *bench) drawLatency(a area) {
	of := func(name string, k chart.Ink, pick func(wire.BenchQuantiles) *float64) chart.Series {
		return chart.Series{Name: name, Ink: k, Dashed: k != chart.InkA && b.dull(), Values: b.seconds(func(s *wire.BenchSecond) float64 { return orNaN(pick(s.Latency)) })}
	}
	lines := []chart.Series{
		of("P95", chart.InkA, func(q wire.BenchQuantiles) *float64 { return q.P95 }),
		of("P50", chart.InkB, func(q wire.BenchQuantiles) *float64 { return q.P50 }),
		of("P99", chart.InkNote, func(q wire.BenchQuantiles) *float64 { return q.P99 }),
	}
	b.lineChart(a, []span{{inkDim, "latency, from when due"}}, lines, chart.Scale{Format: axisText(units.Seconds), Limit: b.latencyLimit()}, "nothing is answered yet")
}

// latencyLimit is the bound of the P95 of all requests, if there is one.
func (b *bench) latencyLimit() float64 {
	for _, t := range b.live.Thresholds {
		if t.Unit == "seconds" && t.Route == "" && len(t.Text) > 3 && t.Text[:3] == "p95" {
			return t.Limit
		}
	}
	return 0
}

func (b *bench) drawRate(a area) {
	of := func(name string, k chart.Ink, n func(*wire.BenchSecond) uint64) chart.Series {
		return chart.Series{Name: name, Ink: k, Dashed: k == chart.InkB, Values: b.seconds(func(s *wire.BenchSecond) float64 { return float64(n(s)) / s.Width })}
	}
	lines := []chart.Series{
		of("answered", chart.InkA, func(s *wire.BenchSecond) uint64 { return s.Answered }),
		of("due", chart.InkB, func(s *wire.BenchSecond) uint64 { return s.Sent }),
	}
	if b.live.ErrorCount > 0 {
		lines = append(lines, of("errors", chart.InkDown, func(s *wire.BenchSecond) uint64 { return s.Errors }))
	}
	b.lineChart(a, []span{{inkDim, "requests a second"}}, lines, chart.Scale{Format: axisText(units.PerSecond)}, "nothing is sent yet")
}

// drawTarget draws the attached target's machine, or how many requests are in
// flight where none is attached.
func (b *bench) drawTarget(a area) {
	if a.w <= 0 {
		return
	}
	if b.live.Target == nil {
		line := chart.Series{Name: "in flight", Ink: chart.InkA, Values: b.seconds(func(s *wire.BenchSecond) float64 { return intOrNaN(s.InFlight) })}
		b.lineChart(a, []span{{inkDim, "in flight, the most in each second"}}, []chart.Series{line}, chart.Scale{Format: axisText(units.Digits)}, "nothing is sent yet")
		return
	}
	of := func(name string, k chart.Ink, pick func(wire.BenchTargetSecond) *float64) chart.Series {
		return chart.Series{Name: name, Ink: k, Dashed: k != chart.InkA && b.dull(), Values: b.targetSeconds(pick)}
	}
	lines := []chart.Series{
		of("CPU", chart.InkA, func(s wire.BenchTargetSecond) *float64 { return s.CPU }),
		of("disk", chart.InkB, func(s wire.BenchTargetSecond) *float64 { return s.DiskBusy }),
	}
	title := []span{{inkDim, "its processors and disk"}}
	if spark := b.targetSeconds(func(s wire.BenchTargetSecond) *float64 { return s.Waiting }); !empty([]chart.Series{{Values: spark}}) && a.w >= 56 {
		title = append(title, span{inkDim, "   blocked "}, span{inkWarn, chart.Spark(spark, 20, 0, b.opts.Graph)})
	}
	b.lineChart(a, title, lines, chart.Scale{Format: axisText(units.Percent), Max: 1}, "the target has not been looked at yet")
}

// dull reports that lines must differ by more than their colour.
func (b *bench) dull() bool { return paletteOf(b.opts.Theme).dull }

func (b *bench) drawHeat(a area) {
	if a.w <= 0 || a.h < 2 {
		return
	}
	title, plot := a.top(1)
	b.heatTitle(title)
	plot = odd(plot)
	columns := b.heatColumns()
	if len(b.live.HeatBounds) == 0 {
		return
	}
	plot.picture(chart.Heat(plot.w, plot.h, columns, bandLabel(b.live.HeatBounds), b.frame()))
}

// axis is the part of the test that the charts show, in seconds: all of it, or
// as much as keeps a short past legible, or the last minute.
func (b *bench) axis() (from, to float64) {
	l := &b.live
	at := max(l.At, 1)
	if b.recent {
		return max(0, math.Floor(at)-60), max(math.Floor(at), min(60, max(l.Length, 1)))
	}
	for _, d := range []float64{60, 120, 300, 600, 1800, 3600} {
		if at <= d {
			return 0, max(min(d, l.Length), 1)
		}
	}
	return 0, max(l.Length, at)
}

// frame is the time axis, which counts from the start of the test.
func (b *bench) frame() chart.Frame {
	zero := time.Unix(0, 0).UTC()
	at := func(s float64) time.Time { return zero.Add(time.Duration(s * float64(time.Second))) }
	from, to := b.axis()
	f := chart.Frame{Graph: b.opts.Graph, Start: at(from), End: at(to), Zero: zero}
	for _, m := range b.live.Moves {
		mark := chart.Mark{At: at(m.At), Rune: '◆', Text: factorText(m.Factor), Ink: chart.InkNote, Whole: true}
		if m.Factor == 0 {
			mark.Rune, mark.Text = '‖', ""
		}
		f.Marks = append(f.Marks, mark)
	}
	if b.live.Warmup > 0 {
		f.Marks = append(f.Marks, chart.Mark{At: at(b.live.Warmup), Rune: '▸', Text: "counted", Ink: chart.InkNote, Whole: true})
	}
	return f
}

// columns answers how many stretches the axis has, and the first of them.
func (b *bench) columns() (first, n int, width float64) {
	from, to := b.axis()
	width = 1
	if len(b.live.Series) > 0 {
		width = b.live.Series[0].Width
	}
	first = int(from / width)
	return first, max(int(math.Ceil(to/width))-first, 1), width
}

// seconds are a value of each stretch on the axis; NaN where it is not over.
func (b *bench) seconds(of func(*wire.BenchSecond) float64) []float64 {
	first, n, _ := b.columns()
	out := make([]float64, n)
	whole := b.whole()
	for i := range out {
		if out[i] = nan(); first+i < whole {
			out[i] = of(&b.live.Series[first+i])
		}
	}
	return out
}

// heatColumns are the columns of the heatmap on the axis.
func (b *bench) heatColumns() [][]uint64 {
	first, n, _ := b.columns()
	out := make([][]uint64, n)
	for i := range out {
		if first+i < len(b.live.Heat) {
			out[i] = b.live.Heat[first+i]
		} else {
			out[i] = make([]uint64, len(b.live.HeatBounds)+1)
		}
	}
	return out
}

// targetSeconds are a value of the target over the same stretches: the mean
// of what was seen in each.
func (b *bench) targetSeconds(of func(wire.BenchTargetSecond) *float64) []float64 {
	first, n, width := b.columns()
	sums, counts := make([]float64, n), make([]int, n)
	for _, s := range b.live.Target.Series {
		i := int(math.Floor(s.At/width)) - first
		if v := of(s); v != nil && i >= 0 && i < n {
			sums[i], counts[i] = sums[i]+*v, counts[i]+1
		}
	}
	for i := range sums {
		if sums[i] /= float64(counts[i]); counts[i] == 0 {
			sums[i] = nan()
		}
	}
	return sums
}
