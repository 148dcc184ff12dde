package main

import (
	"runtime"
	"runtime/debug"

	"mltop/collectors"
)

// How much garbage may gather beside what lives. A dashboard makes little of it:
// half of Go's own 100 keeps some megabytes less at hand, and costs a small part
// of a thousandth of a core. A server's answers make more: beside one, Go's own
// saves a tenth of what mltop costs, for three megabytes.
const (
	gcPercent       = 50
	serverGCPercent = 100
)

// processors of ours that run Go at once; SQLite's calls are not among them.
// With more, idle ones wake to look for work at every tick, which costs as
// much as the work, and reading the past would take a core from the
// deployment.
const processors = 1

// gcPercent is that beside this target.
func (a *app) gcPercent() int {
	if a.target.server() {
		return serverGCPercent
	}
	return gcPercent
}

// thrift sets the limits of a program that runs beside what it measures;
// GOGC and GOMAXPROCS outweigh it.
func thrift(getenv func(string) string, gcPercent int) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(processors)
	}
}

// searchGCPercent is while the advisor searches: what it throws away would
// otherwise take as much again, beside the copy. Most of a search is SQLite's
// work, which makes no garbage.
const searchGCPercent = 20

// sparing holds memory down until the answer is called.
func (b *backend) sparing() (end func()) {
	if b.w.getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(searchGCPercent)
	return func() { debug.SetGCPercent(before) }
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
