package snippet // sql.Register("sqlite3+log", snippet.Driver{Driver: &sqlite3.SQLiteDriver{}, Log: file})

import "context"
import "database/sql/driver"
import "encoding/json"
import "time"

type ctx = context.Context
type Route struct{}  // a context's key: context.WithValue(ctx, snippet.Route{}, "GET /orders/{id}")
type Driver struct { // and each of its connections; all is logged but what db.Prepare prepared
	driver.Driver
	driver.Conn
	driver.ConnBeginTx
	Log interface{ Write([]byte) (int, error) }
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
func (w Driver) ExecContext(c ctx, sql string, args []driver.NamedValue) (_ driver.Result, err error) {
	defer w.line(c, sql, time.Now(), nil, &err)
	return w.Conn.(driver.ExecerContext).ExecContext(c, sql, args)
}
func (w Driver) QueryContext(c ctx, sql string, args []driver.NamedValue) (driver.Rows, error) {
	n, start := map[bool]int{}, time.Now()
	r, err := w.Conn.(driver.QueryerContext).QueryContext(c, sql, args)
	return rows{r, n, func() { w.line(c, sql, start, n[true], &err) }}, err
}
func or[T, A any](w Driver, f func(T, A) error, a A, err error) error { // err: what a driver without f does
	if t, ok := w.Conn.(T); ok {
		err = f(t, a)
	}
	return err
}
func (w Driver) CheckNamedValue(v *driver.NamedValue) error {
	return or(w, driver.NamedValueChecker.CheckNamedValue, v, driver.ErrSkip)
}
func (w Driver) Ping(c ctx) error          { return or(w, driver.Pinger.Ping, c, nil) }
func (w Driver) ResetSession(c ctx) error  { return or(w, driver.SessionResetter.ResetSession, c, nil) }
func (w Driver) IsValid() bool             { v, ok := w.Conn.(driver.Validator); return !ok || v.IsValid() }
func (r rows) Next(v []driver.Value) error { e := r.Rows.Next(v); r.n[e == nil]++; return e }
func (r rows) Close() error                { defer r.end(); return r.Rows.Close() }
func (w Driver) line(c ctx, sql string, start time.Time, rows any, err *error) {
	json.NewEncoder(w.Log).Encode(map[string]any{"time": start, "sql": sql, "seconds": time.Since(start).Seconds(),
		"rows": rows, "route": c.Value(Route{}), "error": *err != nil})
}
