package collectors

import (
	"context"
	"time"
)

// system reads the machine that mltop runs on.
type system struct {
	fs     *fileSystemProbe
	limits limitsProbe
	before *systemReading
}

// NewSystem makes the collector of this machine; path is a file of the
// database, whose file system is watched too; "" watches none.
func NewSystem(path string) Collector {
	return &system{fs: newFileSystemProbe(path)}
}

func (c *system) Name() string { return "system" }

func (c *system) Collect(ctx context.Context) ([]Section, error) {
	now := readSystem(ctx)
	now.limits = c.limits.read(readLimits)
	s := systemOf(c.before, now)
	c.before = now
	c.fs.fill(ctx, s)
	return []Section{s}, ctx.Err()
}

// A systemReading is the machine's counters and gauges at one instant. Parts
// that could not be read are nil; missing says why, by JSON name.
type systemReading struct {
	at        time.Time
	host      string
	cores     []cpuTimes
	load      *[3]float64
	memUsed   uint64
	memTotal  uint64
	swapUsed  uint64
	swapTotal uint64
	disks     map[string]ioCounters
	networks  map[string]ioCounters
	limits    limits
	missing   map[string]string
}

// cpuTimes are seconds since the machine started.
type cpuTimes struct{ busy, total float64 }

// ioCounters are bytes, and seconds of activity, since the device came.
type ioCounters struct {
	in, out uint64
	busy    float64 // seconds with I/O under way
}

// systemOf judges a reading by the one before; without one there are no
// rates.
func systemOf(before, now *systemReading) *System {
	s := &System{
		At: now.at, Host: now.host, Local: true,
		MemUsed: now.memUsed, MemTotal: now.memTotal, SwapUsed: now.swapUsed, SwapTotal: now.swapTotal,
		Missing: now.missing,
	}
	if now.load != nil {
		s.Load = *now.load
	}
	if why := unfit(before, now); why != "" {
		missRates(s.Missing, why)
	} else {
		s.Interval = now.at.Sub(before.at)
		fillCPU(s, before.cores, now.cores)
		fillDevices(s, before, now)
	}
	applyLimits(s, before, now)
	return s
}

// asleepFor is how much further the wall clock may have moved than the
// monotonic one, which stands still while the machine sleeps.
const asleepFor = 5 * time.Second

// unfit says why two readings give no rates; "" if they do.
func unfit(before, now *systemReading) string {
	switch {
	case before == nil:
		return "first reading: a rate needs two"
	case now.at.Sub(before.at) <= 0:
		return "the clock did not move"
	case now.at.Round(0).Sub(before.at.Round(0))-now.at.Sub(before.at) > asleepFor:
		return "the machine was asleep"
	}
	return ""
}

func missRates(missing map[string]string, why string) {
	for _, name := range []string{
		"cpu_ratio", "disk_read_bytes_per_second", "disk_write_bytes_per_second",
		"network_receive_bytes_per_second", "network_transmit_bytes_per_second",
	} {
		note(missing, name, why)
	}
}

// note gives a reason where none is known yet.
func note(missing map[string]string, name, why string) {
	if missing[name] == "" {
		missing[name] = why
	}
}

func fillCPU(s *System, before, now []cpuTimes) {
	if len(now) == 0 || len(before) != len(now) { // a core was switched on or off
		note(s.Missing, "cpu_ratio", "the number of cores changed")
		return
	}
	var busy, total float64
	s.Cores = make([]float64, len(now))
	for i := range now {
		b, t := now[i].busy-before[i].busy, now[i].total-before[i].total
		s.Cores[i] = part(b, t)
		busy, total = busy+max(b, 0), total+max(t, 0)
	}
	if total <= 0 {
		note(s.Missing, "cpu_ratio", "the processor's clock did not move")
		return
	}
	ratio := part(busy, total)
	s.CPURatio = &ratio
}

// part is a ratio between 0 and 1: counters of cores are not read at one
// instant, and some kernels let idle time run back.
func part(a, b float64) float64 {
	if !(b > 0) {
		return 0
	}
	return min(max(a/b, 0), 1)
}

func fillDevices(s *System, before, now *systemReading) {
	s.Disks, s.DiskRead, s.DiskWrite = deviceRates(before.disks, now.disks, s.Interval, physicalDisk)
	s.Networks, s.NetReceive, s.NetTransmit = deviceRates(before.networks, now.networks, s.Interval, physicalNetwork)
	for i := range s.Networks {
		s.Networks[i].Busy = nil
	}
	if s.DiskRead == nil {
		note(s.Missing, "disk_read_bytes_per_second", "no disk is visible here")
		note(s.Missing, "disk_write_bytes_per_second", "no disk is visible here")
	}
	if s.NetReceive == nil {
		note(s.Missing, "network_receive_bytes_per_second", "no network device is visible here")
		note(s.Missing, "network_transmit_bytes_per_second", "no network device is visible here")
	}
}
