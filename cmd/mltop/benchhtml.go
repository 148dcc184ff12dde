package main

import (
	"bytes"

	"mltop/internal/export"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// deliverPage writes curves and tables as a page.
func (b *bench) deliverPage(curves []export.Curves, tables []export.Table) error {
	var page bytes.Buffer
	if err := export.HTMLWithCurves(&page, curves, tables); err != nil {
		return err
	}
	return b.o.deliver(b.w, page.Bytes())
}

// benchCurves are what was measured and, where a target was attached, what it
// did meanwhile, over one axis.
func benchCurves(b *wire.Bench) []export.Curves {
	end := b.Warmup + b.Duration
	seconds := func(name string, of func(wire.BenchSecond) *float64) export.Curve {
		c := export.Curve{Name: name}
		for _, s := range b.Series {
			c.At, c.Values = append(c.At, s.At+s.Width/2), append(c.Values, of(s))
		}
		return c
	}
	target := func(name string, of func(wire.BenchTargetSecond) *float64) export.Curve {
		c := export.Curve{Name: name}
		if b.Target == nil {
			return c
		}
		for _, s := range b.Target.Series {
			c.At, c.Values = append(c.At, s.At), append(c.Values, of(s))
		}
		return c
	}
	rate := func(n func(wire.BenchSecond) uint64) func(wire.BenchSecond) *float64 {
		return func(s wire.BenchSecond) *float64 { v := float64(n(s)) / s.Width; return &v }
	}
	curves := func(title string, write func(float64) string, lines ...export.Curve) export.Curves {
		return export.Curves{Title: title, To: end, Write: write, Lines: lines}
	}
	return []export.Curves{
		curves("Latency, from when requests were due", units.Seconds,
			seconds("P50", func(s wire.BenchSecond) *float64 { return s.Latency.P50 }),
			seconds("P95", func(s wire.BenchSecond) *float64 { return s.Latency.P95 }),
			seconds("P99", func(s wire.BenchSecond) *float64 { return s.Latency.P99 }),
			seconds("send lag P99", func(s wire.BenchSecond) *float64 { return s.SendLag.P99 })),
		curves("Requests a second", units.PerSecond,
			seconds("due", rate(func(s wire.BenchSecond) uint64 { return s.Sent })),
			seconds("answered", rate(func(s wire.BenchSecond) uint64 { return s.Answered })),
			seconds("errors", rate(func(s wire.BenchSecond) uint64 { return s.Errors }))),
		curves("In flight", units.Digits, seconds("in flight", inFlight)),
		curves("The machine", units.Percent,
			target("CPU", func(s wire.BenchTargetSecond) *float64 { return s.CPU }),
			target("disk busy", func(s wire.BenchTargetSecond) *float64 { return s.DiskBusy }),
			target("memory", func(s wire.BenchTargetSecond) *float64 { return s.Memory })),
		curves("Queries a second", units.PerSecond, target("queries", func(s wire.BenchTargetSecond) *float64 { return s.Queries })),
		curves("Mean query", units.Seconds, target("mean", func(s wire.BenchTargetSecond) *float64 { return s.QueryMean })),
		curves("Sessions blocked", units.Digits, target("blocked", func(s wire.BenchTargetSecond) *float64 { return s.Waiting })),
	}
}

func inFlight(s wire.BenchSecond) *float64 {
	if s.InFlight == nil {
		return nil
	}
	v := float64(*s.InFlight)
	return &v
}
