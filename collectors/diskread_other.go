//go:build !linux

package collectors

import (
	"context"

	"github.com/shirou/gopsutil/v3/disk"
)

func diskCounters(ctx context.Context) (map[string]ioCounters, error) {
	all, err := disk.IOCountersWithContext(ctx)
	out := map[string]ioCounters{}
	for name, c := range all {
		out[name] = ioCounters{c.ReadBytes, c.WriteBytes, float64(c.IoTime) / 1000}
	}
	return out, err
}
