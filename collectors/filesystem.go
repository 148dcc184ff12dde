package collectors

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
)

// A fileSystemProbe asks for the room of the database's file system. A mount
// that hangs (a network file system gone) never answers: the question stays
// under way, in one goroutine, and the rest goes on.
type fileSystemProbe struct {
	path    string
	ask     func(path string) (FileSystem, error)
	answers chan fsAnswer
	pending bool
	since   time.Time
}

type fsAnswer struct {
	fs  FileSystem
	err error
}

func newFileSystemProbe(path string) *fileSystemProbe {
	return &fileSystemProbe{path: path, ask: (&fileSystems{}).ask, answers: make(chan fsAnswer, 1)}
}

// statTimeout is long for a disk and short for a person.
const statTimeout = 500 * time.Millisecond

// fill sets the file system, or says why it is not known.
func (p *fileSystemProbe) fill(ctx context.Context, s *System) {
	if p.path == "" {
		note(s.Missing, "file_system", "no file is watched")
		return
	}
	if !p.pending {
		p.pending, p.since = true, time.Now()
		ask, path := p.ask, p.path
		go func() {
			fs, err := ask(path)
			p.answers <- fsAnswer{fs, err}
		}()
	}
	p.await(ctx, s)
}

func (p *fileSystemProbe) await(ctx context.Context, s *System) {
	select {
	case a := <-p.answers: // it came meanwhile
		p.take(a, s)
		return
	default:
	}
	t := time.NewTimer(max(0, statTimeout-time.Since(p.since))) // if it hung the last time, no more waiting
	defer t.Stop()
	select {
	case a := <-p.answers:
		p.take(a, s)
	case <-t.C:
		note(s.Missing, "file_system", "the file system does not answer since "+clock(p.since))
	case <-ctx.Done():
		note(s.Missing, "file_system", "not answered in time")
	}
}

func (p *fileSystemProbe) take(a fsAnswer, s *System) {
	p.pending = false
	if a.err != nil {
		note(s.Missing, "file_system", a.err.Error())
		return
	}
	s.FileSystem = &a.fs
}

// fileSystems knows what is mounted where; one question is under way at a
// time.
type fileSystems struct {
	mounts []disk.PartitionStat
	read   time.Time
}

// remount is how often the mounts are read: rarely does one change.
const remount = time.Minute

func (f *fileSystems) ask(path string) (FileSystem, error) {
	dir := filepath.Dir(path) // the file itself may be gone for a moment
	u, err := disk.Usage(dir)
	if err != nil {
		return FileSystem{}, err
	}
	fs := FileSystem{Type: u.Fstype, Total: u.Total, Free: u.Free}
	f.refresh()
	if abs, err := filepath.Abs(dir); err == nil && len(f.mounts) > 0 {
		fs.Mount, fs.Type = mountOf(abs, f.mounts, fs.Type)
	}
	return fs, nil
}

// refresh reads the mounts when it is time; those known before stand where
// that fails.
func (f *fileSystems) refresh() {
	if !f.read.IsZero() && time.Since(f.read) < remount {
		return
	}
	f.read = time.Now()
	if parts, err := disk.Partitions(true); err == nil {
		f.mounts = parts
	}
}

// mountOf is the mount with the longest path above dir; of two on one path the
// later hides the earlier.
func mountOf(dir string, parts []disk.PartitionStat, fstype string) (mount, kind string) {
	kind = fstype
	for _, p := range parts {
		if len(p.Mountpoint) >= len(mount) && (dir == p.Mountpoint || strings.HasPrefix(dir, strings.TrimSuffix(p.Mountpoint, "/")+"/")) {
			mount, kind = p.Mountpoint, p.Fstype
		}
	}
	return mount, kind
}
