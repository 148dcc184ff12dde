package diagnose

import (
	"strings"
	"testing"
	"time"

	"mltop/collectors"
)

// systemCases are of the machine.
func systemCases() []verdictCase {
	return []verdictCase{
		{"a window of seconds does not make a busy moment a verdict", func(w *world) {
			w.in.Window = 10 * time.Second
			w.system(func(s *collectors.System) { s.CPURatio = num(0.97) })
		}, "cpu", Warn, "97 % busy", ""},
		{"the disk is nearly full", func(w *world) {
			w.system(func(s *collectors.System) {
				s.FileSystem = &collectors.FileSystem{Mount: "/srv", Total: 1e12, Free: 5e10}
			})
		}, "disk", Warn, "/srv is 95 % full: 50 GB left", ""},
		{"the disk is full", func(w *world) {
			w.system(func(s *collectors.System) {
				s.FileSystem = &collectors.FileSystem{Mount: "/srv", Total: 1e12, Free: 1e9}
			})
		}, "disk", Crit, "1 GB left", ""},
		{"memory is full", func(w *world) { w.system(func(s *collectors.System) { s.MemUsed = 97 }) }, "memory", Warn, "memory is 97 % used on h7", "caches"},
		{"the processor is saturated for the whole window", func(w *world) {
			w.system(func(s *collectors.System) { s.CPURatio = num(0.97) })
		}, "cpu", Warn, "the processor of h7 is 97 % busy", "busy is not slow"},
		{"no finding, because the processor was busy for a moment only", func(w *world) {
			w.system(func(s *collectors.System) {
				if s.CPURatio = num(0.2); now.Sub(s.At) < 5*time.Second {
					s.CPURatio = num(1)
				}
			})
		}, "nothing", OK, "processor 25 %", ""},
	}
}

// What why and snapshot see of a machine is a second or two of it.
func TestAProcessorAboveItsThresholdIsNoProofOfOK(t *testing.T) {
	w := newWorld()
	for _, at := range []time.Time{now.Add(-time.Second), now} {
		w.put(at, &collectors.System{At: at, Interval: time.Second, Host: "h7", Local: true, CPURatio: num(1), MemTotal: 100, MemUsed: 40})
	}
	all := Look(w.in)
	if strings.Contains(all[0].Text, "processor") {
		t.Errorf("got %q, though the processor is full", all[0].Text)
	}
	for _, x := range all {
		if x.Rule == "cpu" && x.Level == OK && strings.Contains(x.Text, "the processor of h7 was 100 % busy") && strings.Contains(x.Text, "too short for a verdict") {
			return
		}
	}
	t.Errorf("the full processor is no finding: %+v", all)
}
