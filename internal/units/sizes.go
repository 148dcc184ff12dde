package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The units of sizes: the letters alone are decimal, as df -H and disk
// makers write them; with an i they are binary.
func unitOf(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "", "b":
		return 1, true
	case "k", "kb":
		return 1e3, true
	case "m", "mb":
		return 1e6, true
	case "g", "gb":
		return 1e9, true
	case "t", "tb":
		return 1e12, true
	case "kib":
		return 1 << 10, true
	case "mib":
		return 1 << 20, true
	case "gib":
		return 1 << 30, true
	case "tib":
		return 1 << 40, true
	}
	return 0, false
}

// ParseBytes reads a size.
func ParseBytes(s string) (int64, error) {
	text := strings.TrimSpace(s)
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(text)
	}
	v, err := strconv.ParseFloat(text[:end], 64)
	unit, known := unitOf(strings.TrimSpace(text[end:]))
	if err != nil || !known || !(v*unit < math.MaxInt64) {
		return 0, fmt.Errorf("%q is no size: 500MB, 1.5GiB, 4096 are", s)
	}
	return int64(v * unit), nil
}
