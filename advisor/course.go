package advisor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/units"
)

// ErrEnough is the cause with which a context ends a search that is to answer
// what it has found so far.
var ErrEnough = errors.New("the best so far is enough")

// A Course is how good the best set of indexes was after so many questions to
// the what-if room.
type Course struct {
	Points []Point `json:"points"` // by calls
	Calls  int     `json:"calls"`  // so far
	Most   float64 `json:"most_seconds"`
}

// A Point of a course.
type Point struct {
	Calls int     `json:"calls"`
	Cost  float64 `json:"cost_ratio"` // of what the workload costs as it is; with what the indexes cost its writes
}

// mark is a point before all first costs are known.
type mark struct {
	calls       int
	total, base float64
}

// Last is the cost of the best so far; 1 before the first index.
func (c Course) Last() float64 {
	if len(c.Points) == 0 {
		return 1
	}
	return c.Points[len(c.Points)-1].Cost
}

// mostSaid points of a course are said in a line of text.
const mostSaid = 5

// Text is the course in one line: the points that gained most.
func (c Course) Text() string {
	steps := c.steps()
	slices.SortStableFunc(steps, func(a, b courseStep) int { return cmp.Compare(b.gain, a.gain) })
	steps = steps[:min(len(steps), mostSaid)]
	slices.SortStableFunc(steps, func(a, b courseStep) int { return cmp.Compare(a.Calls, b.Calls) })
	text := fmt.Sprintf("the search asked %s", units.Plural(c.Calls, "question"))
	if len(steps) == 0 {
		return text + ": no index gains anything"
	}
	var parts []string
	for _, s := range steps {
		parts = append(parts, fmt.Sprintf("%s after %s", units.Percent(s.Cost), units.Whole(int64(s.Calls))))
	}
	return text + "; the workload's cost 100 % → " + strings.Join(parts, " → ")
}

// A courseStep is the way down to a point.
type courseStep struct {
	Point
	gain float64
}

func (c Course) steps() (out []courseStep) {
	before := 1.0
	for _, p := range c.Points {
		gain := before - p.Cost
		before = p.Cost
		switch last := len(out) - 1; {
		case gain <= 0:
		case last >= 0 && out[last].Calls == p.Calls: // found by the answers that were there
			out[last] = courseStep{p, out[last].gain + gain}
		default:
			out = append(out, courseStep{p, gain})
		}
	}
	return out
}

// asks counts the questions of all phases.
func (w *whatIf) asks() (sum int) {
	for _, n := range w.asked {
		sum += n
	}
	return sum
}

// mark notes what the workload costs under the best set so far.
func (s *search) mark() {
	m := mark{s.what.asks(), s.total(), cost(s.all, s.base)}
	if n := len(s.marks); n > 0 && s.marks[n-1].total == m.total && s.marks[n-1].base == m.base {
		return
	}
	s.marks = append(s.marks, m)
}

// ahead is what the statements cost that the search has not come to yet, in
// the unit of the others: by what they were seen to take, as the measured ones
// compare with what those were seen to take.
func (s *search) ahead() float64 {
	var seen, measured, ahead float64
	for _, b := range s.all {
		m, known := s.base[b]
		switch load := b.seenLoad(); {
		case known && load > 0:
			seen, measured = seen+load, measured+b.load()*m.value
		case !known && b.reads() && s.failed[b] == nil:
			ahead += load
		}
	}
	if seen <= 0 {
		return 0 // nothing to compare by
	}
	return ahead * measured / seen
}

// course is the curve up to now. Statements come in waves: one that was not
// measured then cost what it costs without indexes, and so does one that is
// not measured yet.
func (s *search) course() Course {
	c := Course{Calls: s.what.asks(), Most: s.most.Seconds()}
	base := cost(s.all, s.base) + s.ahead()
	if base <= 0 {
		return c
	}
	for _, m := range s.marks {
		p := Point{m.calls, (m.total + base - m.base) / base}
		if n := len(c.Points); n > 0 && p.Cost >= c.Points[n-1].Cost {
			continue // statements that came along, or a figure that was mended
		}
		c.Points = append(c.Points, p)
	}
	return c
}

// bounded is the context of a run and the one of the search in it: both end
// with outer, but the search alone where outer's cause is that there is enough,
// and after a time.
func bounded(outer context.Context, d time.Duration) (run, search context.Context, stop func()) {
	run, cancel := context.WithCancelCause(context.WithoutCancel(outer))
	until := time.Now().Add(d)
	if end, ok := outer.Deadline(); ok && end.Before(until) {
		until = end
	}
	search, cancelSearch := context.WithDeadline(run, until)
	unhook := context.AfterFunc(outer, func() {
		cancelSearch()
		if why := outerEnd(outer); why != nil {
			cancel(why)
		}
	})
	return run, search, func() { unhook(); cancelSearch(); cancel(nil) }
}

// checkShare is the part of a run's time that is kept for comparing rewritten
// texts with what they replace: an index that was not found costs time, a text
// that answers something else is wrong.
const checkShare = 0.1

// spare ends a search earlier where there are rewritten texts to compare.
func (s *search) spare(ctx context.Context, f Facts, d time.Duration) (context.Context, func()) {
	if slices.ContainsFunc(rewrites(f), func(r Recommendation) bool { return len(r.Rewrite.found.Checks) > 0 }) {
		s.spared = time.Duration(checkShare * float64(d))
	}
	return endingBefore(ctx, s.spared)
}

// endingBefore ends so much before a context does; one without an end has none.
func endingBefore(ctx context.Context, spared time.Duration) (context.Context, func()) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end.Add(-spared))
}

// outerEnd is why a run has to end with a context; nil where only its search does,
// and where it goes on.
func outerEnd(outer context.Context) error {
	if cause := context.Cause(outer); !errors.Is(cause, ErrEnough) {
		return cause
	}
	return nil
}

// partial says why a search did not go on.
func partial(ctx context.Context, d time.Duration) string { return endedBy(ctx, d) + "; best so far" }

// endedBy says what ended a search.
func endedBy(ctx context.Context, d time.Duration) string {
	if errors.Is(ctx.Err(), context.Canceled) {
		return "stopped"
	}
	return fmt.Sprintf("time was up after %s", d)
}
