package advisor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// replace writes a file so that after a crash either the old or the new one
// is there, whole: temporary file, fsync, rename, fsync of the folder.
func (s store) replace(name string, data []byte, point string) error {
	if err := s.makeDir(); err != nil {
		return err
	}
	temp, err := writeTemp(s.dir, data)
	if err != nil {
		return err
	}
	s.fault(point + ": file synced")
	if err := os.Rename(temp, s.path(name)); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	s.fault(point + ": folder synced")
	return nil
}

// writeTemp writes and syncs a new file and answers its path; on an error
// nothing is left.
func writeTemp(dir string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = giveToOwner(f, dir)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// giveToOwner makes the folder's owner the file's: under sudo the state
// stays the user's.
func giveToOwner(f *os.File, dir string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}

// makeDir makes the target's folder, durably and for the user alone.
func (s store) makeDir() error {
	if _, err := os.Stat(s.dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(s.dir)), syncDir(filepath.Dir(filepath.Dir(s.dir))))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lockPoll is how often a lock that another mltop holds is asked for again.
const lockPoll = 50 * time.Millisecond

// errLocked means that another mltop is changing this target.
var errLocked = errors.New("another mltop is changing this database")

// lock takes the target's lock. It is the kernel's, so it ends with its
// holder, however that ends.
func (s store) lock() (release func(), err error) {
	if err := s.makeDir(); err != nil {
		return nil, fmt.Errorf("lock the journal: %w", err)
	}
	f, err := os.OpenFile(s.path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errForgotten
	}
	if err != nil {
		return nil, fmt.Errorf("lock the journal: %w", err)
	}
	s.fault("lock: opened")
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		defer f.Close()
		return nil, lockError(f, err)
	}
	if !s.standsAt(f, "lock") {
		return nil, errors.Join(errForgotten, f.Close())
	}
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return func() { _ = f.Close() }, nil
}

// errForgotten means that the target's folder was removed while its lock was
// asked for: the lock is taken of the folder that comes next.
var errForgotten = fmt.Errorf("%w: its folder is being removed", errLocked)

// standsAt reports whether an open file is still the one of that name.
func (s store) standsAt(f *os.File, name string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(s.path(name))
	return err == nil && os.SameFile(mine, there)
}

// underWay reports whether somebody holds the target's lock. It writes
// nothing and makes nothing.
func (s store) underWay() (bool, error) {
	f, err := os.Open(s.path("lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the journal's lock: %w", err)
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

func lockError(f *os.File, err error) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("lock the journal: %w", err)
	}
	pid := make([]byte, 20)
	n, _ := f.ReadAt(pid, 0)
	return fmt.Errorf("%w (pid %s)", errLocked, strings.TrimSpace(string(pid[:n])))
}

// waitLock waits for the lock until ctx ends; waiting is told once.
func (s store) waitLock(ctx context.Context, waiting func(string)) (func(), error) {
	told := false
	for {
		release, err := s.lock()
		if !errors.Is(err, errLocked) {
			return release, err
		}
		if !told {
			waiting(err.Error())
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lockPoll):
		}
	}
}
