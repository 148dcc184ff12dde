//go:build !linux

package sqlite

import "time"

// labClock names what runs are measured by.
const labClock = "elapsed time"

func stepBack() {}

func stopwatch() func() time.Duration {
	begin := time.Now()
	return func() time.Duration { return time.Since(begin) }
}

func ownClock() func() time.Duration { return stopwatch() }
