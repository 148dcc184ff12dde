package main

import (
	"context"
	"errors"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// A patient collector asks again while another process holds the lock. The
// dashboard has its next tick for that; a verb that looks once has none.
type patient struct{ collectors.Collector }

const (
	// patienceBusy is well above the time for which a writer in rollback mode
	// keeps readers out, and below every timeout. It begins anew with whatever
	// was read between two locks.
	patienceBusy = 3 * time.Second
	busyPause    = 15 * time.Millisecond
)

// Collect answers the sections of every try: each holds what is new in it.
func (p patient) Collect(ctx context.Context) (all []collectors.Section, err error) {
	for end := time.Now().Add(patienceBusy); ; {
		var sections []collectors.Section
		sections, err = p.Collector.Collect(ctx)
		all = append(all, sections...)
		if brought(sections) {
			end = time.Now().Add(patienceBusy)
		}
		if !metLock(sections, err) || time.Now().After(end) || sleep(ctx, busyPause) != nil {
			return all, err
		}
	}
}

// metLock reports whether a lock kept a collector from reading.
func metLock(sections []collectors.Section, err error) bool {
	if errors.Is(err, db.ErrBusy) {
		return true
	}
	for _, s := range sections {
		if r, ok := s.(*collectors.Requests); ok && r.State == "busy" {
			return true
		}
	}
	return false
}

// brought reports whether a try read something.
func brought(sections []collectors.Section) bool {
	for _, s := range sections {
		if r, ok := s.(*collectors.Requests); ok && len(r.Buckets) > 0 {
			return true
		}
	}
	return false
}
