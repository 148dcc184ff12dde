package collectors

import (
	"time"

	"mltop/internal/stat"
)

// Buckets answers what was measured of one route, or of one statement when
// fingerprint is set, or of all requests when neither is, in [from, to),
// oldest first, at the finest width kept: only buckets that lie wholly
// between the two.
func (h *History) Buckets(r Route, fingerprint string, from, to time.Time) []stat.Bucket {
	if fingerprint != "" {
		if s := h.streamOf(fingerprint); s != nil {
			return s.list(s.names.ids[fingerprint], from, to)
		}
		return nil
	}
	if len(h.requests) == 0 {
		return nil
	}
	rs := h.requests[0]
	if r == (Route{}) {
		return rs.list(idTotal, from, to)
	}
	if id, ok := rs.names.ids[r]; ok {
		return rs.list(id, from, to)
	}
	return nil
}

// streamOf is the source that knows a statement: one that counts its calls
// before one that samples; nil where none does.
func (h *History) streamOf(fingerprint string) (found *statementStream) {
	for _, s := range h.statements {
		_, ok := s.names.ids[fingerprint]
		if ok && (found == nil || found.source.Sampled && !s.source.Sampled) {
			found = s
		}
	}
	return found
}

// OnlySampled reports that a statement is known, and that nothing has counted
// its calls.
func (h *History) OnlySampled(fingerprint string) bool {
	s := h.streamOf(fingerprint)
	return s != nil && s.source.Sampled
}

// Looks answers what a source that samples saw of one statement in [from, to),
// as Buckets does, but for all time that was looked at: a statement that was
// not seen running then took none. It is nil where no such source knows the
// statement.
func (h *History) Looks(fingerprint string, from, to time.Time) []stat.Bucket {
	s := h.streamOf(fingerprint)
	if s == nil || !s.source.Sampled {
		return nil
	}
	seen := map[int64]*stat.Sketch{} // cells do not overlap
	for _, b := range s.list(s.names.ids[fingerprint], from, to) {
		seen[b.Start.Unix()] = b.Latency
	}
	all := s.list(idTotal, from, to)
	for i, b := range all {
		all[i].Latency = seen[b.Start.Unix()]
		if all[i].Latency == nil {
			all[i].Latency = &stat.Sketch{}
		}
	}
	return all
}
