package stat

import "time"

// Rate is what a counter rose by in a second. A counter that fell was reset
// in between: what it holds now was counted since, as Prometheus' rate()
// takes it, so the rate is at least that. ok is false where nothing can be
// said: no time between, or no counts.
func Rate(prev, cur float64, dt time.Duration) (perSecond float64, ok bool) {
	if dt <= 0 || !(prev >= 0) || !(cur >= 0) || cur > maxCounter || prev > maxCounter {
		return 0, false
	}
	rise := cur - prev
	if rise < 0 {
		rise = cur
	}
	return rise / dt.Seconds(), true
}

// maxCounter keeps infinities out.
const maxCounter = 1e300
