package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	dirPattern  = "mltop-demo-"
	keptPattern = "mltop-kept-"
	lockName    = "lock"
	// staleAge is how old a folder without a lock must be before it is taken
	// for one that was never finished.
	staleAge = time.Hour
)

// A workdir holds every file of one demo. Its lock dies with the process, so
// that the next demo can tell a folder in use from one left behind.
type workdir struct {
	path string
	lock *os.File
	keep bool
}

// openWorkdir makes a folder below parent, after sweeping away those whose
// process died.
func openWorkdir(parent string, keep bool) (*workdir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	sweep(parent)
	pattern := dirPattern
	if keep {
		pattern = keptPattern
	}
	path, err := os.MkdirTemp(parent, pattern+"*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the demo: %w", err)
	}
	lock, err := lockFile(filepath.Join(path, lockName), os.O_CREATE)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the demo's folder: %w", err), os.RemoveAll(path))
	}
	return &workdir{path, lock, keep}, nil
}

func (w *workdir) file(name string) string { return filepath.Join(w.path, name) }

// close removes the folder, unless it is to be kept.
func (w *workdir) close() error {
	defer w.lock.Close()
	if w.keep {
		return os.Remove(w.file(lockName))
	}
	return os.RemoveAll(w.path)
}

// sweep removes the folders of demos that were killed. What cannot be
// removed is somebody else's.
func sweep(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, dirPattern+"*"))
	for _, path := range found {
		if abandoned(path) {
			_ = os.RemoveAll(path)
		}
	}
}

// abandoned reports whether no process works in a demo's folder.
func abandoned(path string) bool {
	lock, err := lockFile(filepath.Join(path, lockName), 0)
	if err == nil {
		lock.Close()
		return true
	}
	info, statErr := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist) && statErr == nil && info.IsDir() && time.Since(info.ModTime()) > staleAge
}

// lockFile opens a file and takes its lock, or fails at once.
func lockFile(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
