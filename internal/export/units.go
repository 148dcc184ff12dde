package export

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Unknown stands for what was not measured; never 0.
const Unknown = "–"

// Seconds writes a duration at the scale that suits it: 1.21 s, 840 ms, 40 µs.
func Seconds(s float64) string {
	switch {
	case math.IsNaN(s):
		return Unknown
	case s == 0:
		return "0 ms"
	case s >= 60:
		return time.Duration(s * float64(time.Second)).Round(time.Second).String()
	case s >= 1:
		return three(s) + " s"
	case s >= 1e-3:
		return three(s*1e3) + " ms"
	}
	return three(s*1e6) + " µs"
}

// Bytes writes a size in decimal units.
func Bytes(n float64) string {
	if math.IsNaN(n) {
		return Unknown
	}
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	i := 0
	for math.Abs(n) >= 999.5 && i < len(units)-1 {
		n, i = n/1000, i+1
	}
	return three(n) + " " + units[i]
}

// Ratio writes 0.053 as 5.3 %.
func Ratio(r float64) string {
	if math.IsNaN(r) {
		return Unknown
	}
	return fmt.Sprintf("%.1f %%", r*100)
}

// Rate writes a number a second.
func Rate(r float64) string {
	if math.IsNaN(r) {
		return Unknown
	}
	return three(r) + " /s"
}

// Count writes a whole number with its thousands apart.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// three writes about three significant digits, and no more than a person
// reads.
func three(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// Or writes what p points at, or Unknown.
func Or(p *float64, write func(float64) string) string {
	if p == nil {
		return Unknown
	}
	return write(*p)
}
