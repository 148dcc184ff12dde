package collectors

import (
	"math"
	"sort"
	"time"
)

// A tier keeps cells of one width for one span of time. All in seconds.
type tier struct {
	width int64
	span  int64
	cells []cell // by rising slot
}

// A cell holds what happened in [slot*width, (slot+1)*width).
type cell struct {
	slot int64
	data []byte
}

func (t *tier) start(c cell) int64 { return c.slot * t.width }
func (t *tier) end(c cell) int64   { return (c.slot + 1) * t.width }

// search answers the place of a slot, and whether it is there.
func (t *tier) search(slot int64) (int, bool) {
	i := sort.Search(len(t.cells), func(i int) bool { return t.cells[i].slot >= slot })
	return i, i < len(t.cells) && t.cells[i].slot == slot
}

// cellOverhead is what a cell costs beside its data.
const cellOverhead = 48

// A stream is the past of one source: requests by route, or calls by
// statement. Every count lies in exactly one cell of one tier: as it ages it
// moves to a wider one, so a query adds up cells and nothing is counted
// twice.
type stream[K comparable] struct {
	tiers [3]tier
	// rest holds what no tier can: older than a day, or dated in the future.
	rest  []byte
	names *names[K]
	now   int64 // unix seconds
	bytes int   // of cells
	packer

	first   int64  // start of what is covered, unix seconds
	settled int64  // end of it: later buckets may still be filling
	last    int64  // end of the newest bucket
	lost    int64  // end of what was given up for the budget
	old     uint64 // changes to the past
	started bool

	// began is when the first second really began to be seen: where that is
	// not its start, a rate over few seconds would be of a time too long.
	began float64
}

// The widths and spans of the tiers: 1 s for 10 minutes, 10 s for an hour,
// 60 s for a day.
func newStream[K comparable](size func(K) int) *stream[K] {
	return &stream[K]{names: newNames(size), tiers: [3]tier{
		{width: 1, span: 600}, {width: 10, span: 3600}, {width: 60, span: 86400},
	}}
}

// futureSlack is how far ahead of us a bucket may be dated, in seconds, and
// still be believed: clocks of two processes differ a little.
const futureSlack = 5

// put adds entries, the total among them, to what happened in
// [start, start+width).
func (s *stream[K]) put(start, width int64, es []entry) {
	s.cover(start, start+max(width, 1))
	if start < s.now-lateWithin {
		s.old++
	}
	es = s.capped(sortEntries(es))
	t := s.tierFor(start, width)
	if t == nil {
		s.setRest(absorb(es, s.rest))
		return
	}
	s.add(t, floorDiv(start, t.width), es)
}

// spread shares a section of a few seconds out among them: as one wide cell it
// would lie across the edge of a window that ends now, and not be in it.
func (s *stream[K]) spread(start, width int64, es []entry) {
	if wide := s.tiers[1].width; width < 2 || width > wide {
		s.put(start, max(width, 1), es)
		return
	}
	for i := range width {
		part := make([]entry, 0, len(es))
		for _, e := range es {
			if t := e.part(uint64(i), uint64(width)); t.weight() > 0 || e.id == idTotal { // the total says that somebody looked
				part = append(part, entry{e.id, t})
			}
		}
		s.put(start+i, 1, part)
	}
}

// cover widens what is covered. A row dated in the future, or before there
// were request logs, does not: one broken clock would stretch it over years.
func (s *stream[K]) cover(from, to int64) {
	if from <= 0 || from > s.now+futureSlack {
		return
	}
	if !s.started {
		s.first, s.last, s.started = from, to, true
	}
	s.first, s.last = min(s.first, from), max(s.last, to)
}

// coverFrom begins what is covered at an instant when nothing was seen yet.
func (s *stream[K]) coverFrom(at int64) {
	if !s.started {
		s.first, s.last, s.started = at, at, true
	}
}

// tierFor is the finest tier that can hold a bucket; nil if none can.
func (s *stream[K]) tierFor(start, width int64) *tier {
	if start > s.now+futureSlack {
		return nil
	}
	for i := range s.tiers {
		t := &s.tiers[i]
		if last := i == len(s.tiers)-1; (width <= t.width || last) && start >= t.horizon(s.now) {
			return t
		}
	}
	return nil
}

// horizon is where a tier begins, on the boundary of the next wider one.
func (t *tier) horizon(now int64) int64 { return floorDiv(now-t.span, 60) * 60 }

func (s *stream[K]) add(t *tier, slot int64, es []entry) {
	i, ok := t.search(slot)
	if !ok {
		t.cells = append(t.cells, cell{})
		copy(t.cells[i+1:], t.cells[i:])
		t.cells[i] = cell{slot: slot}
		s.bytes += cellOverhead
	}
	s.setData(&t.cells[i], s.capped(absorb(es, t.cells[i].data)))
}

