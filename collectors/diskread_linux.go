package collectors

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// diskCounters reads the kernel's own table: gopsutil would look up the serial
// number and the label of every disk besides, in six files, at every tick.
func diskCounters(context.Context) (map[string]ioCounters, error) {
	path := filepath.Join(cmp.Or(os.Getenv("HOST_PROC"), "/proc"), "diskstats") // as gopsutil finds it
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the disks' counters: %w", err)
	}
	return parseDiskstats(string(text))
}

// The fields of a line of /proc/diskstats, and the size of its sectors whatever
// the disk's are: Documentation/admin-guide/iostats.rst of the kernel.
const (
	diskstatsName    = 2
	diskstatsRead    = 5
	diskstatsWritten = 9
	diskstatsBusy    = 12 // milliseconds
	diskstatsSector  = 512
)

// parseDiskstats leaves out disks that nothing was ever asked of.
func parseDiskstats(text string) (map[string]ioCounters, error) {
	out := map[string]ioCounters{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) <= diskstatsBusy {
			continue // of a kernel that tells less of a partition
		}
		var n [diskstatsBusy + 1]uint64
		for _, i := range []int{diskstatsRead, diskstatsWritten, diskstatsBusy} {
			v, err := strconv.ParseUint(f[i], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read the disks' counters: %w", err)
			}
			n[i] = v
		}
		c := ioCounters{n[diskstatsRead] * diskstatsSector, n[diskstatsWritten] * diskstatsSector, float64(n[diskstatsBusy]) / 1000}
		if c != (ioCounters{}) {
			out[f[diskstatsName]] = c
		}
	}
	return out, nil
}
