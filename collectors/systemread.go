package collectors

import (
	"context"
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
)

// readSystem reads the machine's counters and judges nothing.
func readSystem(ctx context.Context) *systemReading {
	m := &systemReading{at: time.Now(), missing: map[string]string{}}
	host, err := os.Hostname()
	m.host = host
	m.fail(err, "host")
	m.readCPU(ctx)
	m.readMemory(ctx)
	m.readDisks(ctx)
	m.readNetworks(ctx)
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

func (m *systemReading) readDisks(ctx context.Context) {
	all, err := diskCounters(ctx)
	if m.fail(err, "disk_read_bytes_per_second", "disk_write_bytes_per_second") {
		return
	}
	m.disks = map[string]ioCounters{}
	for name, c := range all {
		if shownDisk(name) {
			m.disks[name] = c
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