func (s *stream[K]) setData(c *cell, es []entry) {
	s.bytes -= len(c.data)
	c.data = s.pack(es)
	s.bytes += len(c.data)
}

func (s *stream[K]) setRest(es []entry) {
	s.bytes -= len(s.rest)
	s.rest = s.pack(s.capped(es))
	s.bytes += len(s.rest)
}

func (s *stream[K]) capped(es []entry) []entry {
	return capNames(es, namesKept, s.weightOf)
}

func (s *stream[K]) weightOf(e *entry) float64 { return s.names.weight[e.id-firstName] }

// advance moves what has aged into the wider tiers, and out of the last one
// into the rest.
func (s *stream[K]) advance(now int64) {
	if now <= s.now {
		return
	}
	s.now = now
	s.names.age(now)
	for i := range s.tiers {
		s.ageTier(i)
	}
	if s.names.full() {
		s.names.sweep(s.used())
	}
}

func (s *stream[K]) ageTier(i int) {
	t := &s.tiers[i]
	h, n := t.horizon(s.now), 0
	for n < len(t.cells) && t.end(t.cells[n]) <= h {
		n++
	}
	if n == 0 {
		return
	}
	old := append([]cell(nil), t.cells[:n]...)
	t.cells = append(t.cells[:0], t.cells[n:]...)
	var es []entry // of the cells that go to one place
	for j, c := range old {
		s.bytes -= cellOverhead + len(c.data)
		es = absorb(es, c.data)
		if j+1 == len(old) || s.slotAbove(i, c) != s.slotAbove(i, old[j+1]) {
			s.moveUp(i, s.slotAbove(i, c), es)
			es = nil
		}
	}
}

// slotAbove is where a cell of a tier goes in the next one; all go to the one
// rest behind the last.
func (s *stream[K]) slotAbove(i int, c cell) int64 {
	if i+1 == len(s.tiers) {
		return 0
	}
	return floorDiv(s.tiers[i].start(c), s.tiers[i+1].width)
}

func (s *stream[K]) moveUp(i int, slot int64, es []entry) {
	if i+1 == len(s.tiers) {
		s.setRest(absorb(es, s.rest))
		return
	}
	s.add(&s.tiers[i+1], slot, es)
}

func (s *stream[K]) used() map[uint32]bool {
	used := map[uint32]bool{}
	mark := func(id uint32, _ []byte) bool { used[id] = true; return true }
	for i := range s.tiers {
		for _, c := range s.tiers[i].cells {
			eachPacked(c.data, mark)
		}
	}
	eachPacked(s.rest, mark)
	return used
}

// walk calls f for every cell of which the middle lies in [from, to), the
// widest first and each tier oldest first.
func (s *stream[K]) walk(from, to float64, f func(start, width int64, data []byte)) {
	for i := len(s.tiers) - 1; i >= 0; i-- {
		t := &s.tiers[i]
		half := float64(t.width) / 2
		n := sort.Search(len(t.cells), func(n int) bool { return float64(t.start(t.cells[n]))+half >= from })
		for ; n < len(t.cells) && float64(t.start(t.cells[n]))+half < to; n++ {
			f(t.start(t.cells[n]), t.width, t.cells[n].data)
		}
	}
}

// span answers the instants, in unix seconds, between which walk(from, to)
// really counts: bounds in the middle of a cell move to its nearer edge, and
// what is not covered is left out.
func (s *stream[K]) span(from, to float64) (float64, float64) {
	from = max(s.snap(from), float64(s.first), float64(s.lost))
	to = min(s.snap(to), float64(s.settled))
	return from, max(from, to)
}

// seen is how many seconds lie between two instants of span that something
// was really seen in. A source that begins just before a second ends makes no
// rate of that instant: at least half of the span counts.
func (s *stream[K]) seen(from, to float64) float64 {
	if from == float64(s.first) && s.began != 0 && to > from {
		return max(to-s.began, (to-from)/2)
	}
	return to - from
}

// snap moves an instant to the nearer edge of the cell it cuts: of the widest
// that is there, or of its second.
func (s *stream[K]) snap(at float64) float64 {
	for i := len(s.tiers) - 1; i >= 0; i-- {
		t := &s.tiers[i]
		slot := floorDiv(int64(math.Floor(at)), t.width)
		if _, ok := t.search(slot); ok || i == 0 {
			return nearerEdge(at, float64(slot*t.width), float64(t.width))
		}
	}
	return at
}

func nearerEdge(at, start, width float64) float64 {
	if at <= start+width/2 {
		return start
	}
	return start + width
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func seconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }
