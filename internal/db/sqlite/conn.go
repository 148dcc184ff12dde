//go:build cgo

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"mltop/internal/db"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// A conn is one SQLite connection. It runs one statement at a time, never a
// script: the text behind the first statement is not executed.
type conn struct {
	c      *sqlite3.SQLiteConn
	trace  func(db.Line) // may be nil
	who    string        // asks; goes into the trace
	writes bool          // it is a change's connection
}

// openConn opens what uri names; see readURI and writeURI.
func openConn(uri string, trace func(db.Line)) (*conn, error) {
	c, err := (&sqlite3.SQLiteDriver{}).Open(uri)
	if err != nil {
		return nil, err
	}
	return &conn{c: c.(*sqlite3.SQLiteConn), trace: trace}, nil
}

func (c *conn) close() error { return c.c.Close() }

// autocommit is false inside a transaction.
func (c *conn) autocommit() bool { return c.c.AutoCommit() }

// authorize asks allow before each part of a statement is compiled; nil
// allows all. No statement that was refused can have any effect.
func (c *conn) authorize(allow func(action int, a, b string) bool) {
	if allow == nil {
		c.c.RegisterAuthorizer(nil)
		return
	}
	c.c.RegisterAuthorizer(func(action int, a, b, _ string) int {
		if allow(action, a, b) {
			return sqlite3.SQLITE_OK
		}
		return sqlite3.SQLITE_DENY
	})
}

// each runs the first statement of sql and calls visit for every row; the
// row's values are visit's to keep, the slice is not. Parameters without an
// argument are NULL.
func (c *conn) each(ctx context.Context, sql string, args []driver.Value, visit func([]driver.Value) error) ([]string, error) {
	var columns []string
	err := c.traced(sql, func() (err error) {
		columns, err = c.run(ctx, sql, args, visit)
		return err
	})
	return columns, err
}

// batches runs the first statement of sql, of which the arguments are whole
// numbers, and calls visit with its rows, a batch at a time.
func (c *conn) batches(ctx context.Context, b *batch, sql string, args []int64, visit func(*batch) error) error {
	return c.traced(sql, func() error { return c.fill(ctx, b, sql, args, visit) })
}

// traced tells of a statement that f runs.
func (c *conn) traced(sql string, f func() error) error {
	if c.trace == nil {
		return f()
	}
	start := time.Now()
	err := f()
	c.trace(db.Line{At: start, Who: c.who, SQL: sql, Elapsed: time.Since(start), Writes: c.writes, Err: err})
	return err
}

func (c *conn) run(ctx context.Context, sql string, args []driver.Value, visit func([]driver.Value) error) ([]string, error) {
	st, err := c.c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	rows, err := st.(*sqlite3.SQLiteStmt).QueryContext(ctx, named(args))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns := rows.Columns()
	row := make([]driver.Value, len(columns))
	for {
		if err := rows.Next(row); err != nil {
			if errors.Is(err, io.EOF) {
				return columns, nil
			}
			return columns, err
		}
		if err := visit(row); err != nil {
			return columns, err
		}
	}
}

// exec runs one statement and throws rows away.
func (c *conn) exec(ctx context.Context, sql string, args ...driver.Value) error {
	_, err := c.each(ctx, sql, args, func([]driver.Value) error { return nil })
	return err
}

// readonly reports whether a statement writes nothing to the file.
func (c *conn) readonly(sql string) (bool, error) {
	st, err := c.c.Prepare(sql)
	if err != nil {
		return false, err
	}
	defer st.Close()
	return st.(*sqlite3.SQLiteStmt).Readonly(), nil
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// resultCode is SQLite's extended result code of an error; 0 if it is none
// of SQLite's.
func resultCode(err error) int {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return max(int(e.ExtendedCode), int(e.Code))
	}
	return 0
}

// libraryVersion is that of the SQLite that is compiled in.
func libraryVersion() string {
	v, _, _ := sqlite3.Version()
	return v
}
