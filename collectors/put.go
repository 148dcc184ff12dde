package collectors

import (
	"slices"
	"sort"
	"time"
)

// Put takes in one sample. Sections may be late, or of the past.
func (h *History) Put(s Sample) {
	h.version++
	h.advance(newest(s))
	for _, sec := range s.Sections {
		h.putSection(sec)
	}
	h.putErrors(s)
	h.trim()
}

func newest(s Sample) int64 {
	at := s.Time
	for _, sec := range s.Sections {
		if t := sec.Taken(); t.After(at) {
			at = t
		}
	}
	return at.Unix()
}

func (h *History) advance(now int64) {
	if now <= h.now {
		return
	}
	h.now = now
	for _, r := range h.requests {
		r.advance(now)
	}
	for _, s := range h.statements {
		s.advance(now)
	}
}

func (h *History) putSection(sec Section) {
	switch s := sec.(type) {
	case *System:
		h.systems.put(s.At, s, systemSize(s))
		h.gauges.putSystem(s)
	case *Processes:
		h.processes.put(s.At, s, processesSize(s))
	case *Database:
		h.databases.put(s.At, s, databaseSize(s, h.databases.newest()))
		h.gauges.putDatabase(s)
	case *Links:
		h.links.put(s.At, s, 64+128*len(s.List))
	case *Plans:
		h.plans.put(s.At, s, plansSize(s))
	case *Requests:
		h.requestStream(s.Source).put(s)
	case *Statements:
		h.statementStream(s.Source).put(s)
	case *Gateway:
		h.gauges.putGateway(s)
	case *Events:
		h.putEvents(s.List)
	}
}

// eventsKept is far more than one screen of markers; a source that floods
// loses its oldest.
const eventsKept = 1000

func (h *History) putEvents(list []Event) {
	h.marks = append(h.marks, list...)
	sort.SliceStable(h.marks, func(i, j int) bool { return h.marks[i].At.Before(h.marks[j].At) })
	if extra := len(h.marks) - eventsKept; extra > 0 {
		h.marks = slices.Clone(h.marks[extra:])
	}
}

func (h *History) putErrors(s Sample) {
	if !s.Time.IsZero() && !sameErrors(h.errors.newest(), s.Errors) {
		h.errors.put(s.Time, s.Errors, 64+256*len(s.Errors))
	}
}

func sameErrors(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// Events answers the events in (end-d, end], oldest first; all up to end when
// d is 0.
func (h *History) Events(end time.Time, d time.Duration) []Event {
	to := sort.Search(len(h.marks), func(i int) bool { return h.marks[i].At.After(end) })
	from := 0
	if d > 0 {
		from = sort.Search(to, func(i int) bool { return h.marks[i].At.After(end.Add(-d)) })
	}
	return slices.Clone(h.marks[from:to])
}
