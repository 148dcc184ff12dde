package loadtest

import (
	"syscall"
	"time"
)

// cpuSpent is what this process has used of the processors.
func cpuSpent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
