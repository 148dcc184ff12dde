package stat

import "time"

// A Bucket holds what was measured in [Start, Start+Width), in seconds.
type Bucket struct {
	Start   time.Time
	Width   time.Duration
	Latency *Sketch
}
