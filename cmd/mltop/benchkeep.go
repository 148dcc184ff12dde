package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mltop/internal/config"
	"mltop/internal/wire"
)

// keptRuns is how many results are kept: the oldest go first. One is some
// hundred kilobytes at most.
const keptRuns = 200

// A benchStore is the folder of kept results.
type benchStore struct{ dir string }

func newBenchStore(p config.Paths) benchStore { return benchStore{filepath.Join(p.State, "bench")} }

// keep writes a result under a name made of its time, and answers that name.
func (s benchStore) keep(b *wire.Bench) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of results: %w", err)
	}
	b.ID = b.Time.Format("20060102-150405.000") + "-" + b.Digest[:4]
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("keep the result: %w", err)
	}
	if err := replaceFile(s.path(b.ID), text); err != nil {
		return fmt.Errorf("keep the result: %w", err)
	}
	if err := os.Chmod(s.path(b.ID), 0o600); err != nil {
		return fmt.Errorf("close the result to others: %w", err)
	}
	return s.prune()
}

func (s benchStore) path(id string) string { return filepath.Join(s.dir, id+".json") }

// ids of all kept results, the oldest first.
func (s benchStore) ids() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the kept results: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (s benchStore) prune() error {
	ids, err := s.ids()
	if err != nil {
		return err
	}
	for len(ids) > keptRuns {
		if err := os.Remove(s.path(ids[0])); err != nil {
			return fmt.Errorf("remove an old result: %w", err)
		}
		ids = ids[1:]
	}
	return nil
}

// find reads a result: a file, a kept one by the beginning of its name, or
// last, last~1 and so on.
func (s benchStore) find(name string) (wire.Bench, error) {
	path := name
	if _, err := os.Stat(name); err != nil {
		id, err := s.lookUp(name)
		if err != nil {
			return wire.Bench{}, err
		}
		path = s.path(id)
	}
	var b wire.Bench
	text, err := os.ReadFile(path)
	if err != nil {
		return b, fmt.Errorf("read a result: %w", err)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return b, fmt.Errorf("%s is no result of mltop bench: %w", name, err)
	}
	if b.SchemaVersion != wire.BenchVersion {
		return b, fmt.Errorf("%s has schema_version %d; this mltop reads %d", name, b.SchemaVersion, wire.BenchVersion)
	}
	if b.ID == "" {
		b.ID = filepath.Base(name)
	}
	return b, nil
}

func (s benchStore) lookUp(name string) (string, error) {
	ids, err := s.ids()
	if err != nil {
		return "", err
	}
	if rest, ok := strings.CutPrefix(name, "last"); ok {
		back := 0
		if rest != "" {
			if _, err := fmt.Sscanf(rest, "~%d", &back); err != nil {
				return "", usagef("%q is none of last, last~1, …", name)
			}
		}
		if back < 0 || back >= len(ids) {
			return "", usagef("%s: %d results are kept", name, len(ids))
		}
		return ids[len(ids)-1-back], nil
	}
	var hits []string
	for _, id := range ids {
		if strings.HasPrefix(id, name) {
			hits = append(hits, id)
		}
	}
	if len(hits) != 1 {
		return "", usagef("%q is no file, and %d kept results begin with it: mltop bench runs lists them", name, len(hits))
	}
	return hits[0], nil
}
