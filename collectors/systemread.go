package collectors

import (
	"context"
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
)

// A systemReader reads the machine's counters and judges nothing.
type systemReader struct {
	disks  []string // those worth reading; each costs look-ups of its label
	listed time.Time
}

func (r *systemReader) read(ctx context.Context) *systemReading {
	m := &systemReading{at: time.Now(), missing: map[string]string{}}
	host, err := os.Hostname()
	m.host = host
	m.fail(err, "host")
	m.readCPU(ctx)
	m.readMemory(ctx)
	r.readDisks(ctx, m)
	m.readNetworks(ctx)
	m.limits = readLimits()
	return m
}

func (m *systemReading) fail(err error, names ...string) bool {
	if err == nil {
		return false
	}
	for _, n := range names {
		note(m.missing, n, err.Error())
	}
	return true
}

func (m *systemReading) readCPU(ctx context.Context) {
	times, err := cpu.TimesWithContext(ctx, true)
	m.fail(err, "cpu_ratio")
	for _, t := range times {
		busy := t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal
		m.cores = append(m.cores, cpuTimes{busy, busy + t.Idle + t.Iowait})
	}
	if l, err := load.AvgWithContext(ctx); !m.fail(err, "load") && l != nil {
		m.load = &[3]float64{l.Load1, l.Load5, l.Load15}
	}
}

func (m *systemReading) readMemory(ctx context.Context) {
	if v, err := mem.VirtualMemoryWithContext(ctx); !m.fail(err, "memory_ratio") {
		m.memTotal, m.memUsed = v.Total, v.Total-min(v.Available, v.Total)
		m.swapTotal, m.swapUsed = v.SwapTotal, v.SwapTotal-min(v.SwapFree, v.SwapTotal)
	}
}

// relist is how often a new disk is looked for.
const relist = 30 * time.Second

func (r *systemReader) readDisks(ctx context.Context, m *systemReading) {
	names := append([]string(nil), r.disks...) // the library writes to it
	if m.at.Sub(r.listed) > relist {
		names = nil
	}
	all, err := disk.IOCountersWithContext(ctx, names...)
	if m.fail(err, "disk_read_bytes_per_second", "disk_write_bytes_per_second") {
		return
	}
	m.disks = map[string]ioCounters{}
	for name, c := range all {
		if shownDisk(name) {
			m.disks[name] = ioCounters{c.ReadBytes, c.WriteBytes, float64(c.IoTime) / 1000}
		}
	}
	if names == nil {
		r.listed, r.disks = m.at, nil
		for name := range m.disks {
			r.disks = append(r.disks, name)
		}
	}
}

func (m *systemReading) readNetworks(ctx context.Context) {
	all, err := net.IOCountersWithContext(ctx, true)
	if m.fail(err, "network_receive_bytes_per_second", "network_transmit_bytes_per_second") {
		return
	}
	m.networks = map[string]ioCounters{}
	for _, c := range all {
		if !hasPrefix(c.Name, []string{"veth"}) {
			m.networks[c.Name] = ioCounters{in: c.BytesRecv, out: c.BytesSent}
		}
	}
}
