package ui

import (
	"fmt"
	"math"

	"mltop/collectors"
	"mltop/internal/diagnose"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// stateLines is how many lines the machine and the database take: two, or a
// table of all fourteen values with their history where there is room.
func (s *State) stateLines(a area, focused bool) int {
	if a.w >= 150 && a.h >= 40 {
		return 3 + s.valueRows()
	}
	if focused {
		return 4
	}
	return 3
}

func (s *State) drawState(a area, focused bool) {
	if a.h > 4 {
		_, a = a.top(1)
		s.drawValues(a, focused)
		return
	}
	s.drawSystem(a, 1, focused)
	if s.noSource() {
		s.drawNoRequests(a, 2)
	} else {
		s.drawDatabase(a, 2, focused)
	}
	if focused {
		_, line := a.top(3)
		s.drawWhy(line)
	}
}

// drawSystem is one line about the machine; where room is short the last
// parts go.
func (s *State) drawSystem(a area, y int, focused bool) {
	sys := s.Snap.System
	a.text(1, y, inkDim, "System")
	x := stateAt
	if sys == nil {
		a.text(x, y, inkDim, none+" "+s.why(values()[valCPU]))
		return
	}
	if a.w >= 100 {
		x = a.textIn(x-1, y, 16, inkText, "host "+sys.Host) + 3
	}
	x = s.drawValue(a, x, y, kpiPart{valCPU, "CPU", units.Percent(s.kpi[valCPU]), 6, s.judged(s.kpi[valCPU], s.limit(s.opts.Thresholds.CPURatio))}, focused)
	if a.w >= 100 {
		n := 13
		spark := chart.Spark(s.seriesOver(collectors.Metric{Name: collectors.MetricCPU}, zooms[0], 30), n, 1, s.opts.Graph)
		x = a.text(x+1, y, inkSeriesB, spark)
	}
	x = s.drawValue(a, x+3, y, kpiPart{valMemory, "memory", units.Percent(s.kpi[valMemory]), 6, s.judged(s.kpi[valMemory], s.limit(s.opts.Thresholds.MemoryRatio))}, focused)
	if a.w >= 110 && sys.MemTotal > 0 {
		x = a.text(x+1, y, inkDim, fmt.Sprintf("%s/%s", units.Digits(float64(sys.MemUsed)/1e9), units.Bytes(float64(sys.MemTotal))))
	}
	for _, p := range s.flows(sys, a.w >= 134) {
		x = s.drawValue(a, x+3, y, p, focused)
	}
}

// stateAt is where the values begin behind the words System and Database.
const stateAt = 11

// flows are disk and network, each way for itself where there is room.
func (s *State) flows(sys *collectors.System, each bool) []kpiPart {
	if !each {
		return []kpiPart{
			{valDisk, "disk", units.BytesPerSecond(s.kpi[valDisk]), 8, inkText},
			{valNetwork, "net", units.BytesPerSecond(s.kpi[valNetwork]), 8, inkText},
		}
	}
	return []kpiPart{
		{valDisk, "disk r", units.BytesPerSecond(orNaN(sys.DiskRead)), 8, inkText},
		{valDisk, "w", units.BytesPerSecond(orNaN(sys.DiskWrite)), 8, inkText},
		{valNetwork, "net ↓", units.BytesPerSecond(orNaN(sys.NetReceive)), 8, inkText},
		{valNetwork, "↑", units.BytesPerSecond(orNaN(sys.NetTransmit)), 8, inkText},
	}
}

// limit answers a threshold, or the ratio from which a machine is full when
// none was set.
func (s *State) limit(set float64) float64 {
	if set > 0 {
		return set
	}
	return 0.95
}

func (s *State) drawDatabase(a area, y int, focused bool) {
	d := s.Snap.Database
	a.text(1, y, inkDim, "Database")
	x := stateAt
	if d == nil {
		a.text(x, y, inkDim, none+" "+s.why(values()[valQueries]))
		return
	}
	if a.w >= 100 {
		x = a.textIn(x-1, y, 16, inkText, d.Stats.Name) + 3
	}
	for _, p := range s.databaseParts() {
		if x+textWidth(p.name)+1+p.width > a.w {
			return
		}
		x = s.drawValue(a, x, y, p, focused) + 3
	}
}

// databaseParts are the values of the database.
func (s *State) databaseParts() []kpiPart {
	d := s.Snap.Database
	if d == nil {
		d = &collectors.Database{}
	}
	parts := []kpiPart{
		{valQueries, "queries", units.PerSecond(s.kpi[valQueries]), 7, inkText},
		{valMeanQuery, "mean", units.Seconds(s.kpi[valMeanQuery]), 6, inkText},
		{valPool, "pool", units.Percent(s.kpi[valPool]), 5, inkText},
		{valCacheHit, "cache hit", units.Percent(s.kpi[valCacheHit]), 5, inkText},
		{-1, "commits", units.PerSecond(orNaN(d.CommitsPerSecond)), 7, inkText},
	}
	if d.Stats.JournalMode == "wal" {
		parts = append(parts, kpiPart{-1, "wal", units.Bytes(intOrNaN(d.Stats.WALBytes)), 6, inkText})
	}
	return append(parts, kpiPart{-1, "busy", units.Percent(orNaN(d.BusyRatio)), 5, inkText})
}

// firstValue is the first of the values that this target can have: those of
// requests come before the others.
func (s *State) firstValue() int {
	if s.noSource() {
		return valConcurrency + 1
	}
	return 0
}

// valueRows is how many lines the table of values takes.
func (s *State) valueRows() int { return (len(s.kpi) - s.firstValue() + 1) / 2 }

// drawValues is the table of all values, each with its status and its history,
// in two columns.
func (s *State) drawValues(a area, focused bool) {
	a.text(1, 0, inkDim, "Values")
	half, rows, first := a.w/2, s.valueRows(), s.firstValue()
	for i, v := range values()[first:] {
		part := a.sub(i/rows*half, 1+i%rows, half-2, 1)
		s.drawValueRow(part, first+i, v, focused)
	}
	_, line := a.top(1 + rows)
	switch {
	case focused:
		s.drawWhy(line)
	case s.noSource():
		s.drawNoRequests(line, 0)
	}
}

func (s *State) drawValueRow(a area, i int, v value, focused bool) {
	const nameWidth, textWidth, statusWidth = 16, 10, 8
	k := inkDim
	if focused && i == s.chosen() {
		k = inkAccent
	}
	name, _, _ := cutBefore(v.name, " (")
	a.textIn(2, 0, nameWidth, k, name)
	at := 2 + nameWidth
	a.sub(at, 0, textWidth, 1).right(textWidth, 0, inkStrong, v.text(s.kpi[i]))
	at += textWidth + 2
	if level, ok := s.level(i); ok {
		k, word := status(level)
		a.textIn(at, 0, statusWidth, k, word)
	}
	at += statusWidth
	n := max(a.w-at-1, 0)
	if math.IsNaN(s.kpi[i]) {
		a.text(at, 0, inkFaint, s.why(v))
	} else {
		a.text(at, 0, inkSeriesB, chart.Spark(s.series(collectors.Metric{Name: v.metric}, n/2), n, s.top(i), s.opts.Graph))
	}
	if focused && i == s.chosen() {
		a.mark(0)
	}
}

// top is the scale of a value's history: ratios run to one.
func (s *State) top(i int) float64 {
	switch i {
	case valCPU, valMemory, valPool, valCacheHit:
		return 1
	}
	return 0
}

// level judges a value by its threshold; false when it has none.
func (s *State) level(i int) (diagnose.Level, bool) {
	t := s.opts.Thresholds
	limit := map[int]float64{
		valP95: t.P95Seconds, valErrors: t.ErrorRatio, valCPU: s.limit(t.CPURatio),
		valMemory: s.limit(t.MemoryRatio), valRate: t.RequestsPerSecond,
	}[i]
	v := s.kpi[i]
	switch {
	case limit <= 0 || math.IsNaN(v):
		return diagnose.OK, false
	case v >= limit:
		return diagnose.Crit, true
	case v >= 0.7*limit:
		return diagnose.Warn, true
	}
	return diagnose.OK, true
}
