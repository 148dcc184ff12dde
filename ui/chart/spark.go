package chart

import (
	"math"
	"strings"
)

var (
	// No full block: sparklines above each other must stay apart.
	sparkRunes  = []rune("▁▂▃▄▅▆▇")
	asciiSparks = []rune("_.-=+*#")
)

// Spark draws the newest values in exactly w cells; a gap is a blank. The
// scale runs from 0 to top, or to the largest value when top is 0.
func Spark(values []float64, w int, top float64, g Graph) string {
	runes := sparkRunes
	if g == ASCII {
		runes = asciiSparks
	}
	if top <= 0 {
		top = maxOf([]Series{{Values: values}})
	}
	if len(values) > w {
		values = values[len(values)-max(w, 0):]
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", max(w-len(values), 0)))
	for _, v := range values {
		b.WriteRune(sparkRune(v, top, runes))
	}
	return b.String()
}

func sparkRune(v, top float64, runes []rune) rune {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ' '
	}
	if top <= 0 {
		return runes[0]
	}
	return runes[place(v/top, len(runes))]
}

// Bar draws a ratio of 0 to 1 in exactly w cells, as a line: bars under each
// other must stay apart. What is not 0 shows.
func Bar(ratio float64, w int, g Graph) string {
	if w <= 0 {
		return ""
	}
	if math.IsNaN(ratio) {
		return strings.Repeat(" ", w)
	}
	ratio = math.Min(math.Max(ratio, 0), 1)
	halves := int(math.Round(ratio * float64(w) * 2))
	if ratio > 0 {
		halves = max(halves, 1)
	}
	if g == ASCII {
		n := (halves + 1) / 2
		return strings.Repeat("=", n) + strings.Repeat(" ", w-n)
	}
	s := strings.Repeat("━", halves/2)
	if halves%2 == 1 {
		s += "╸"
	}
	return s + strings.Repeat(" ", w-(halves+1)/2)
}
