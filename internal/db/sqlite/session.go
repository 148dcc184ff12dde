package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A source is where a read goes, and whether the connection may stay open
// behind it.
type source struct {
	uri  string
	keep bool
}

// readFrom finds or opens a connection, runs f, and keeps the connection only
// where that costs nobody anything.
func (e *Engine) readFrom(ctx context.Context, s fileState, f func(*conn) error) error {
	src, err := e.source(ctx, s)
	if err != nil {
		return err
	}
	if e.kept != nil && (e.kept.uri != src.uri || !src.keep || !e.kept.file.same(s.id)) {
		if err := e.drop(); err != nil {
			return err
		}
	}
	if e.kept == nil {
		c, err := openConn(src.uri, e.o.Trace)
		if err != nil {
			return err
		}
		e.kept = &session{c, src.uri, s.id}
	}
	err = f(e.kept.c)
	if !src.keep || err != nil || e.turnedWAL(s) {
		err = errors.Join(err, e.drop())
	}
	return err
}

// turnedWAL reports whether the application changed the journal mode under
// our idle connection; it must not stay open then. Whoever has read a database
// in WAL mode has its -wal file open: it is there.
func (e *Engine) turnedWAL(s fileState) bool {
	return e.kept.uri != copyURI(e.copy.path) && sizeOf(s.path+"-wal") != nil
}

// drop closes the connection, if one is open.
func (e *Engine) drop() error {
	if e.kept == nil {
		return nil
	}
	c := e.kept.c
	e.kept = nil
	if err := c.close(); err != nil {
		return fmt.Errorf("close the connection: %w", err)
	}
	return nil
}

// source decides what to read: the file, or a copy of it.
func (e *Engine) source(ctx context.Context, s fileState) (source, error) {
	direct := readURI(s.path, e.o.BusyTimeout)
	h, err := e.head.read(ctx, e.child, s)
	alone := errors.Is(err, errNoChild) // then nobody can make a copy either
	if err != nil && !alone {
		return source{}, err
	}
	if !h.wal() && s.wal == nil {
		return source{direct, true}, nil
	}
	if s.wal != nil && s.shm != nil || alone || e.awaitWAL(ctx, s) {
		return source{uri: direct}, nil
	}
	if err := e.copy.refresh(ctx, e, s); err != nil {
		return source{}, err
	}
	return source{copyURI(e.copy.path), true}, nil
}

// Applications that open and close a connection for each request have their
// -wal and -shm files for moments only.
const (
	awaitWALFor   = 40 * time.Millisecond
	awaitWALEvery = 2 * time.Millisecond
)

// awaitWAL waits for the application to have its WAL open, and answers
// whether the file may be opened: a reader that comes alone makes -wal and
// -shm anew and leaves them behind. It may do so where it is sure that an
// application works with the file (it was written since the last look) and
// that these files will belong to the same user.
func (e *Engine) awaitWAL(ctx context.Context, s fileState) bool {
	if e.seen.path == "" || e.seen.modified.Equal(s.modified) && e.seen.size == s.size {
		return false
	}
	for end := time.Now().Add(awaitWALFor); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(awaitWALEvery) {
		if sizeOf(s.path+"-wal") != nil && sizeOf(s.path+"-shm") != nil {
			return true
		}
	}
	// As root, SQLite gives the files it makes to the database's owner.
	return os.Geteuid() == 0 || os.Geteuid() == s.owner
}

// A headerCache keeps the header of a file that did not change since.
type headerCache struct {
	last *header
	of   fileState
}

// read answers the file's header, through the child.
func (h *headerCache) read(ctx context.Context, c *child, s fileState) (*header, error) {
	if h.last != nil && h.of.id.same(s.id) && h.of.size == s.size && h.of.modified.Equal(s.modified) {
		return h.last, nil
	}
	a, err := c.ask(ctx, rawRequest{})
	if err != nil {
		return nil, err
	}
	if a.Error != "" {
		return nil, nil // SQLite's own error about the same file says more
	}
	h.last, h.of = parseHeader(a.Header), s
	return h.last, nil
}

// A privateCopy is a copy of a WAL database that nobody has open.
type privateCopy struct {
	dir, path string
	of        fileState
}

// refresh makes the copy, if the one that is there is not of this very file.
func (p *privateCopy) refresh(ctx context.Context, e *Engine, s fileState) error {
	if p.path != "" && p.of.id.same(s.id) && p.of.size == s.size && p.of.modified.Equal(s.modified) {
		return nil
	}
	if err := errors.Join(e.drop(), p.remove()); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(e.o.TempDir, "mltop-copy-")
	if err != nil {
		return fmt.Errorf("make a folder for a copy of the database: %w", err)
	}
	p.dir = dir
	if err := p.fill(ctx, e, s); err != nil {
		return errors.Join(err, p.remove())
	}
	return nil
}

func (p *privateCopy) fill(ctx context.Context, e *Engine, s fileState) error {
	to := filepath.Join(p.dir, "copy.db")
	a, err := e.child.ask(ctx, rawRequest{CopyTo: to, Limit: e.o.CopyLimit})
	switch {
	case err != nil:
		return fmt.Errorf("copy the database: %w", err)
	case a.Error != "":
		return fmt.Errorf("copy the database: %s", a.Error)
	case a.TooBig > 0:
		return &FileError{ProblemBigCopy, s.path,
			fmt.Sprintf("is in WAL mode, no process has it open, and its %d bytes are more than the %d that mltop copies to read them", a.TooBig, e.o.CopyLimit),
			"start the application", nil}
	}
	now, err := look(s.path)
	if err != nil {
		return err
	}
	if !now.id.same(s.id) || now.size != s.size || !now.modified.Equal(s.modified) {
		return &FileError{ProblemLocked, s.path, "was written while it was copied", "", nil}
	}
	p.path, p.of = to, s
	return nil
}

func (p *privateCopy) remove() error {
	dir := p.dir
	*p = privateCopy{}
	if dir == "" {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the copy of the database: %w", err)
	}
	return nil
}

func ignore([]driver.Value) error { return nil }

// textOf answers the first column of the first row as text; "" for no row.
func textOf(ctx context.Context, c *conn, sql string, args ...driver.Value) (string, error) {
	out := ""
	_, err := c.each(ctx, sql, args, func(row []driver.Value) error {
		if len(row) > 0 && out == "" {
			out = asText(row[0])
		}
		return nil
	})
	return out, err
}

// intOf answers the first column of the first row; ok is false for no row and
// for NULL.
func intOf(ctx context.Context, c *conn, sql string, args ...driver.Value) (n int64, ok bool, err error) {
	_, err = c.each(ctx, sql, args, func(row []driver.Value) error {
		n, ok = row[0].(int64)
		return nil
	})
	return n, ok, err
}

func asText(v driver.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}
