package advisor

import (
	"context"
	"fmt"
	"math"

	"mltop/internal/db"
)

// A Prediction is what one call is to take, of statements of which it is known
// what they take today: a floor that no index lowers, and of the rest of today's
// time the part that the work is of today's work.
type Prediction struct {
	Before float64 `json:"before_seconds"`
	After  float64 `json:"after_seconds"`
	Low    float64 `json:"low_seconds"`  // of After
	High   float64 `json:"high_seconds"` // of After
	Floor  float64 `json:"floor_seconds"`
}

// Factor is how many times faster a call is to get.
func (p *Prediction) Factor() float64 { return p.Before / p.After }

// live is what a call takes in seconds; all 0: not known.
type live struct{ seconds, low, high float64 }

// What a call takes besides its work: by a planner's or a sample's count about
// twice as long as the fastest statement, which has less to plan and to send
// (WebApp-40 on MariaDB and PostgreSQL: 1.3 to 3.5 times). Where only slow ones
// are known it is no more than what servers were seen to take.
const (
	besidesFastest = 2
	mostFloor      = 150e-6
	mostFloorHere  = 20e-6 // within the application's own process
)

// How far a prediction may be off, either way: a unit of a planner's cost, or a
// row read, takes now more and now less; a run on a copy meets another cache.
const (
	doubt     = 2
	doubtCopy = 1.5
)

// hasTime reports whether the live time of a call is known.
func (s Statement) hasTime() bool {
	return s.MeanSeconds > 0 && !math.IsInf(s.MeanSeconds, 0) && !s.Sampled
}

// callFloor is what a call takes at least, by the fastest statement.
func callFloor(all []*bound, u db.Unit) float64 {
	fastest := math.Inf(1)
	for _, b := range all {
		if b.hasTime() {
			fastest = min(fastest, b.MeanSeconds)
		}
	}
	if inSeconds(u) {
		return min(fastest, mostFloorHere)
	}
	return min(besidesFastest*fastest, mostFloor)
}

// livesAt is what a call takes whose work is at, of one that takes known seconds
// today.
func livesAt(known, floor float64, today, at measure) live {
	if !usable(today.timed) || math.IsNaN(at.timed) {
		return live{}
	}
	low, high := partOf(at.low, at.value), partOf(at.high, at.value)
	if today.cut && inSeconds(at.unit) {
		today.timed = max(today.timed, known) // nobody waited for its end
	}
	if inSeconds(at.unit) {
		on := func(work float64) float64 { return max(min(floor, known), asCopied(known, today.timed, work)) }
		return live{on(at.timed), on(at.timed * low / doubtCopy), on(at.timed * high * doubtCopy)}
	}
	by := func(floor, work float64) float64 {
		floor = min(floor, known)
		return floor + (known-floor)*work/today.timed
	}
	return live{by(floor, at.timed), by(floor/doubt, at.timed*low/doubt), by(floor*doubt, at.timed*high*doubt)}
}

// asCopied is what a call takes live that takes so long on a copy. A copy may be
// slower than the live file, which is cached by who uses it all day: that slows
// what reads much, and not what is left to read with an index. One that is faster
// is so of all.
func asCopied(known, today, at float64) float64 {
	if at >= today {
		return known * at / today
	}
	return min(known, at*max(1, known/today))
}

// partOf is a bound as a part of the value.
func partOf(bound, value float64) float64 {
	if !usable(value) || !usable(bound) {
		return 1
	}
	return bound / value
}

// predict adds to a measure under a configuration what a call of a statement
// will take; text is the statement itself, or what it is rewritten to.
func (s *search) predict(ctx context.Context, b, text *bound, c db.Config, m measure) measure {
	today, ok := s.base[b]
	if !ok || !b.hasTime() || m.method == db.MethodRule { // a rule's rows are no measure of time
		return m
	}
	if today.live.seconds == 0 {
		today = s.what.timed(ctx, b, db.Config{}, today)
		today.live = live{b.MeanSeconds, b.MeanSeconds, b.MeanSeconds}
		s.base[b] = today
	}
	m = s.what.timed(ctx, text, c, m)
	m.live = livesAt(b.MeanSeconds, callFloor(s.all, m.unit), today, m)
	return m
}

// timedOf is what an estimate tells of time; NaN: the lab has to be asked.
func timedOf(e db.Estimate) float64 {
	switch {
	case e.Timed > 0:
		return e.Timed
	case inSeconds(e.Unit):
		return e.Value
	}
	return math.NaN()
}

// timed completes a measure by what its parts take; where the lab cannot tell,
// every unit takes as long.
func (w *whatIf) timed(ctx context.Context, b *bound, c db.Config, m measure) measure {
	if !math.IsNaN(m.timed) {
		return m
	}
	c.Add = relevant(c.Add, b)
	sum := 0.0
	for i, q := range b.queries {
		e, key, err := w.known(ctx, q, c)
		if err != nil {
			return m
		}
		if e.Timed == 0 {
			e.Timed = w.askTimed(ctx, q, c, e.Value)
			w.costs[key] = e
		}
		sum += b.weight(i) * e.Timed
	}
	m.timed = sum / float64(len(b.queries))
	return m
}

// askTimed is otherwise where the lab cannot tell.
func (w *whatIf) askTimed(ctx context.Context, q db.Query, c db.Config, otherwise float64) float64 {
	lab, ok := w.lab.(db.Timer)
	p, err := w.plan(ctx, q, c)
	if !ok || err != nil {
		return otherwise
	}
	w.asked[w.phase]++
	v, err := lab.Timed(ctx, w.standIn(q), db.Config{Add: only(c.Add, p.uses), Hide: c.Hide, Analyze: c.Analyze})
	if err != nil || !usable(v) {
		return otherwise
	}
	return v
}

// prediction sums up what calls take of statements of which all are known,
// weighted by how often each is called; nil: not known.
func (s *search) prediction(list []served) *Prediction {
	p, weight := Prediction{Floor: callFloor(s.all, list[0].after.unit)}, 0.0
	for _, v := range list {
		if !usable(v.before.live.seconds) || !usable(v.after.live.seconds) {
			return nil
		}
		w := max(v.b.load(), leastLoad)
		p.Before, p.After = p.Before+w*v.before.live.seconds, p.After+w*v.after.live.seconds
		p.Low, p.High = p.Low+w*v.after.live.low, p.High+w*v.after.live.high
		weight += w
	}
	p.Before, p.After, p.Low, p.High = p.Before/weight, p.After/weight, p.Low/weight, p.High/weight
	return &p
}

// Text is the prediction in words.
func (p *Prediction) Text() string {
	return fmt.Sprintf("a call from %s to about %s (%s to %s)", seconds(p.Before), seconds(p.After), seconds(p.Low), seconds(p.High))
}
