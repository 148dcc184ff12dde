package diagnose

import (
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
