package collectors

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mltop/internal/db"
)

// processes watches those that hold the database's file, and those that a
// user named.
type processes struct {
	holders func(context.Context) ([]db.Holder, error)
	named   []int
	read    func(ctx context.Context, pid int, known *processReading) (*processReading, error)

	held    []db.Holder
	heldErr error
	asked   time.Time
	before  map[int]*processReading
}

// NewProcesses makes the collector of the processes that hold the database's
// file open, as holders finds them (nil: nobody looks), and of those in pids.
func NewProcesses(holders func(context.Context) ([]db.Holder, error), pids []int) Collector {
	return &processes{holders: holders, named: pids, read: readProcess, before: map[int]*processReading{}}
}

func (c *processes) Name() string { return "processes" }

func (c *processes) Collect(ctx context.Context) ([]Section, error) {
	c.findHolders(ctx)
	s := &Processes{At: time.Now(), Missing: map[string]string{}}
	if c.heldErr != nil {
		note(s.Missing, "holders", c.heldErr.Error())
	}
	readings := map[int]*processReading{}
	for _, pid := range c.pids() {
		now, err := c.read(ctx, pid, c.before[pid])
		if err != nil {
			note(s.Missing, fmt.Sprintf("pid %d", pid), err.Error())
			continue
		}
		readings[pid] = now
		s.List = append(s.List, processOf(c.before[pid], now, c.holds(pid), s))
	}
	c.before = readings
	return []Section{s}, ctx.Err()
}

// findAgain is how often holders are looked for: it walks over the processes.
const findAgain = 5 * time.Second

func (c *processes) findHolders(ctx context.Context) {
	if c.holders == nil || time.Since(c.asked) < findAgain {
		return
	}
	c.asked = time.Now()
	c.held, c.heldErr = c.holders(ctx)
}

func (c *processes) pids() []int {
	pids := slices.Clone(c.named)
	for _, h := range c.held {
		pids = append(pids, h.PID)
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

func (c *processes) holds(pid int) bool {
	return slices.ContainsFunc(c.held, func(h db.Holder) bool { return h.PID == pid })
}

// A processReading is one process's totals at one instant. Nil was not
// readable; denied says why.
type processReading struct {
	at          time.Time
	pid         int
	name        string
	command     string
	started     time.Time
	cpuSeconds  float64
	rss         uint64
	threads     int
	files       *int
	read, wrote *uint64
	denied      map[string]string
	sqlite      sqliteLibrary
}

// sqliteLibrary is the shared SQLite that a process maps; empty if it has its
// own, or none.
type sqliteLibrary struct{ path, version string }

// processOf judges a reading by the one before. The same number with another
// start is another process.
func processOf(before, now *processReading, holds bool, s *Processes) Process {
	p := Process{
		PID: now.pid, Name: now.name, Command: now.command, RSSBytes: now.rss, Threads: now.threads,
		OpenFiles: now.files, HoldsFile: holds, StartedAt: now.started,
		LinkedSQLite: now.sqlite.path, LinkedSQLiteVer: now.sqlite.version,
	}
	for field, why := range now.denied {
		note(s.Missing, field, fmt.Sprintf("pid %d: %s", now.pid, why))
	}
	if before == nil || !sameStart(before, now) || !now.at.After(before.at) {
		return p
	}
	dt := now.at.Sub(before.at)
	s.Interval = dt
	p.CPURatio = perSecond(before.cpuSeconds, now.cpuSeconds, dt)
	p.ReadPerSecond = bytesPerSecond(before.read, now.read, dt)
	p.WritePerSecond = bytesPerSecond(before.wrote, now.wrote, dt)
	return p
}

// sameStart allows for a start that is reckoned from the clock and so wavers
// by a second.
func sameStart(a, b *processReading) bool {
	d := a.started.Sub(b.started)
	return max(d, -d) < 2*time.Second
}

// perSecond is nil when a counter ran back.
func perSecond(before, now float64, dt time.Duration) *float64 {
	if now < before || dt <= 0 {
		return nil
	}
	v := (now - before) / dt.Seconds()
	return &v
}

func bytesPerSecond(before, now *uint64, dt time.Duration) *float64 {
	if before == nil || now == nil {
		return nil
	}
	return perSecond(float64(*before), float64(*now), dt)
}
