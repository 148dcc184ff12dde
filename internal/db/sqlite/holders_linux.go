package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"mltop/internal/db"
)

// Holders lists the processes that have the database file open, but for this
// one and its children. Processes of other users can be hidden: when some
// were, the error is a db.NotMeasured that says how many, beside the list.
func (e *Engine) Holders(ctx context.Context) ([]db.Holder, error) {
	info, err := os.Stat(e.path)
	if err != nil {
		return nil, problemOfStat(e.path, err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, db.NotMeasuredf("/proc cannot be read: %v", err)
	}
	var out []db.Holder
	hidden := 0
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return out, err
		}
		holds, err := holdsFile(pid, info)
		if errors.Is(err, fs.ErrPermission) {
			hidden++
		}
		if holds {
			out = append(out, describe(pid))
		}
	}
	if hidden > 0 {
		return out, db.NotMeasuredf("the open files of %d processes of other users cannot be seen: run mltop as the user that runs the application", hidden)
	}
	return out, nil
}

// holdsFile compares device and inode, which names and containers cannot
// disguise. Stat through /proc opens nothing.
func holdsFile(pid int, file os.FileInfo) (bool, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	fds, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	want := file.Sys().(*syscall.Stat_t)
	for _, fd := range fds {
		var st syscall.Stat_t
		if syscall.Stat(filepath.Join(dir, fd.Name()), &st) == nil && st.Ino == want.Ino && st.Dev == want.Dev {
			return true, nil
		}
	}
	return false, nil
}

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
