package collectors

import "os"

// readLimits reads the limits of the container that mltop itself runs in.
func readLimits() limits {
	self, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return limits{} // no /proc: no limits that we could see
	}
	return limitsIn(os.DirFS("/sys/fs/cgroup"), string(self))
}
