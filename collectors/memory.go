package collectors

import (
	"io/fs"
	"path"
	"strings"
)

// A Room is what a process may use of its machine: all of it, or what its
// container allows.
type Room struct {
	Memory    uint64 // bytes
	Available uint64 // of it, for somebody who asks now
	Cores     float64
	Limited   bool // by a container
}

// limit takes a container's limits where they are lower.
func (r *Room) limit(l limits) {
	if l.memMax > 0 && l.memMax < r.Memory {
		r.Memory, r.Limited = l.memMax, true
		r.Available = min(r.Available, l.memMax-min(l.memUsed, l.memMax))
	}
	if l.cpus > 0 && l.cpus < r.Cores {
		r.Cores, r.Limited = l.cpus, true
	}
}

// oldLimits reads the memory limits of cgroup version 1, the tightest on the
// way up. There "no limit" is a number beyond every machine's memory.
func oldLimits(root fs.FS, groups string) (l limits) {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] != "memory" {
			continue
		}
		for dir := path.Join("memory", parts[2]); ; dir = path.Dir(dir) {
			if v := number(root, dir, "memory.limit_in_bytes"); v > 0 && (l.memMax == 0 || uint64(v) < l.memMax) {
				l.memMax = uint64(v)
				l.memUsed = uint64(max(0, number(root, dir, "memory.usage_in_bytes")-keyed(root, dir, "memory.stat", "total_inactive_file")))
			}
			if dir == "memory" || dir == "." {
				break
			}
		}
	}
	return l
}
