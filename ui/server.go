package ui

import (
	"fmt"
	"math"

	"mltop/collectors"
	"mltop/internal/units"
)

// A server counts what a file does not: its counters stand where a file has
// the processes that hold it open.

func countersTable() table {
	return table{follow: true, sortBy: counterOrder, cols: []column{
		{title: "counter", width: 26, flex: true, most: 40}, {title: "now", width: 11, right: true}, {title: "mean", width: 11, right: true, from: 70},
		{title: "× mean", width: 8, right: true, from: 100}, {title: "total", width: 10, right: true}, {title: "name", width: 30, flex: true, from: 110},
	}}
}

// counterOrder is the column that shows what is unlike its mean first.
const counterOrder = 3

func (d *database) third() *table {
	if d.ofServer {
		return &d.counters
	}
	return &d.processes
}

func (d *database) thirdName() string {
	if d.ofServer {
		return "counters"
	}
	return "processes"
}

// thirdHeight: counters are what one comes for, processes a footnote.
func (d *database) thirdHeight(a area) int {
	if d.ofServer {
		return max(a.h*2/5, 3)
	}
	return max(a.h/4, 3)
}

func (s *State) counters() []collectors.CounterRate {
	if s.Snap.Database == nil {
		return nil
	}
	return s.Snap.Database.Counters
}

func (s *State) counterRows() []row {
	var rows []row
	for _, c := range s.counters() {
		rows = append(rows, counterRow(c))
	}
	return rows
}

func counterRow(c collectors.CounterRate) row {
	now, mean := orNaN(c.Now), orNaN(c.Mean)
	times, k := now/mean, inkText
	if mean == 0 || math.IsNaN(times) {
		times = nan()
	}
	if times >= unlikeMean {
		k = inkStrong
	}
	total := counterText(c.Value, c.Unit)
	nowText, meanText := rateText(now, c.Unit), rateText(mean, c.Unit)
	if c.Gauge {
		nowText, meanText, total = total, "", ""
	}
	name := orText(c.Label, c.Name)
	return row{id: c.Name, match: name + " " + c.Name,
		cells: []span{{inkText, name}, {k, nowText}, {inkDim, meanText}, {k, timesText(times)}, {inkDim, total}, {inkFaint, c.Name}},
		keys:  []any{name, now, mean, times, c.Value, c.Name}}
}

// unlikeMean is how many times its mean a counter runs at to be lit.
const unlikeMean = 3

func timesText(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return units.Times(v)
}

func counterText(v float64, unit string) string {
	switch unit {
	case "bytes":
		return units.Bytes(v)
	case "seconds":
		return units.Seconds(v)
	}
	return units.SI(v)
}

// rateText is a rate of a counter: time in a second is a share of it.
func rateText(v float64, unit string) string {
	switch {
	case math.IsNaN(v):
		return none
	case unit == "bytes":
		return units.BytesPerSecond(v)
	case unit == "seconds":
		return units.Seconds(v) + "/s"
	}
	return units.PerSecond(v)
}

// drawHead draws what is known of the whole and answers how many lines it took.
func (s *State) drawHead(a area) int {
	if len(s.counters()) > 0 {
		return s.drawServer(a)
	}
	return s.drawFile(a)
}

func (s *State) drawServer(a area) int {
	d := s.Snap.Database
	st := d.Stats
	connections := none
	if st.ConnectionsUsed != nil && st.ConnectionsAllowed != nil {
		connections = fmt.Sprintf("%.0f of %.0f", *st.ConnectionsUsed, *st.ConnectionsAllowed)
	}
	parts := []kpiPart{
		{-1, "connections", connections, 11, inkStrong},
		{-1, "statements", units.PerSecond(orNaN(d.QueriesPerSecond)), 8, inkStrong},
		{-1, "mean", units.Seconds(orNaN(d.MeanQuerySeconds)), 7, inkText},
		{-1, "transactions", units.PerSecond(orNaN(d.CommitsPerSecond)), 8, inkText},
		{-1, "a request", units.Digits(orNaN(d.CommitsPerRequest)), 4, inkText},
		{-1, "cache hits", units.Percent(orNaN(d.CacheHitRatio)), 6, inkText},
		{-1, "data", units.Bytes(s.dataBytes()), 7, inkText},
	}
	x, y := 1, 0
	for _, p := range parts {
		if w := textWidth(p.name) + 1 + p.width; x+w > a.w && x > 1 {
			x, y = 1, y+1
		}
		x = s.drawValue(a, x, y, p, false) + 3
	}
	since := "an unknown time"
	if !st.Since.IsZero() {
		since = units.Ago(s.end().Sub(st.Since))
	}
	a.spans(1, y+1, span{inkDim, "state "}, span{inkText, orText(st.State, "ok")}, span{inkDim, "   totals of the last "}, span{inkText, since},
		span{inkDim, ": mean since then, now since the last look"})
	return y + 2
}

// dataBytes is the database's size, or that of its tables.
func (s *State) dataBytes() float64 {
	d := s.Snap.Database
	if b := d.Stats.FileBytes; b != nil {
		return float64(*b)
	}
	if d.Schema == nil {
		return nan()
	}
	sum := 0.0
	for _, t := range d.Schema.Tables {
		if b := intOrNaN(t.Bytes); !math.IsNaN(b) {
			sum += b
		}
	}
	return sum
}
