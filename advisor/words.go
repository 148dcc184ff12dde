package advisor

import (
	"fmt"
	"math"
	"strings"
)

// seconds writes a duration with two or three digits: "0.042 ms", "1.3 s".
func seconds(s float64) string {
	switch {
	case math.IsNaN(s):
		return "–"
	case s < 1e-3:
		return digits(s*1e6) + " µs"
	case s < 1:
		return digits(s*1e3) + " ms"
	case s < 120:
		return digits(s) + " s"
	case s < 7200:
		return digits(s/60) + " min"
	}
	return digits(s/3600) + " h"
}

// digits keeps two significant digits below ten and whole numbers above.
func digits(v float64) string {
	switch {
	case v < 0.095:
		return fmt.Sprintf("%.2f", v)
	case v < 9.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// size writes bytes in powers of 1000: "4.1 MB".
func size(bytes int64) string {
	v := float64(bytes)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if v < 1000 {
			return digits(v) + " " + unit
		}
		v /= 1000
	}
	return digits(v) + " TB"
}

// count writes a number with its thousands apart: "1,204,331".
func count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// times says how many times less b is than a: "31×".
func times(a, b float64) string {
	if b <= 0 {
		return "∞×"
	}
	return digits(a/b) + "×"
}

// plural writes "1 row", "2 rows", "2 indexes".
func plural(n int, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case strings.HasSuffix(word, "x"), strings.HasSuffix(word, "s"):
		word += "e"
	}
	return count(int64(n)) + " " + word + "s"
}
