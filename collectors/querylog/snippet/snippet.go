// Package snippet wraps a database/sql driver so that every statement is
// written to a log of JSON lines. Copy it into your application, then:
//
//	log, _ := os.OpenFile("queries.jsonl", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
//	sql.Register("sqlite3+log", snippet.Driver{Driver: &sqlite3.SQLiteDriver{}, Log: log})
//	db.QueryContext(context.WithValue(ctx, snippet.Route{}, "GET /orders/{id}"), …)
package snippet

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"io"
	"time"
)

type Route struct{} // the context key of the route that a statement serves

type Driver struct {
	driver.Driver
	Log io.Writer
}

func (d Driver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	return conn{c, d.Log}, err
}

type conn struct {
	driver.Conn
	log io.Writer
}

func (c conn) write(ctx context.Context, sql string, start time.Time, rows int64, err error) {
	line := map[string]any{"time": start.UTC(), "sql": sql, "seconds": time.Since(start).Seconds(), "rows": rows, "route": ctx.Value(Route{})}
	if err != nil {
		line["error"] = err.Error()
	}
	b, _ := json.Marshal(line)
	c.log.Write(append(b, '\n')) // one write a line: lines of many connections stay whole
}

func (c conn) ran(ctx context.Context, sql string, start time.Time, r driver.Result, err error) (driver.Result, error) {
	var n int64
	if err == nil {
		n, _ = r.RowsAffected()
	}
	c.write(ctx, sql, start, n, err)
	return r, err
}

func (c conn) read(ctx context.Context, sql string, start time.Time, r driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		c.write(ctx, sql, start, 0, err)
		return nil, err
	}
	return &rows{r, func(n int64) { c.write(ctx, sql, start, n, nil) }, 0}, nil
}

func (c conn) ExecContext(ctx context.Context, sql string, a []driver.NamedValue) (driver.Result, error) {
	start := time.Now()
	e, ok := c.Conn.(driver.ExecerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	r, err := e.ExecContext(ctx, sql, a)
	return c.ran(ctx, sql, start, r, err)
}

func (c conn) QueryContext(ctx context.Context, sql string, a []driver.NamedValue) (driver.Rows, error) {
	start := time.Now()
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	r, err := q.QueryContext(ctx, sql, a)
	return c.read(ctx, sql, start, r, err)
}

func (c conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c conn) Prepare(sql string) (driver.Stmt, error) {
	s, err := c.Conn.Prepare(sql)
	if err != nil {
		return nil, err
	}
	return stmt{s, c, sql}, nil
}

type stmt struct {
	driver.Stmt
	c   conn
	sql string
}

func (s stmt) ExecContext(ctx context.Context, a []driver.NamedValue) (driver.Result, error) {
	start := time.Now()
	r, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, a)
	return s.c.ran(ctx, s.sql, start, r, err)
}

func (s stmt) QueryContext(ctx context.Context, a []driver.NamedValue) (driver.Rows, error) {
	start := time.Now()
	r, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, a)
	return s.c.read(ctx, s.sql, start, r, err)
}

type rows struct {
	driver.Rows
	closed func(int64)
	n      int64
}

func (r *rows) Next(v []driver.Value) error {
	err := r.Rows.Next(v)
	if err == nil {
		r.n++
	}
	return err
}

func (r *rows) Close() error {
	r.closed(r.n)
	return r.Rows.Close()
}
