package sqlite

import (
	"database/sql/driver"
	"strconv"
	"strings"
	"time"
)

// A clock reads points in time as applications store them: ISO text with a T
// or a space, with or without a fraction and a zone (none means UTC), and
// numbers since 1970. It remembers the last second, which neighbours share.
type clock struct {
	text   string
	second int64
}

// secondText is as long as 2026-11-22T06:08:41.
const secondText = 19

// read answers the zero time for what is no point in time.
func (c *clock) read(v driver.Value) time.Time {
	switch v := v.(type) {
	case string:
		return c.readText(v)
	case int64:
		return fromEpoch(float64(v), v)
	case float64:
		return fromEpoch(v, int64(v))
	case []byte:
		return c.readText(string(v))
	case time.Time:
		return v.UTC()
	}
	return time.Time{}
}

func (c *clock) readText(s string) time.Time {
	if len(s) < secondText {
		return shortText(strings.TrimSpace(s))
	}
	if s[:secondText] != c.text {
		second, ok := parseSecond(s[:secondText])
		if !ok {
			return otherText(s)
		}
		c.text, c.second = strings.Clone(s[:secondText]), second
	}
	nanos, zone, ok := parseRest(s[secondText:])
	if !ok {
		return otherText(s)
	}
	return time.Unix(c.second-zone, nanos).UTC()
}

// parseSecond reads 2026-11-22T06:08:41 or the same with a space.
func parseSecond(s string) (int64, bool) {
	if s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != 't' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60 {
		return 0, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Unix(), true
}

func digits(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// parseRest reads what stands behind the second: a fraction and a zone.
func parseRest(s string) (nanos, zoneSeconds int64, ok bool) {
	if s == "" {
		return 0, 0, true
	}
	if s[0] == '.' || s[0] == ',' {
		n := 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		nanos = fraction(s[1:n])
		s = s[n:]
	}
	zoneSeconds, ok = parseZone(strings.TrimSpace(s))
	return nanos, zoneSeconds, ok
}

// fraction reads up to nine digits as nanoseconds.
func fraction(s string) int64 {
	n, _ := digits((s + "000000000")[:9])
	return int64(n)
}

// parseZone reads Z, UTC, +01:00, +0100 and +01.
func parseZone(s string) (int64, bool) {
	switch {
	case s == "", s == "Z", s == "z", s == "UTC", s == "GMT":
		return 0, true
	case s[0] != '+' && s[0] != '-':
		return 0, false
	}
	d := strings.Replace(s[1:], ":", "", 1)
	n, ok := digits(d)
	switch {
	case !ok || len(d) != 2 && len(d) != 4:
		return 0, false
	case len(d) == 2:
		n *= 100
	}
	seconds := int64(n/100)*3600 + int64(n%100)*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// shortText reads text too short for a full second: a number, a minute, a day.
func shortText(s string) time.Time {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return fromEpoch(n, int64(n))
	}
	for _, layout := range []string{"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// otherText reads the longer forms that some frameworks write.
func otherText(s string) time.Time {
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, "02/Jan/2006:15:04:05 -0700", "2006-01-02 15:04:05.999999999 -0700 MST"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t.UTC()
		}
	}
	if n, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
		return fromEpoch(n, int64(n))
	}
	return time.Time{}
}

// The bounds between seconds, milli-, micro- and nanoseconds since 1970: each
// unit's numbers for the years 1973 to 5138 lie between its own and the next.
const (
	leastSeconds = 1e8
	leastMillis  = 1e11
	leastMicros  = 1e14
	leastNanos   = 1e17
	// Julian days of the years 1 to 9999, as SQLite's julianday() gives.
	leastJulian, mostJulian = 1721425.5, 5373484.5
	julianEpoch             = 2440587.5
)

// fromEpoch reads a number of some unit since 1970, or a Julian day. Smaller
// numbers are no points in time that a log would hold.
func fromEpoch(f float64, n int64) time.Time {
	switch {
	case f >= leastNanos && f < 9.2e18:
		return time.Unix(0, n).UTC()
	case f >= leastMicros && f < leastNanos:
		return time.UnixMicro(n).UTC()
	case f >= leastMillis && f < leastMicros:
		return time.UnixMilli(n).UTC()
	case f >= leastSeconds && f < leastMillis:
		return time.Unix(n, int64((f-float64(n))*1e9)).UTC()
	case f >= leastJulian && f <= mostJulian:
		return time.UnixMilli(int64((f - julianEpoch) * 86400e3)).UTC()
	}
	return time.Time{}
}
