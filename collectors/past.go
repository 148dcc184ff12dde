package collectors

import "time"

// pastWindows remembers merged windows of the past, which are asked for again
// at every tick ("than an hour ago") and do not change, unless something is
// added to the past.
type pastWindows struct {
	byKey   map[pastKey]Window
	bytes   int
	changes uint64 // to the past, when they were merged
}

type pastKey struct {
	end int64 // nanoseconds
	d   time.Duration
}

// lateWithin is how far back, in seconds, additions are the ordinary case.
const lateWithin = 60

// pastPart is the part of the budget that may be spent on this.
const pastPart = 20

func (p *pastWindows) get(k pastKey, changes uint64) (Window, bool) {
	if p.byKey == nil || p.changes != changes {
		*p = pastWindows{byKey: map[pastKey]Window{}, changes: changes}
	}
	w, ok := p.byKey[k]
	return w, ok
}

// put keeps a window; what was kept goes when the room is used up.
func (p *pastWindows) put(k pastKey, w Window, limit int) {
	size := windowSize(w)
	if size > limit {
		return
	}
	if p.bytes+size > limit {
		clear(p.byKey)
		p.bytes = 0
	}
	p.byKey[k] = w
	p.bytes += size
}

func windowSize(w Window) int {
	n := 256
	for i := range w.Requests {
		n += 512
		for j := range w.Requests[i].Routes {
			n += 72 + w.Requests[i].Routes[j].Latency.Bytes()
		}
	}
	for i := range w.Statements {
		n += 220 + w.Statements[i].Latency.Bytes()
	}
	return n
}

// changes counts what was added to the past, or given up of it; a new source
// is a change too.
func (h *History) changes() (n uint64) {
	for _, r := range h.requests {
		n += 1 + r.old
	}
	for _, s := range h.statements {
		n += 1 + s.old
	}
	return n
}

// closed reports that an instant lies in the past for every source: one that
// hangs has its past still before it.
func (h *History) closed(end time.Time) bool {
	t := end.Unix()
	for _, r := range h.requests {
		if r.settled < t {
			return false
		}
	}
	for _, s := range h.statements {
		if s.source.Live && s.settled < t {
			return false
		}
	}
	return t <= h.now-lateWithin
}
