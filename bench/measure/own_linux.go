package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// Own is how long the calling thread has run.
func Own() (time.Duration, bool) {
	var ts unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano()), err == nil
}
