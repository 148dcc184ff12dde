package advisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Remembered lists the folders whose journals name a file by this path: what
// is left of a target when the file itself is gone, and with it its identity.
func Remembered(stateDir, path string) ([]string, error) {
	journals, err := filepath.Glob(filepath.Join(stateDir, "targets", "*", "journal.json"))
	if err != nil {
		return nil, fmt.Errorf("look for journals: %w", err)
	}
	var dirs []string
	for _, name := range journals {
		entries, err := entriesOf(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(entries, func(e Entry) bool { return e.Path == path }) {
			dirs = append(dirs, filepath.Dir(name))
		}
	}
	return dirs, nil
}

// entriesOf reads a journal without knowing its target; one that makes no
// sense names no file.
func entriesOf(name string) ([]Entry, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read a journal: %w", err)
	}
	var j journalFile
	if json.Unmarshal(data, &j) != nil || j.Version > journalVersion {
		return nil, nil //nolint:nilerr // half a journal, or another mltop's, names nothing for us
	}
	return j.Entries, nil
}

// ForgetGone removes every trace of a file that is gone, under the same
// conditions as Forget.
func ForgetGone(ctx context.Context, stateDir, path string, force bool) error {
	dirs, err := Remembered(stateDir, path)
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range dirs {
		errs = append(errs, forgetFolder(ctx, store{dir: dir, now: time.Now, fault: func(string) {}}, force))
	}
	return errors.Join(errs...)
}

func forgetFolder(ctx context.Context, s store, force bool) error {
	unlock, err := s.waitLock(ctx, func(string) {})
	if err != nil {
		return err
	}
	defer unlock()
	entries, err := entriesOf(s.path("journal.json"))
	if err != nil {
		return err
	}
	return s.forget(entries, force)
}
