// Package snippet writes every statement of a database/sql driver to a log of
// JSON lines; the driver must know contexts, as those of SQLite, MySQL and
// PostgreSQL do. Copy it into your application, then:
//
//	log, _ := os.OpenFile("queries.jsonl", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
//	sql.Register("sqlite3+log", snippet.Driver{Driver: &sqlite3.SQLiteDriver{}, Log: log})
//	db.QueryContext(context.WithValue(ctx, snippet.Route{}, "GET /orders/{id}"), …)
package snippet

import (
	"context"
	d "database/sql/driver"
	"encoding/json"
	"io"
	"time"
)

type (
	Route  struct{} // the context key of the route that a statement serves
	Driver struct {
		d.Driver
		Log io.Writer
	}
	connector interface { // what a driver's connections can do
		d.Conn
		d.ExecerContext
		d.QueryerContext
		d.ConnBeginTx
		d.ConnPrepareContext
	}
	conn struct {
		connector
		log io.Writer
	}
	stmt struct {
		d.Stmt
		sql string
		c   conn
	}
	rows struct {
		d.Rows
		n   int64
		end end
	}
	end func(rows int64, err error)
)

func (w Driver) Open(name string) (d.Conn, error) {
	c, err := w.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return conn{c.(connector), w.Log}, nil
}

func (c conn) begin(ctx context.Context, sql string) end {
	start := time.Now()
	return func(n int64, err error) {
		line, bad := json.Marshal(map[string]any{"time": start.UTC(), "sql": sql, "seconds": time.Since(start).Seconds(), "rows": n, "route": ctx.Value(Route{}), "error": err != nil})
		if bad == nil && err != d.ErrSkip { // skipped: it comes again, prepared
			c.log.Write(append(line, '\n')) // one write a line: lines of many connections stay whole
		}
	}
}

func (e end) result(r d.Result, err error) (d.Result, error) {
	n := int64(0)
	if err == nil {
		n, _ = r.RowsAffected()
	}
	e(n, err)
	return r, err
}

func (e end) rows(r d.Rows, err error) (d.Rows, error) {
	if err != nil {
		e(0, err)
		return nil, err
	}
	return &rows{r, 0, e}, nil
}

func (c conn) ExecContext(ctx context.Context, sql string, a []d.NamedValue) (d.Result, error) {
	end := c.begin(ctx, sql)
	return end.result(c.connector.ExecContext(ctx, sql, a))
}
func (c conn) QueryContext(ctx context.Context, sql string, a []d.NamedValue) (d.Rows, error) {
	end := c.begin(ctx, sql)
	return end.rows(c.connector.QueryContext(ctx, sql, a))
}
func (c conn) PrepareContext(ctx context.Context, sql string) (d.Stmt, error) {
	s, err := c.connector.PrepareContext(ctx, sql)
	return stmt{s, sql, c}, err
}
func (s stmt) ExecContext(ctx context.Context, a []d.NamedValue) (d.Result, error) {
	end := s.c.begin(ctx, s.sql)
	return end.result(s.Stmt.(d.StmtExecContext).ExecContext(ctx, a))
}
func (s stmt) QueryContext(ctx context.Context, a []d.NamedValue) (d.Rows, error) {
	end := s.c.begin(ctx, s.sql)
	return end.rows(s.Stmt.(d.StmtQueryContext).QueryContext(ctx, a))
}
func (r *rows) Next(v []d.Value) error {
	err := r.Rows.Next(v)
	if err == nil {
		r.n++
	}
	return err
}

func (r *rows) Close() error { r.end(r.n, nil); return r.Rows.Close() }
