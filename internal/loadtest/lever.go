package loadtest

import (
	"math"
	"sync"
	"sync/atomic"

	"mltop/internal/wire"
)

// A lever is what somebody makes of the level of a run while it goes on: of
// the rate of an open one, of the users of a closed one.
type lever struct {
	factor atomic.Uint64 // as the bits of a float; 0 is a pause
	mu     sync.Mutex    // of what follows
	moved  chan struct{} // closed by the next move
	moves  []wire.BenchMove
}

func newLever() *lever {
	l := &lever{moved: make(chan struct{})}
	l.factor.Store(math.Float64bits(1))
	return l
}

func (l *lever) at() float64 { return math.Float64frombits(l.factor.Load()) }

// look answers the factor, and a channel that is closed when it is another.
func (l *lever) look() (float64, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at(), l.moved
}

// mostMoves are kept: nobody presses more keys in earnest.
const mostMoves = 200

func (l *lever) move(factor, at float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if factor == l.at() {
		return
	}
	l.factor.Store(math.Float64bits(factor))
	if len(l.moves) < mostMoves {
		l.moves = append(l.moves, wire.BenchMove{At: at, Factor: factor})
	}
	close(l.moved)
	l.moved = make(chan struct{})
}

// told are the moves so far.
func (l *lever) told() []wire.BenchMove {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]wire.BenchMove(nil), l.moves...)
}

// The bounds of what keys may make of a level: ten times as much and a
// hundredth are never a slip.
const (
	mostFactor  = 10
	leastFactor = 0.01
)

// Scale multiplies the rate of an open run, or the users of a closed one,
// from now on, and answers the factor that it then has; 0 is a pause. The
// time of the test goes on.
func (r *Run) Scale(factor float64) float64 {
	if factor > 0 {
		factor = min(max(factor, leastFactor), mostFactor)
	}
	r.lever.move(factor, r.elapsed().Seconds())
	return factor
}
