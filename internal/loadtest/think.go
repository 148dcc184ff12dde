package loadtest

import (
	"math/rand/v2"
	"time"
)

// A Think is how long a user waits before going on: between two times, each
// as likely, or with a mean, as people do who have no memory (exponential).
type Think struct {
	Min, Max time.Duration
	Mean     time.Duration
}

// longestThink bounds an exponential think time: one in 22,000 is longer.
const longestThink = 10

func (t Think) draw(r *rand.Rand) time.Duration {
	switch {
	case t.Mean > 0:
		return time.Duration(min(r.ExpFloat64(), longestThink) * float64(t.Mean))
	case t.Max > t.Min:
		return t.Min + time.Duration(r.Int64N(int64(t.Max-t.Min)+1))
	}
	return t.Min
}

// random is a source of chances that is the same whenever it is asked for by
// the same numbers.
func random(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }
