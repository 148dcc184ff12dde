package diagnose

import (
	"fmt"

	"mltop/collectors"
	"mltop/internal/units"
)

// veryFull is where a full disk is a matter of minutes.
const veryFull = 0.02

// diskFull finds the database's file system nearly full.
func diskFull(f *facts) []Finding {
	s := f.snap.System
	if s == nil || s.FileSystem == nil || s.FileSystem.Total == 0 {
		return nil
	}
	fs := s.FileSystem
	free := float64(fs.Free) / float64(fs.Total)
	if free >= f.limits.DiskFreeRatio {
		return nil
	}
	x := Finding{
		Rule: "disk", Level: Warn, View: "database", Weight: 1 - free,
		Text:    fmt.Sprintf("%s is %s full: %s left for the database", named(fs.Mount, "the file system"), percent(1-free), units.Bytes(float64(fs.Free))),
		Against: []string{"room kept for root is not counted; nothing fails before it is really full"},
	}
	if free < veryFull {
		x.Level, x.Weight = Crit, 1e4
	}
	return []Finding{x}
}

// memoryFull finds memory short.
func memoryFull(f *facts) []Finding {
	used := f.lately(collectors.MetricMemory)
	if len(used) < enoughPoints || mean(used) < f.limits.MemoryRatio {
		return nil
	}
	x := Finding{
		Rule: "memory", Level: Warn, View: "overview", Weight: mean(used),
		Text:    fmt.Sprintf("memory is %s used on %s", percent(mean(used)), f.host()),
		Against: []string{"caches are already left out of this"},
	}
	if s := f.snap.System; s != nil && s.SwapTotal > 0 && s.SwapUsed > s.SwapTotal/2 {
		x.Level = Crit
		x.Text += ", and half of the swap"
	}
	return []Finding{x}
}

// processorFull finds the processor saturated for the whole window. Of a look
// of a moment that is said too, but nothing is wrong yet.
func processorFull(f *facts) []Finding {
	busy := f.lately(collectors.MetricCPU)
	if !f.processorOver(busy) {
		return nil
	}
	x := Finding{
		Rule: "cpu", Level: Warn, View: "overview", Weight: mean(busy),
		Text:    fmt.Sprintf("the processor of %s is %s busy", f.host(), percent(mean(busy))),
		Against: []string{"busy is not slow: look whether P95 has risen with it"},
	}
	if len(busy) < enoughPoints {
		x.Level = OK
		x.Text = fmt.Sprintf("the processor of %s was %s busy for the %d s that it was looked at: too short for a verdict", f.host(), percent(mean(busy)), len(busy))
	}
	if p := f.snap.Processes; p != nil {
		for _, q := range p.List {
			if q.CPURatio != nil && *q.CPURatio > 0.5 {
				x.Text += fmt.Sprintf("; %s (pid %d) takes %s of a core", q.Name, q.PID, percent(*q.CPURatio))
				break
			}
		}
	}
	return []Finding{x}
}

// processorOver reports that the processor was above its threshold in what
// was seen of it.
func (f *facts) processorOver(busy []float64) bool {
	return len(busy) > 0 && mean(busy) >= f.limits.CPURatio
}

func (f *facts) host() string {
	if f.snap.System == nil {
		return "this machine"
	}
	return named(f.snap.System.Host, "this machine")
}
