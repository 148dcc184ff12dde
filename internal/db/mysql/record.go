package mysql

import (
	"strconv"
	"strings"
	"time"
)

// A record is a row whose columns are found by name, in lower case.
type record struct {
	at  map[string]int
	row []value
}

// get is a column's text; "" for NULL and for a column that is not there.
func (r record) get(name string) string {
	if i, ok := r.at[name]; ok {
		return r.row[i].s
	}
	return ""
}

// null reports whether a column is NULL or not there.
func (r record) null(name string) bool {
	i, ok := r.at[name]
	return !ok || r.row[i].null
}

// number is nil for what is no number.
func (r record) number(name string) *float64 {
	if r.null(name) {
		return nil
	}
	return number(r.get(name))
}

// whole is nil for what is no whole number.
func (r record) whole(name string) *int64 {
	n, err := strconv.ParseInt(r.get(name), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// is reports whether a column says yes.
func (r record) is(name string) bool { return yes(r.get(name)) }

func yes(s string) bool {
	switch strings.ToUpper(s) {
	case "YES", "ON", "1", "TRUE":
		return true
	}
	return false
}

func number(s string) *float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return nil
	}
	return &n
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// picoseconds is the unit of performance_schema's timers.
const picoseconds = 1e-12

// times multiplies what was measured.
func times(n *float64, factor float64) *float64 {
	if n == nil {
		return nil
	}
	v := *n * factor
	return &v
}
