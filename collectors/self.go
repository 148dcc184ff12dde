package collectors

import (
	"context"
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"
)

// NewSelf answers a function that measures mltop itself; statements counts
// those that it has sent to the target so far, and may be nil.
func NewSelf(statements func() uint64) func() Self {
	m := &selfMeter{process: &process.Process{Pid: int32(os.Getpid())}, statements: statements}
	return m.measure
}

type selfMeter struct {
	process    *process.Process
	statements func() uint64
	at         time.Time
	cpu        float64
	sent       []sent // of the last minute, oldest first
}

type sent struct {
	at time.Time
	n  uint64
}

// measure reads what can be read; a number that cannot stays 0, as mltop
// always may read itself where its numbers exist at all.
func (m *selfMeter) measure() Self {
	ctx, now := context.Background(), time.Now()
	s := Self{Statements: m.statementRate(now)}
	if mem, err := m.process.MemoryInfoWithContext(ctx); err == nil {
		s.RSSBytes = int64(mem.RSS)
	}
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err == nil {
		s.CPURatio = m.cpuRatio(now, time.Duration(used.Utime.Nano()+used.Stime.Nano()).Seconds())
	}
	return s
}

func (m *selfMeter) cpuRatio(now time.Time, cpu float64) (v float64) {
	if dt := now.Sub(m.at).Seconds(); !m.at.IsZero() && dt > 0 {
		v = max(0, cpu-m.cpu) / dt
	}
	m.at, m.cpu = now, cpu
	return v
}

func (m *selfMeter) statementRate(now time.Time) float64 {
	if m.statements == nil {
		return 0
	}
	m.sent = append(m.sent, sent{now, m.statements()})
	for len(m.sent) > 2 && now.Sub(m.sent[1].at) >= time.Minute {
		m.sent = m.sent[1:]
	}
	return ratePerMinute(m.sent[0], m.sent[len(m.sent)-1])
}

func ratePerMinute(a, b sent) float64 {
	if !b.at.After(a.at) || b.n < a.n {
		return 0
	}
	return float64(b.n-a.n) / b.at.Sub(a.at).Minutes()
}
