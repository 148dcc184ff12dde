package collectors

import (
	"time"

	"mltop/internal/stat"
)

// A partName is one kind of a statement's calls.
type partName struct{ fingerprint, kind string }

func partSize(p partName) int { return 64 + len(p.fingerprint) + len(p.kind) }

// A part of the statements' budget goes to their parts: they are kept as long
// as a change is judged, and each is small.
const partsPart = 0.25

func (s *statementStream) partsOf(rows []StatementGroup) (es []entry) {
	for i := range rows {
		for kind, times := range rows[i].Parts {
			e := entry{s.parts.names.id(partName{rows[i].Fingerprint, kind}), tally{n: [4]uint64{times.Count()}}}
			e.lat.Merge(times)
			s.parts.names.note(e.id, e.weight())
			es = append(es, e)
		}
	}
	return es
}

func (s *statementStream) advance(now int64) {
	s.stream.advance(now)
	s.parts.advance(now)
}

func (s *statementStream) size() int { return s.stream.size() + s.parts.size() }

func (s *statementStream) trim(limit int) {
	s.parts.trim(int(partsPart * float64(limit)))
	s.stream.trim(limit - s.parts.size())
}

// Parts answers what was measured of a statement in [from, to), as Buckets
// does, by what its calls asked for; nil where its source does not see that.
func (h *History) Parts(fingerprint string, from, to time.Time) map[string][]stat.Bucket {
	s := h.streamOf(fingerprint)
	if s == nil {
		return nil
	}
	out := map[string][]stat.Bucket{}
	for name, id := range s.parts.names.ids {
		if name.fingerprint == fingerprint {
			out[name.kind] = s.parts.list(id, from, to)
		}
	}
	return out
}

// A Mix is what calls or requests were in [Start, Start+Width), beside their
// times.
type Mix struct {
	Start   time.Time
	Width   time.Duration
	Calls   uint64
	Rows    uint64 // returned or written, of a statement
	Refused uint64 // requests answered 4xx
}

// Mixes answers what the calls of a route, or of a statement when fingerprint
// is set, were in [from, to), as Buckets does.
func (h *History) Mixes(r Route, fingerprint string, from, to time.Time) []Mix {
	if fingerprint != "" {
		if s := h.streamOf(fingerprint); s != nil {
			return s.mixes(s.names.ids[fingerprint], from, to, func(t *tally, m *Mix) { m.Rows = t.n[2] })
		}
		return nil
	}
	if len(h.requests) == 0 {
		return nil
	}
	rs := h.requests[0]
	if id, ok := rs.names.ids[r]; ok {
		return rs.mixes(id, from, to, func(t *tally, m *Mix) { m.Refused = t.n[2] })
	}
	return nil
}

func (s *stream[K]) mixes(id uint32, from, to time.Time, fill func(*tally, *Mix)) (out []Mix) {
	s.cellsOf(id, from, to, func(start time.Time, width time.Duration, t *tally) {
		m := Mix{Start: start, Width: width, Calls: t.n[0]}
		fill(t, &m)
		out = append(out, m)
	})
	return out
}
