package sqlite

import (
	"time"

	"golang.org/x/sys/unix"
)

// labClock names what runs are measured by.
const labClock = "processor time"

// lowest is the last place in the queue for a processor.
const lowest = 19

// stepBack lowers the priority of the calling thread alone. Where that is
// forbidden, it runs on as before.
func stepBack() { _ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), lowest) }

// stopwatch answers a function that tells the processor time that the calling
// thread has used since: how long it waited for its turn does not count.
func stopwatch() func() time.Duration {
	wall := time.Now()
	begin, ok := threadTime()
	return func() time.Duration {
		if end, now := threadTime(); ok && now {
			return end - begin
		}
		return time.Since(wall)
	}
}

func threadTime() (time.Duration, bool) { return timeBy(unix.CLOCK_THREAD_CPUTIME_ID) }

// ownClock answers the calling thread's stopwatch, to be read from any other.
func ownClock() func() time.Duration {
	const perThread, scheduled = 4, 2 // of a clock's number (include/linux/posix-timers.h)
	wall, id := time.Now(), int32(^unix.Gettid()<<3|perThread|scheduled)
	begin, ok := timeBy(id)
	return func() time.Duration {
		if end, now := timeBy(id); ok && now {
			return end - begin
		}
		return time.Since(wall)
	}
}

func timeBy(clock int32) (time.Duration, bool) {
	var ts unix.Timespec
	err := unix.ClockGettime(clock, &ts)
	return time.Duration(ts.Nano()), err == nil
}
