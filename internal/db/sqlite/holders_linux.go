package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mltop/internal/db"
)

// Holders lists the processes that have the database file open, but for this
// one and its children. Processes of other users can be hidden: when some
// were, the error is a db.NotMeasured that says how many, beside the list.
func (e *Engine) Holders(ctx context.Context) ([]db.Holder, error) {
	return (&holderWatch{path: e.path}).look(ctx)
}

// WatchHolders answers a function that lists the holders again and again,
// like Holders, and spares most of the work: a call looks into the processes
// that are new or held the file before, and now and then into all.
func (e *Engine) WatchHolders() func(context.Context) ([]db.Holder, error) {
	return (&holderWatch{path: e.path}).look
}

// processesIn lists the processes of /proc by number.
func processesIn() ([]int, error) {
	d, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	pids := make([]int, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids, err
}

// A fileKey is a file's device and inode, which names and containers cannot
// disguise.
type fileKey struct{ device, inode uint64 }

func keyOf(path string) (fileKey, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return fileKey{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return fileKey{uint64(st.Dev), st.Ino}, nil
}

// A fdReader looks through the open files of one process after another.
type fdReader struct {
	buf   [4096]byte
	names []string
}

// holds reports whether a process has the file open. Stat through /proc opens
// nothing.
func (r *fdReader) holds(pid int, file fileKey) (bool, error) {
	dir, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(dir)
	for {
		n, err := unix.ReadDirent(dir, r.buf[:])
		if n <= 0 || err != nil {
			return false, err
		}
		_, _, r.names = unix.ParseDirent(r.buf[:n], -1, r.names[:0])
		for _, name := range r.names {
			var st unix.Stat_t
			if unix.Fstatat(dir, name, &st, 0) == nil && st.Ino == file.inode && uint64(st.Dev) == file.device {
				return true, nil
			}
		}
	}
}

func forbidden(err error) bool { return errors.Is(err, fs.ErrPermission) }

// describe reads what /proc tells; a process that just ended keeps its number
// alone.
func describe(pid int) db.Holder {
	h := db.Holder{PID: pid}
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	if b, err := os.ReadFile(filepath.Join(dir, "comm")); err == nil {
		h.Name = strings.TrimSpace(string(b))
	}
	if b, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil {
		h.Command = commandLine(strings.Split(strings.TrimRight(string(b), "\x00"), "\x00"))
	}
	return h
}
