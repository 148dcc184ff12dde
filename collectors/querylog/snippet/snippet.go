package snippet // sql.Register("sqlite3+log", snippet.Driver{Driver: &sqlite3.SQLiteDriver{}, Log: file})

import "context"
import "database/sql/driver"
import "encoding/json"
import "io"
import "time"

type Route struct{}  // a context's key: context.WithValue(ctx, snippet.Route{}, "GET /orders/{id}")
type Driver struct { // and each of its connections; all is logged but what db.Prepare prepared
	driver.Driver
	driver.Conn
	driver.ConnBeginTx
	Log io.Writer
}
type rows struct {
	driver.Rows
	n   map[bool]int // how often there was a row, or none
	end func()
}

func (w Driver) Open(name string) (_ driver.Conn, err error) {
	w.Conn, err = w.Driver.Open(name)
	w.ConnBeginTx, _ = w.Conn.(driver.ConnBeginTx)
	return w, err
}
func (w Driver) ExecContext(ctx context.Context, sql string, args []driver.NamedValue) (_ driver.Result, err error) {
	defer w.line(ctx, sql, time.Now(), nil, &err)
	return w.Conn.(driver.ExecerContext).ExecContext(ctx, sql, args)
}
func (w Driver) QueryContext(ctx context.Context, sql string, args []driver.NamedValue) (driver.Rows, error) {
	n, start := map[bool]int{}, time.Now()
	r, err := w.Conn.(driver.QueryerContext).QueryContext(ctx, sql, args)
	return rows{r, n, func() { w.line(ctx, sql, start, n[true], &err) }}, err
}
func (r rows) Next(v []driver.Value) error { e := r.Rows.Next(v); r.n[e == nil]++; return e }
func (r rows) Close() error                { defer r.end(); return r.Rows.Close() }
func (w Driver) line(ctx context.Context, sql string, start time.Time, rows any, err *error) {
	json.NewEncoder(w.Log).Encode(map[string]any{"time": start, "sql": sql, "seconds": time.Since(start).Seconds(), "rows": rows, "route": ctx.Value(Route{}), "error": *err != nil})
}
