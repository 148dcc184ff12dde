package diagnose

import (
	"fmt"
	"math"
	"strings"
)

// Phrases: numbers as a person says them.

func times(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f×", v)
	}
	return fmt.Sprintf("%.0f×", v)
}

func percent(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v != 0 && v < 0.0995:
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}

// scaled writes v with about two digits and the largest unit it reaches.
func scaled(v float64, units []string, steps ...float64) string {
	i := 0
	for i < len(steps) && math.Abs(v) >= 0.9995*steps[i] {
		v /= steps[i]
		i++
	}
	return digits(v) + " " + units[i]
}

func digits(v float64) string {
	if r := math.Round(10*v) / 10; math.Abs(r) < 10 && r != math.Trunc(r) {
		return fmt.Sprintf("%.1f", r)
	}
	return fmt.Sprintf("%.0f", v)
}

func duration(seconds float64) string {
	switch {
	case math.IsNaN(seconds):
		return "–"
	case seconds < 0.9995:
		return scaled(seconds*1e6, []string{"µs", "ms"}, 1000)
	}
	return scaled(seconds, []string{"s", "min", "h", "days"}, 60, 60, 24)
}

func size(bytes float64) string {
	return scaled(bytes, []string{"B", "kB", "MB", "GB", "TB"}, 1000, 1000, 1000, 1000)
}

func count(n float64) string {
	if n < 1000 {
		return fmt.Sprintf("%.0f", n)
	}
	return scaled(n, []string{"", "k", "M", "G"}, 1000, 1000, 1000)
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// labelWidth leaves room for the rest of the sentence on one line.
const labelWidth = 48

// short is a statement's text in the middle of a sentence.
func short(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) <= labelWidth {
		return string(r)
	}
	return string(r[:labelWidth-1]) + "…"
}
