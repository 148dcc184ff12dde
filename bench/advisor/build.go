package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// A built outcome is what the trial has that it did not have at first.
type built struct {
	added, dropped []*db.Index
	bytes          int64            // of what was added, less what was dropped
	took           map[string]int64 // what each new index takes, by its name
}

// build carries steps out on the trial and reads the catalog afterwards.
func (h *host) build(ctx context.Context, steps []db.Step) (*built, error) {
	before, err := h.schema(ctx)
	if err != nil {
		return nil, err
	}
	b := &built{took: map[string]int64{}}
	for _, s := range steps {
		bytes, err := h.pages(ctx)
		if err == nil {
			err = run(ctx, h.trial, s.Do...)
		}
		if err != nil {
			return nil, err
		}
		after, err := h.pages(ctx)
		if err != nil {
			return nil, err
		}
		b.took[s.Object.Name], b.bytes = after-bytes, b.bytes+after-bytes
	}
	if err := h.settle(ctx); err != nil {
		return nil, err
	}
	after, err := h.schema(ctx)
	if err != nil {
		return nil, err
	}
	b.added, b.dropped = missing(after, before), missing(before, after)
	if h.engine == "sqlite" {
		return b, nil
	}
	for _, ix := range b.added {
		b.took[ix.Name] = bytesOf(ix)
		b.bytes += bytesOf(ix)
	}
	for _, ix := range b.dropped {
		b.bytes -= bytesOf(ix)
	}
	return b, nil
}

// pages are the bytes of a file's pages in use; SQLite tells no index's, so
// that each is what the file grew by. A server tells them.
func (h *host) pages(ctx context.Context) (bytes int64, err error) {
	if h.engine == "sqlite" {
		err = h.trial.QueryRowContext(ctx, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&bytes)
	}
	return bytes, err
}

// settle has the server count what was built; MariaDB knows an index's pages
// only then.
func (h *host) settle(ctx context.Context) error {
	if h.engine != "mysql" {
		return nil
	}
	return run(ctx, h.trial, "ANALYZE TABLE "+strings.Join(h.on.tables, ", "))
}

func (h *host) schema(ctx context.Context) (s *db.Schema, err error) {
	e, err := h.attach(ctx, trialName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return e.Schema(ctx)
}

func missing(in, from *db.Schema) []*db.Index {
	var out []*db.Index
	for _, t := range in.Tables {
		for _, ix := range t.Indexes {
			if from.Index(ix.Name) == nil {
				out = append(out, ix)
			}
		}
	}
	return out
}

func bytesOf(ix *db.Index) int64 {
	if ix.Bytes == nil {
		return 0
	}
	return *ix.Bytes
}

// restore takes back what was built.
func (h *host) restore(ctx context.Context, b *built) error {
	for _, ix := range b.added {
		if err := run(ctx, h.trial, h.drop(ix)); err != nil {
			return err
		}
	}
	for _, ix := range b.dropped {
		names := make([]string, len(ix.Columns))
		for i, c := range ix.Columns {
			names[i] = c.Name
		}
		if err := run(ctx, h.trial, fmt.Sprintf("CREATE INDEX %s ON %s (%s)", ix.Name, ix.Table, strings.Join(names, ", "))); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) drop(ix *db.Index) string {
	if h.engine == "mysql" {
		return "DROP INDEX `" + ix.Name + "` ON `" + ix.Table + "`"
	}
	return `DROP INDEX "` + ix.Name + `"`
}
