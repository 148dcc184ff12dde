package advisor

import (
	"math"
	"time"

	"mltop/internal/stat"
)

// What a step in the times before a change has to be to cut off what lies
// before it: so great, so clear of the scatter, and so long ago, that no burst
// of load is taken for one.
const (
	stepFactor  = 5
	stepScatter = 2 // standard deviations within the two levels
	stepLasted  = time.Minute
)

// lastLevel is the end of a record since its last great step: a change is
// compared with what it met, not with how things were before an index was
// dropped.
func lastLevel(list []stat.Bucket) []stat.Bucket {
	for {
		cut := step(list)
		if cut == 0 {
			return list
		}
		list = list[cut:]
	}
}

// step finds the bucket with which a new level begins: the cut that leaves
// least scatter on its two sides (least squares, as in binary segmentation:
// Scott and Knott, Biometrics 30, 1974). It is 0 where no step is great.
func step(list []stat.Bucket) int {
	means, at := logMeans(list)
	all := sumsOf(means)
	var head sums
	best, gain, shift := 0, 0.0, 0.0
	for i := 0; i+minBlocks < len(means); i++ {
		head = head.plus(means[i])
		tail := all.minus(head)
		d := tail.mean() - head.mean()
		if g := d * d * head.n * tail.n / all.n; i+1 >= minBlocks && g > gain {
			best, gain, shift = at[i+1], g, d
		}
	}
	within := math.Sqrt(max(all.scatter()-gain, 0) / max(all.n, 1))
	great := math.Abs(shift) >= math.Log(stepFactor) && math.Abs(shift) >= stepScatter*within
	if !great || span(list[best:]) < stepLasted {
		return 0
	}
	return best
}

// logMeans are the logarithms of the means of buckets with calls, and where
// each of them stands.
func logMeans(list []stat.Bucket) (means []float64, at []int) {
	least := leastMean(list)
	for i, b := range list {
		if b.Latency != nil && b.Latency.Count() > 0 {
			means, at = append(means, math.Log(max(b.Latency.Mean(), least))), append(at, i)
		}
	}
	return means, at
}

// sums of numbers and of their squares.
type sums struct{ n, x, xx float64 }

func sumsOf(list []float64) (s sums) {
	for _, x := range list {
		s = s.plus(x)
	}
	return s
}

func (s sums) plus(x float64) sums { return sums{s.n + 1, s.x + x, s.xx + x*x} }
func (s sums) minus(o sums) sums   { return sums{s.n - o.n, s.x - o.x, s.xx - o.xx} }
func (s sums) mean() float64       { return s.x / max(s.n, 1) }
func (s sums) scatter() float64    { return s.xx - s.x*s.mean() }
