package advisor

import (
	"mltop/internal/db"
	"mltop/internal/units"
)

// Numbers in sentences: "42 µs", "1.3 s", "4.1 MB", "1,204,331".

func seconds(s float64) string { return units.Brief(units.Seconds(s)) }

func size(bytes int64) string { return units.Bytes(float64(bytes)) }

// times says how many times less b is than a: "31×".
func times(a, b float64) string {
	if b <= 0 {
		return "∞×"
	}
	return units.Times(a / b)
}

// timesBy says it by how both were come by: what a rule reckons from what the
// catalog says of the rows has no digits.
func timesBy(m db.Method, a, b float64) string {
	if m == db.MethodRule {
		return units.Reckoned(a/b) + " fewer rows, estimated"
	}
	return times(a, b)
}
