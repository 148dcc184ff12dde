package collectors

import (
	"context"
	"fmt"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// readProcess reads one process's totals. What does not change while a
// process lives is taken from known.
func readProcess(ctx context.Context, pid int, known *processReading) (*processReading, error) {
	p := &process.Process{Pid: int32(pid)}
	started, err := p.CreateTimeWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("process is gone: %w", err)
	}
	r := &processReading{at: time.Now(), pid: pid, started: time.UnixMilli(started), denied: map[string]string{}}
	if known != nil && sameStart(known, r) {
		r.name, r.command, r.sqlite = known.name, known.command, known.sqlite
	} else {
		r.readIdentity(ctx, p)
	}
	r.readTotals(ctx, p)
	r.readIO(ctx, p)
	return r, nil
}

func (r *processReading) deny(err error, fields ...string) bool {
	if err == nil {
		return false
	}
	for _, f := range fields {
		r.denied[f] = err.Error()
	}
	return true
}

func (r *processReading) readIdentity(ctx context.Context, p *process.Process) {
	var err error
	r.name, err = p.NameWithContext(ctx)
	r.deny(err, "name")
	args, err := p.CmdlineSliceWithContext(ctx)
	r.deny(err, "command")
	r.command = MaskCommand(args)
	r.sqlite, err = linkedSQLite(r.pid)
	r.deny(err, "linked_sqlite")
}

func (r *processReading) readTotals(ctx context.Context, p *process.Process) {
	if t, err := p.TimesWithContext(ctx); !r.deny(err, "cpu_ratio") {
		r.cpuSeconds = t.User + t.System
	}
	if m, err := p.MemoryInfoWithContext(ctx); !r.deny(err, "rss_bytes") {
		r.rss = m.RSS
	}
	n, err := p.NumThreadsWithContext(ctx)
	r.deny(err, "threads")
	r.threads = int(n)
}

func (r *processReading) readIO(ctx context.Context, p *process.Process) {
	if n, err := p.NumFDsWithContext(ctx); !r.deny(err, "open_files") {
		files := int(n)
		r.files = &files
	}
	io, err := p.IOCountersWithContext(ctx)
	if !r.deny(err, "read_bytes_per_second", "write_bytes_per_second") {
		r.read, r.wrote = &io.ReadBytes, &io.WriteBytes
	}
}
