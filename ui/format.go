package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// none stands for what was not measured; it is never 0.
const none = "–"

// seconds writes a duration with two or three digits and its unit.
func seconds(s float64) string {
	switch {
	case math.IsNaN(s) || math.IsInf(s, 0) || s < 0:
		return none
	case s == 0:
		return "0 ms"
	case s < 9.95e-7:
		return fmt.Sprintf("%.0f ns", s*1e9)
	case s < 9.95e-4:
		return oneDecimal(s*1e6) + " µs"
	case s < 0.9995:
		return oneDecimal(s*1e3) + " ms"
	case s < 9.995:
		return fmt.Sprintf("%.2f s", s)
	case s < 99.95:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600:
		return fmt.Sprintf("%.0f min", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%.0f h", s/3600)
	}
	return fmt.Sprintf("%.0f d", s/86400)
}

// oneDecimal writes one decimal below ten, so that a column does not jump
// between 3 and 3.1.
func oneDecimal(v float64) string {
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// digits writes one decimal below ten, where it is not 0, and none above.
func digits(v float64) string {
	if v < 9.95 && v != math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// si writes a number with a decimal prefix: 1.2k, 34M.
func si(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return none
	case v < 0:
		return "-" + si(-v)
	case v < 999.5:
		return digits(v)
	}
	for _, u := range []string{"k", "M", "G", "T", "P"} {
		if v /= 1000; v < 999.5 {
			return digits(v) + u
		}
	}
	return "1000P"
}

func perSecond(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	if v > 0 && v < 0.095 {
		return fmt.Sprintf("%s /min", digits(v*60))
	}
	return si(v) + " /s"
}

func bytesText(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	for _, u := range []string{"B", "kB", "MB", "GB", "TB"} {
		if math.Abs(v) < 999.5 {
			return digits(v) + " " + u
		}
		v /= 1000
	}
	return digits(v) + " PB"
}

func bytesPerSecond(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	return bytesText(v) + "/s"
}

func percent(ratio float64) string {
	switch {
	case math.IsNaN(ratio) || math.IsInf(ratio, 0):
		return none
	case ratio != 0 && math.Abs(ratio) < 0.0995:
		return fmt.Sprintf("%.1f %%", ratio*100)
	case ratio == 0:
		return "0.0 %"
	}
	return fmt.Sprintf("%.0f %%", ratio*100)
}

// whole writes an integer with thousands apart: 1,204,331.
func whole(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, parts...), ",")
}

// ago writes how long a past moment is away.
func ago(d time.Duration) string {
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

// spanName names a length of time that z walks through.
func spanName(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	if d < time.Hour {
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

func orNaN(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

func intOrNaN(p *int64) float64 {
	if p == nil {
		return math.NaN()
	}
	return float64(*p)
}

// plural writes "1 call" or "2 calls".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return whole(int64(n)) + " " + one + "s"
}
