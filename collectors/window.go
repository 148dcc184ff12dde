package collectors

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// merged is a stream's past between two instants, added up.
type merged struct {
	total, other tally
	names        []*entry // by time, then count, falling; at most 200
	seconds      float64  // really covered
	start, end   int64    // of the cells with anything in them; equal without
}

// merged adds up the cells between two instants in unix seconds; from of -Inf
// means everything, with what no tier holds and what is still filling.
func (s *stream[K]) merged(from, to float64) merged {
	m := merged{}
	byID := map[uint32]*entry{}
	add := func(id uint32, packed []byte) bool {
		m.entry(byID, id).mergePacked(packed)
		return true
	}
	if math.IsInf(from, -1) {
		m.seconds = float64(s.last - s.first)
		eachPacked(s.rest, add)
		to = math.Inf(1)
	} else {
		from, to = s.span(from, to)
		m.seconds = s.seen(from, to)
	}
	s.walk(from, to, func(start, width int64, data []byte) {
		m.bound(start, start+width)
		eachPacked(data, add)
	})
	m.rank()
	return m
}

// bound widens what has anything in it.
func (m *merged) bound(start, end int64) {
	if m.start == m.end {
		m.start, m.end = start, end
	}
	m.start, m.end = min(m.start, start), max(m.end, end)
}

func (m *merged) entry(byID map[uint32]*entry, id uint32) *tally {
	switch id {
	case idTotal:
		return &m.total
	case idOther:
		return &m.other
	}
	e := byID[id]
	if e == nil {
		e = &entry{id: id}
		byID[id] = e
		m.names = append(m.names, e)
	}
	return &e.tally
}

func (m *merged) rank() {
	slices.SortStableFunc(m.names, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(b.n[0], a.n[0]), cmp.Compare(a.id, b.id))
	})
	for len(m.names) > namesKept {
		last := len(m.names) - 1
		m.other.merge(&m.names[last].tally)
		m.names = m.names[:last]
	}
}

// Window merges all that happened in (end-d, end]. d of 0 means everything.
// A second that is still filling counts only in a window of everything. What
// it answers may be shared: nobody changes it.
func (h *History) Window(end time.Time, d time.Duration) Window {
	if d <= 0 || !h.closed(end) {
		return h.window(end, d)
	}
	key := pastKey{end.UnixNano(), d}
	if w, ok := h.past.get(key, h.changes()); ok {
		return w
	}
	w := h.window(end, d)
	h.past.put(key, w, h.budget/pastPart)
	return w
}

func (h *History) window(end time.Time, d time.Duration) Window {
	w := Window{Start: end.Add(-d), End: end}
	from, to := seconds(w.Start), seconds(end)
	if d <= 0 {
		from = math.Inf(-1)
		w.Start, _ = h.Range()
	}
	for _, r := range h.requests {
		w.Requests = append(w.Requests, r.window(from, to))
	}
	for _, s := range h.statements {
		w.Statements = append(w.Statements, s.window(from, to)...)
	}
	w.Statements = foldSources(w.Statements)
	shareTime(w.Statements)
	if l := h.links.at(end); l != nil {
		w.Links = l.List
	}
	return w
}

func (r *requestStream) window(from, to float64) RequestWindow {
	m := r.merged(from, to)
	w := RequestWindow{Source: r.source, Seconds: m.seconds, Total: m.total.group(), Other: m.other.group()}
	if w.First, w.Last = r.bounds(&m); math.IsInf(from, -1) {
		w.Seconds, w.First, w.Last = r.allSeconds(m.seconds), r.source.First, r.source.Last
	}
	for _, e := range m.names {
		w.Routes = append(w.Routes, RouteGroup{r.names.key(e.id), e.group()})
	}
	w.Concurrency = littlesLaw(float64(w.Total.Count), w.Seconds, w.Total.Latency.Mean())
	return w
}

// bounds are the edges of the cells that hold requests, or the source's own
// first and last row where they lie within.
func (r *requestStream) bounds(m *merged) (first, last time.Time) {
	if m.start == m.end {
		return first, last
	}
	first, last = time.Unix(m.start, 0), time.Unix(m.end, 0)
	if row := r.source.First; row.After(first) && row.Before(last) {
		first = row
	}
	if row := r.source.Last; row.Before(last) && row.After(first) {
		last = row
	}
	return first, last
}

// allSeconds is the time from the source's first row to its last.
func (r *requestStream) allSeconds(known float64) float64 {
	if r.source.First.IsZero() || !r.source.Last.After(r.source.First) {
		return known
	}
	return max(known, r.source.Last.Sub(r.source.First).Seconds())
}

// littlesLaw: the mean number in flight is the rate times the mean time
// (J. D. C. Little, 1961).
func littlesLaw(count, seconds, mean float64) float64 {
	switch {
	case seconds <= 0:
		return math.NaN()
	case count == 0:
		return 0
	}
	return count / seconds * mean
}

func (s *statementStream) window(from, to float64) []StatementWindow {
	var rows []StatementGroup
	covered := 0.0
	if s.source.Live {
		rows, covered = s.rows(from, to)
	} else if s.newest != nil {
		rows = s.newest.Rows
	}
	out := make([]StatementWindow, len(rows))
	for i, g := range rows {
		out[i] = StatementWindow{StatementGroup: g, Source: s.source, Seconds: covered, Share: math.NaN(), Ever: s.ever(g.Fingerprint)}
	}
	return out
}

// ever is what the server had counted of a statement at the last look.
func (s *statementStream) ever(fingerprint string) *EverCounted {
	if s.newest == nil {
		return nil
	}
	if e, ok := s.newest.Ever[fingerprint]; ok {
		e.By = s.source.Kind
		return &e
	}
	return nil
}

// Concurrency is how many sessions ran the statement in the mean: the time
// spent in it in every second; NaN where no time is known.
func (w StatementWindow) Concurrency() float64 {
	if w.Seconds <= 0 || w.Latency.Sum() == 0 && w.Latency.Count() == 0 {
		return math.NaN()
	}
	return w.Latency.Sum() / w.Seconds
}

// shareTime gives each live statement its part of all statements' time.
func shareTime(ws []StatementWindow) {
	all := 0.0
	for i := range ws {
		all += ws[i].Latency.Sum()
	}
	for i := range ws {
		if ws[i].Source.Live && ws[i].Latency != nil && all > 0 {
			ws[i].Share = ws[i].Latency.Sum() / all
		}
	}
}
