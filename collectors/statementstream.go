package collectors

import (
	"math"
	"slices"
	"time"
)

// A statementStream is the past of one source of statements. Statements that
// are only known by weight have no past: the newest section says all.
type statementStream struct {
	*stream[string]
	source   StatementSource
	meta     map[string]StatementGroup // texts, by fingerprint; no numbers
	newest   *Statements
	lastAt   time.Time
	lastEnd  int64                  // of the slot that the last section went to
	openedAt time.Time              // since when calls are seen
	running  map[string][]time.Time // when looks at the sessions met them, by fingerprint
	parts    *stream[partName]      // their calls by what they asked for
}

func (h *History) statementStream(src StatementSource) *statementStream {
	for _, s := range h.statements {
		if s.source == src {
			return s
		}
	}
	s := &statementStream{source: src, meta: map[string]StatementGroup{}, running: map[string][]time.Time{}, parts: newStream(partSize)}
	s.stream = newStream(func(fp string) int { return metaSize(s.meta[fp], fp) })
	s.advance(h.now)
	h.statements = append(h.statements, s)
	return s
}

func metaSize(g StatementGroup, fp string) int {
	return 160 + 2*len(fp) + len(g.Text) + len(g.Example) + len(g.Name) + len(g.Route)
}

func (s *statementStream) put(sec *Statements) {
	s.newest = sec
	if !sec.Source.Live {
		return
	}
	total := tally{}
	es := make([]entry, 0, len(sec.Rows)+1)
	for i := range sec.Rows {
		e := s.entryOf(&sec.Rows[i])
		total.merge(&e.tally)
		es = append(es, e)
	}
	start, width := s.slot(sec.At, sec.Interval)
	s.spread(start, width, append(es, entry{idTotal, total}))
	if parts := s.partsOf(sec.Rows); len(parts) > 0 {
		s.parts.spread(start, width, parts)
	}
	s.settled = max(s.settled, start+width)
	s.measure(sec)
	s.meet(sec.Running)
}

// measure says when the first slot really began. Slots are whole seconds and
// as far behind the clock as the newest one is; sections are of any length.
func (s *statementStream) measure(sec *Statements) {
	if s.openedAt.IsZero() {
		s.openedAt = sec.At.Add(-sec.Interval)
	}
	s.began = seconds(s.openedAt) + float64(s.lastEnd) - seconds(s.lastAt)
}

func (s *statementStream) entryOf(g *StatementGroup) entry {
	if _, ok := s.names.ids[g.Fingerprint]; !ok {
		s.meta[g.Fingerprint] = StatementGroup{
			Fingerprint: g.Fingerprint, Text: g.Text, Example: g.Example, Name: g.Name, Route: g.Route, Weight: g.Weight,
		}
	}
	e := entry{s.names.id(g.Fingerprint), tally{n: [4]uint64{g.Calls, g.Errors, g.Rows}}}
	e.lat.Merge(g.Latency)
	s.names.note(e.id, e.weight())
	return e
}

// slot answers which seconds a section stands for. Sections come a little
// early or late; each still gets seconds of its own, behind those of the one
// before, unless that drifts by more than a second. The very first one may
// stand for no time at all: its calls go to the second that follows.
func (s *statementStream) slot(at time.Time, interval time.Duration) (start, width int64) {
	width = int64(math.Round(interval.Seconds()))
	if !s.lastAt.IsZero() {
		width = max(width, 1)
	}
	end := at.Add(settleTime).Unix()
	if follow := s.lastEnd + width; abs(follow-end) <= 1 && !s.lastAt.IsZero() {
		end = follow
	}
	if at.After(s.lastAt) {
		s.lastAt, s.lastEnd = at, end
	}
	return end - width, width
}

func abs(n int64) int64 { return max(n, -n) }

// forget drops the texts of statements that no cell names.
func (s *statementStream) forget() {
	for fp := range s.meta {
		if _, ok := s.names.ids[fp]; !ok {
			delete(s.meta, fp)
			delete(s.running, fp)
		}
	}
}

// sectionAt is the section as it stood at t. Of the past of a live source it
// is what was called in the ten seconds before.
func (s *statementStream) sectionAt(t time.Time) *Statements {
	switch {
	case s.newest == nil:
		return nil
	case !s.newest.At.After(t):
		return s.newest
	case !s.source.Live:
		return nil
	}
	rows, _ := s.rows(seconds(t)-10, seconds(t))
	return &Statements{At: t, Interval: 10 * time.Second, Source: s.source, Rows: rows}
}

// rows merges the calls between two instants, in seconds, and answers the
// seconds really covered.
func (s *statementStream) rows(from, to float64) ([]StatementGroup, float64) {
	m := s.merged(from, to)
	rows := make([]StatementGroup, 0, len(m.names))
	for _, e := range m.names {
		g := s.meta[s.names.key(e.id)]
		fillStatement(&g, &e.tally)
		rows = append(rows, g)
	}
	if m.other.weight() > 0 {
		g := StatementGroup{Name: otherName}
		fillStatement(&g, &m.other)
		rows = append(rows, g)
	}
	return slices.Clip(rows), m.seconds
}

const otherName = "other"

func fillStatement(g *StatementGroup, t *tally) {
	g.Calls, g.Errors, g.Rows = t.n[0], t.n[1], t.n[2]
	if t.lat.Count() > 0 || t.lat.Sum() > 0 {
		g.Latency = &t.lat
	}
}
