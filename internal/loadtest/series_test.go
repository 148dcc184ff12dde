package loadtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// seriesBytes is the memory of all stretches.
func seriesBytes(s *series) (n int) {
	for i := range s.buckets {
		n += s.buckets[i].latency.Bytes() + s.buckets[i].lag.Bytes()
	}
	return n
}

// The most that 600 stretches take, of latencies over three decades: a stretch
// of a busy second is 7 kB, mostly its two sketches.
const seriesBound = 600 * 12_000

// A test of ten minutes fills the series; from there on the memory it takes
// goes down and up again, and never above.
func TestTheSeriesOfALongTestHasABound(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := newSeries()
	var sent uint64
	for at := time.Duration(0); at < 24*time.Hour; at += time.Second {
		n := 20
		if at < 10*time.Minute {
			n = 500
		}
		for range n {
			d := time.Duration(math.Exp(r.NormFloat64()*1.2-6) * 1e9)
			s.add(&record{due: at, ready: at, start: at + d/10, end: at + d, status: 200})
			sent++
		}
		if at%(10*time.Minute) == 0 {
			if got := seriesBytes(&s); got > seriesBound || len(s.buckets) > mostBuckets {
				t.Fatalf("after %v: %d bytes in %d stretches, want at most %d in %d", at, got, len(s.buckets), seriesBound, mostBuckets)
			}
		}
	}
	var kept uint64
	for i := range s.buckets {
		kept += s.buckets[i].sent
	}
	if kept != sent {
		t.Errorf("%d of %d requests are left in the series", kept, sent)
	}
}
