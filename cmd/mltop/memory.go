package main

import (
	"runtime/debug"

	"mltop/collectors"
)

// gcPercent is how much garbage may gather beside what lives. A dashboard
// makes little of it: half of Go's own 100 keeps some megabytes less at hand,
// and costs a small part of a thousandth of a core.
const gcPercent = 50

// thrift sets the memory limits of a program that runs beside what it
// measures; GOGC outweighs it.
func thrift(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// pastRead reports that a source has just told the last of its past.
func (b *backend) pastRead(s collectors.Sample) bool {
	for _, section := range s.Sections {
		if r, ok := section.(*collectors.Requests); ok && r.Backfilled != b.backfilled {
			b.backfilled = r.Backfilled
			return r.Backfilled == 1
		}
	}
	return false
}
