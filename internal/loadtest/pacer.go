package loadtest

import (
	"math"
	"time"
)

// A Pacer says when requests are due. It is a value: the same stages answer
// the same instants, whatever happened meanwhile.
type Pacer struct {
	stages []Stage
	before []float64       // arrivals before each stage
	starts []time.Duration // of each stage
	total  float64
}

// NewPacer paces arrivals whose rate a second goes through stages.
func NewPacer(stages []Stage) Pacer {
	p := Pacer{stages: stages}
	var at time.Duration
	for _, s := range stages {
		p.before, p.starts = append(p.before, p.total), append(p.starts, at)
		p.total += (s.From + s.To) / 2 * s.For.Seconds()
		at += s.For
	}
	return p
}

// Total is how many requests are due in all: the n-th is due when n have been
// before it, so the first one at once.
func (p Pacer) Total() uint64 { return uint64(math.Ceil(p.end())) }

// end is how many arrivals are let through in all.
func (p Pacer) end() float64 { return p.total - roundOff*max(p.total, 1) }

// roundOff: sums of rates times seconds are off by less than that share.
const roundOff = 1e-12

// Due is the instant of the n-th request, from 0; false after the last.
func (p Pacer) Due(n uint64) (time.Duration, bool) {
	return p.at(float64(n))
}

// at is when so many arrivals have been let through; false after the last.
func (p Pacer) at(arrivals float64) (time.Duration, bool) {
	if arrivals >= p.end() {
		return 0, false
	}
	return p.when(arrivals), true
}

func (p Pacer) when(arrivals float64) time.Duration {
	i := len(p.stages) - 1
	for i > 0 && p.before[i] > arrivals {
		i--
	}
	t := p.stages[i].reach(max(0, arrivals-p.before[i]))
	return p.starts[i] + min(time.Duration(t*float64(time.Second)), p.stages[i].For)
}

// until is how many arrivals have been let through up to an instant.
func (p Pacer) until(at time.Duration) float64 {
	for i, s := range p.stages {
		if at < p.starts[i]+s.For {
			t := (at - p.starts[i]).Seconds()
			return p.before[i] + s.From*t + (s.To-s.From)/s.For.Seconds()*t*t/2
		}
	}
	return p.total
}

// reach is when a stage has let m arrivals through: the root of
// from·t + slope·t²/2 = m, in the form that does not cancel.
func (s Stage) reach(m float64) float64 {
	slope := (s.To - s.From) / s.For.Seconds()
	root := s.From + math.Sqrt(max(0, s.From*s.From+2*slope*m))
	if root == 0 {
		return 0
	}
	return 2 * m / root
}

// level is that of the stages at an instant; the last one's end afterwards.
func level(stages []Stage, at time.Duration) float64 {
	for _, s := range stages {
		if at < s.For {
			return s.From + (s.To-s.From)*at.Seconds()/s.For.Seconds()
		}
		at -= s.For
	}
	if len(stages) == 0 {
		return 0
	}
	return stages[len(stages)-1].To
}

// rises is the first instant, from at on, when the level is above n: when a
// virtual user with that number is wanted; false if never again.
func rises(stages []Stage, at time.Duration, n float64) (time.Duration, bool) {
	var start time.Duration
	for _, s := range stages {
		end := start + s.For
		if at < end {
			from := level([]Stage{s}, max(0, at-start))
			switch {
			case from > n:
				return max(at, start), true
			case s.To > n:
				share := (n - s.From) / (s.To - s.From)
				t := start + time.Duration(share*float64(s.For)) + 1
				if t < end {
					return max(t, at), true
				}
			}
		}
		start = end
	}
	return 0, false
}
