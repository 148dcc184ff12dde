package collectors

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// MemoryOf reads what a process of this machine may use, by its number and
// the names it may have: of another name, it is somebody else's. Number 0 is
// this machine without the process's own limits.
func MemoryOf(pid int, names []string) (Room, error) {
	room := Room{Cores: float64(runtime.NumCPU())}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return room, fmt.Errorf("read this machine's memory: %w", err)
	}
	room.Memory, room.Available = kibOf(string(info), "MemTotal"), kibOf(string(info), "MemAvailable")
	if pid == 0 {
		return room, nil
	}
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	name, err := os.ReadFile(filepath.Join(proc, "comm"))
	if err != nil || !slices.Contains(names, strings.TrimSpace(string(name))) {
		return Room{}, fmt.Errorf("process %d of this machine is not the server", pid)
	}
	groups, err := os.ReadFile(filepath.Join(proc, "cgroup"))
	if err != nil {
		return room, fmt.Errorf("read the server's limits: %w", err)
	}
	room.limit(limitsIn(os.DirFS("/sys/fs/cgroup"), string(groups)))
	room.limit(oldLimits(os.DirFS("/sys/fs/cgroup"), string(groups)))
	return room, nil
}

// kibOf reads a line of /proc/meminfo; 0 when it has none.
func kibOf(info, key string) uint64 {
	for line := range strings.Lines(info) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == key+":" {
			n, _ := strconv.ParseUint(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
