package loadtest

import (
	"syscall"
	"time"
)

// steady prepares the present thread, which is the caller's alone, for short
// sleeps: the kernel would else put wake-ups together that are 50 µs apart.
func steady() {
	const setTimerSlack = 29                                   // PR_SET_TIMERSLACK
	syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0) //nolint:errcheck // it only is less exact then
}

// rest sleeps in the kernel: Go's own timers wake up to a millisecond late
// (golang/go#44343).
func rest(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil) //nolint:errcheck // a signal wakes: the caller looks at the clock again
}
