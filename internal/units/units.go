// Package units writes numbers for people, in one way everywhere: two or three
// digits, decimal units, and a dash for what was not measured.
package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Unknown stands for what was not measured; it is never 0.
const Unknown = "–"

// known reports that v is a number that can be written.
func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Seconds writes a duration at the scale that suits it: 1.21 s, 840 ms, 40 µs.
// Nothing takes no time at all: 0 is what a log of whole milliseconds says of
// everything shorter.
func Seconds(s float64) string {
	switch {
	case !known(s) || s < 0:
		return Unknown
	case s == 0:
		return "<1 ms"
	case s < 9.95e-7:
		return fmt.Sprintf("%.0f ns", s*1e9)
	case s < 9.95e-4:
		return oneDecimal(s*1e6) + " µs"
	case s < 0.9995:
		return oneDecimal(s*1e3) + " ms"
	case s < 9.995:
		return fmt.Sprintf("%.2f s", s)
	}
	return span(s)
}

// span writes ten seconds and more.
func span(s float64) string {
	switch {
	case s < 99.95:
		return oneDecimal(s) + " s"
	case s < 3597:
		return Digits(s/60) + " min"
	case s < 48*3600:
		return Digits(s/3600) + " h"
	}
	return Digits(s/86400) + " d"
}

// Signed writes a difference of two durations; one that cannot be measured is
// ±0.
func Signed(s float64) string {
	switch {
	case s == 0:
		return "±0"
	case s < 0:
		return "-" + Seconds(-s)
	}
	sign := "+"
	if !known(s) {
		sign = ""
	}
	return sign + Seconds(s)
}

// oneDecimal writes one decimal below ten, so that a column does not jump
// between 3 and 3.1.
func oneDecimal(v float64) string {
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// Digits writes one decimal below ten, of whole numbers none.
func Digits(v float64) string {
	switch {
	case !known(v):
		return Unknown
	case math.Abs(v) < 9.95 && v != math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// Times writes a factor: 31×.
func Times(v float64) string { return strings.TrimSuffix(Digits(v), ".0") + "×" }

// mostReckoned is from where on a factor that was reckoned says no more than
// that it is large.
const mostReckoned = 1000

// Reckoned writes a factor that nobody has measured: one digit of it.
func Reckoned(v float64) string {
	switch {
	case math.IsNaN(v) || v < 0:
		return Unknown
	case v >= mostReckoned:
		return "more than " + Whole(mostReckoned) + "×"
	case v < 2: // to whole numbers it would be one or two
		return "about " + Times(v)
	}
	digit := math.Pow(10, math.Floor(math.Log10(v)))
	return "about " + Whole(int64(math.Round(v/digit)*digit)) + "×"
}

// mostPercent: of a change of more than that, as ratio of after to before, a
// factor is read more easily, and so of one to a thousandth, which would be
// written as all of it.
const (
	mostPercent  = 11
	leastPercent = 0.001
)

// Change writes the ratio of after to before: +5.0 %, 79k×, 79k× less.
func Change(ratio float64) string {
	switch {
	case !known(ratio):
		return Unknown
	case ratio > mostPercent:
		return SI(ratio) + "×"
	case ratio > 0 && ratio < leastPercent:
		return SI(1/ratio) + "× less"
	}
	return fmt.Sprintf("%+.1f %%", 100*(ratio-1))
}

// SI writes a number with a decimal prefix: 1.2k, 34M.
func SI(v float64) string {
	switch {
	case !known(v):
		return Unknown
	case v < 0:
		return "-" + SI(-v)
	case v < 999.5:
		return Digits(v)
	}
	for _, u := range []string{"k", "M", "G", "T"} {
		if v /= 1000; v < 999.5 {
			return Digits(v) + u
		}
	}
	return Digits(min(v/1000, 1000)) + "P"
}

// As writes a value in a unit, by the name that JSON has for it.
func As(unit string, v float64) string {
	switch unit {
	case "ratio":
		return Percent(v)
	case "per_second":
		return PerSecond(v)
	}
	return Seconds(v)
}

// PerSecond writes a rate; a rare one by the minute.
func PerSecond(v float64) string {
	switch {
	case !known(v):
		return Unknown
	case v > 0 && v < 0.095:
		return Digits(v*60) + " /min"
	}
	return SI(v) + " /s"
}

// Bytes writes a size in powers of 1000.
func Bytes(v float64) string {
	if !known(v) {
		return Unknown
	}
	for _, u := range []string{"B", "kB", "MB", "GB", "TB"} {
		if math.Abs(v) < 999.5 {
			return Digits(v) + " " + u
		}
		v /= 1000
	}
	return Digits(v) + " PB"
}

// BytesPerSecond writes a rate of bytes.
func BytesPerSecond(v float64) string {
	if !known(v) {
		return Unknown
	}
	return Bytes(v) + "/s"
}

// Percent writes 0.053 as 5.3 %, and ten per cent and more without decimals.
func Percent(ratio float64) string {
	switch {
	case !known(ratio):
		return Unknown
	case math.Abs(ratio) < 0.0995:
		return fmt.Sprintf("%.1f %%", ratio*100)
	}
	return fmt.Sprintf("%.0f %%", ratio*100)
}

// Whole writes an integer with its thousands apart: 1,204,331.
func Whole(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural writes "1 call", "1,204 calls", "2 indexes", "3 entries".
func Plural(n int, one string) string {
	stem, y := strings.CutSuffix(one, "y")
	switch {
	case n == 1:
		return "1 " + one
	case strings.HasSuffix(one, "x"), strings.HasSuffix(one, "s"):
		one += "e"
	case y && strings.TrimRight(stem, "aeou") == stem: // days and keys, not daies
		one = stem + "ie"
	}
	return Whole(int64(n)) + " " + one + "s"
}

// CallsAnHour writes "1 call an hour", "12k calls an hour".
func CallsAnHour(v float64) string {
	if text := SI(v); text != "1" {
		return text + " calls an hour"
	}
	return "1 call an hour"
}

// Ago writes how long a past moment is away, in whole units: it is read again
// every second, and must not flicker.
func Ago(d time.Duration) string {
	switch {
	case d < 0:
		return "now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f d", d.Hours()/24)
}

// Lasting writes how long something has gone on, as Ago does; of less than a
// second what it is, as 0 s would be nothing.
func Lasting(d time.Duration) string {
	if d < time.Second {
		return Seconds(d.Seconds())
	}
	return Ago(d)
}

// Brief takes the noughts off that keep a column straight: "1 s" in a sentence
// or at an axis, where a table has "1.00 s".
func Brief(text string) string {
	number, unit, ok := strings.Cut(text, " ")
	if !ok || !strings.Contains(number, ".") {
		return text
	}
	return strings.TrimRight(strings.TrimRight(number, "0"), ".") + " " + unit
}

// Or writes what p points at, or Unknown.
func Or(p *float64, write func(float64) string) string {
	if p == nil {
		return Unknown
	}
	return write(*p)
}
