package demo

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"os"
	"sync"
	"time"
)

// routeKey is the context key of the route that a statement serves.
type routeKey struct{}

// withRoute marks ctx with a route.
func withRoute(ctx context.Context, route string) context.Context {
	return context.WithValue(ctx, routeKey{}, route)
}

// A queryLog writes one line of JSON for each statement the application runs.
type queryLog struct {
	mu   sync.Mutex
	path string
	file *os.File
	size int64
}

// maxQueryLog is where the log starts anew, the old one kept beside it: some
// hours of the demo's load.
const maxQueryLog = 64 << 20

func openQueryLog(path string) (*queryLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return &queryLog{path: path, file: f}, err
}

// A queryLine is what the log says of one statement.
type queryLine struct {
	Time    time.Time `json:"time"`
	SQL     string    `json:"sql"`
	Seconds float64   `json:"seconds"`
	Rows    int64     `json:"rows"`
	Route   string    `json:"route,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// write appends a line; a log that cannot be written never stops the shop.
func (l *queryLog) write(ctx context.Context, sql string, start time.Time, rows int64, err error) {
	line := queryLine{Time: start.UTC(), SQL: sql, Seconds: time.Since(start).Seconds(), Rows: rows}
	line.Route, _ = ctx.Value(routeKey{}).(string)
	if err != nil {
		line.Error = err.Error()
	}
	text, _ := json.Marshal(line)
	l.mu.Lock()
	defer l.mu.Unlock()
	n, _ := l.file.Write(append(text, '\n'))
	if l.size += int64(n); l.size > maxQueryLog {
		l.turn()
	}
}

// turn puts the full log aside and starts another.
func (l *queryLog) turn() {
	if os.Rename(l.path, l.path+".1") != nil {
		return
	}
	if f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err == nil {
		l.file.Close()
		l.file, l.size = f, 0
	}
}

// A loggedConn is a connection whose statements are written down.
type loggedConn struct {
	conn
	log *queryLog
}

func (l *queryLog) wrap(c conn) driver.Conn { return &loggedConn{c, l} }

func (c *loggedConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	start := time.Now()
	res, err := c.conn.ExecContext(ctx, q, args)
	var n int64
	if err == nil {
		n, _ = res.RowsAffected()
	}
	c.log.write(ctx, q, start, n, err)
	return res, err
}

func (c *loggedConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	start := time.Now()
	rows, err := c.conn.QueryContext(ctx, q, args)
	if err != nil {
		c.log.write(ctx, q, start, 0, err)
		return nil, err
	}
	return &loggedRows{Rows: rows, done: func(n int64) { c.log.write(ctx, q, start, n, nil) }}, nil
}

// loggedRows count what is read and tell the log when they are closed.
type loggedRows struct {
	driver.Rows
	n    int64
	done func(int64)
}

func (r *loggedRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == nil {
		r.n++
	}
	return err
}

func (r *loggedRows) Close() error {
	defer r.done(r.n)
	return r.Rows.Close()
}
