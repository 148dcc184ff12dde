package sqlite

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// labPrefix and the process id behind it name our temporary folders, so that
// one that a killed mltop left can be told from one in use.
const labPrefix = "mltop-lab-"

// makeLabDir makes a folder that only this user can enter, and removes those
// that killed processes left.
func makeLabDir(parent string) (string, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	sweepErr := sweepLabs(parent)
	dir, err := os.MkdirTemp(parent, fmt.Sprintf("%s%d-", labPrefix, os.Getpid()))
	if err != nil {
		return "", errors.Join(fmt.Errorf("make a temporary folder: %w", err), sweepErr)
	}
	return dir, nil
}

// sweepLabs removes the folders of processes that are gone.
func sweepLabs(parent string) error {
	found, err := filepath.Glob(filepath.Join(parent, labPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range found {
		if pid, ok := labOwner(dir); ok && !alive(pid) {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}

// labOwner reads the process id out of a folder's name.
func labOwner(dir string) (int, bool) {
	words := strings.SplitN(strings.TrimPrefix(filepath.Base(dir), labPrefix), "-", 2)
	pid, err := strconv.Atoi(words[0])
	return pid, err == nil && len(words) == 2 && pid > 0
}

// alive reports whether a process with this id exists; one of another user
// does.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

func removeLabDir(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the what-if copy: %w", err)
	}
	return nil
}

// makeLabFile makes an empty file that only this user can read, before any
// SQLite handle exists on it.
func makeLabFile(dir string) (uri string, err error) {
	path := filepath.Join(dir, "copy.db")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("make the copy's file: %w", err)
	}
	return fileURI(path, "rw"), f.Close()
}

// fileURI names a file to SQLite, whatever marks its path holds.
func fileURI(path, mode string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=" + mode}
	return u.String()
}
