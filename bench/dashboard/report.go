package main

import (
	"fmt"
	"slices"

	"mltop/bench/measure"
)

// A figure is one number of a reading.
type figure struct {
	name string
	unit string
	of   func(reading) float64
}

var figures = []figure{
	{"cpu", "%", func(m reading) float64 { return 100 * m.cpu }},
	{"first frame", "ms", func(m reading) float64 { return float64(m.firstFrame.Milliseconds()) }},
	{"its cpu", "ms", func(m reading) float64 { return millis(m.firstCPU) }},
	{"start-up", "ms", func(m reading) float64 { return millis(m.startUp) }},
	{"RssAnon", "MB", func(m reading) float64 { return mb(m.rssAnon) }},
	{"VmHWM", "MB", func(m reading) float64 { return mb(m.vmHWM) }},
}

func report(tools []tool, readings map[string][]reading) {
	fmt.Printf("\n%-12s %-6s %28s\n", "figure", "tool", "median (min – max)")
	for _, f := range measured(readings) {
		for _, t := range tools {
			fmt.Printf("%-12s %-6s %28s\n", f.name, t.name, measure.Spread(values(readings[t.name], f), f.unit))
		}
	}
	for _, peer := range tools[1:] {
		for _, f := range measured(readings) {
			r := measure.Ratios(values(readings["mltop"], f), values(readings[peer.name], f))
			fmt.Printf("mltop / %-5s %-12s %28s\n", peer.name, f.name, measure.Spread(r, "×"))
		}
	}
}

// measured are the figures that any tool has.
func measured(readings map[string][]reading) []figure {
	return slices.DeleteFunc(slices.Clone(figures), func(f figure) bool {
		for _, ms := range readings {
			if slices.ContainsFunc(ms, func(m reading) bool { return f.of(m) > 0 }) {
				return false
			}
		}
		return true
	})
}

func values(ms []reading, f figure) []float64 {
	out := make([]float64, len(ms))
	for i, m := range ms {
		out[i] = f.of(m)
	}
	return out
}
