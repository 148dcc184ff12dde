package postgres

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// A logClock reads a log's times, which stand in the zone of log_timezone.
type logClock struct {
	zone *time.Location // of the server; nil: not known
	text []byte         // the last one that was read, without its fraction
	at   time.Time
	lost string // a zone that nobody knows
}

// secondLen is the length of "2023-11-23 17:42:24".
const secondLen = len(time.DateTime)

// stampEnd is the length of a time that a text begins with, "2023-11-23
// 17:42:24.123 CET"; 0: it begins with none.
func stampEnd(b []byte) int {
	if len(b) < secondLen || b[4] != '-' || b[7] != '-' || b[10] != ' ' && b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18} {
		if b[i] < '0' || b[i] > '9' {
			return 0
		}
	}
	end := secondLen
	if end < len(b) && b[end] == '.' {
		end = digits(b, end+1)
	}
	if end+1 < len(b) && b[end] == ' ' {
		if z := zoneEnd(b, end+1); z > end+1 {
			return z
		}
	}
	return end
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// zoneEnd is the end of "CET", "+03" or "-03:30" at i.
func zoneEnd(b []byte, i int) int {
	if b[i] == '+' || b[i] == '-' {
		end := digits(b, i+1)
		for end > i+1 && end+2 < len(b) && b[end] == ':' && digits(b, end+1) == end+3 {
			end += 3
		}
		if end == i+1 {
			return i
		}
		return end
	}
	end := i
	for end < len(b) && (b[end] >= 'A' && b[end] <= 'Z') {
		end++
	}
	if end-i < 2 || end-i > 6 {
		return i
	}
	return end
}

// read reads such a time; zero where its zone is not known.
func (c *logClock) read(b []byte) time.Time {
	if len(b) < secondLen {
		return readEpoch(b)
	}
	fraction, zone := secondLen, secondLen
	if fraction < len(b) && b[fraction] == '.' {
		zone = digits(b, fraction+1)
	}
	if len(c.text) != secondLen+len(b)-zone || !bytes.Equal(c.text[:secondLen], b[:secondLen]) || !bytes.Equal(c.text[secondLen:], b[zone:]) {
		c.text = append(append(c.text[:0], b[:secondLen]...), b[zone:]...)
		c.at = c.second(string(b[:secondLen]), string(bytes.TrimSpace(b[zone:])))
	}
	if c.at.IsZero() || zone == fraction {
		return c.at
	}
	part, err := strconv.ParseFloat("0"+string(b[fraction:zone]), 64)
	if err != nil {
		return c.at
	}
	return c.at.Add(time.Duration(part * float64(time.Second)).Round(time.Microsecond))
}

// readEpoch reads "1700763744.123".
func readEpoch(b []byte) time.Time {
	s, err := strconv.ParseFloat(string(b), 64)
	if err != nil || s < 1e9 || s > 1e10 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s*1000 + 0.5)).UTC()
}

// second reads a time without its fraction. An abbreviation is first what it
// is in the server's zone: CST is China's there.
func (c *logClock) second(at, zone string) time.Time {
	if at[10] == 'T' {
		at = at[:10] + " " + at[11:]
	}
	if offset, ok := numericOffset(zone); ok {
		return secondIn(at, "", time.FixedZone(zone, offset))
	}
	if t := secondIn(at, zone, c.zone); !t.IsZero() {
		return t
	}
	if hours, ok := usualZones[zone]; ok {
		return secondIn(at, "", time.FixedZone(zone, int(hours*3600)))
	}
	t := secondIn(at, zone, time.Local)
	if t.IsZero() {
		c.lost = zone
	}
	return t
}

// secondIn reads it in a place; zero where that has no such zone.
func secondIn(at, zone string, in *time.Location) time.Time {
	if in == nil {
		return time.Time{}
	}
	if zone == "" {
		t, _ := time.ParseInLocation(time.DateTime, at, in) // zero: no time
		return t.UTC()
	}
	t, err := time.ParseInLocation(time.DateTime+" MST", at+" "+zone, in)
	if err != nil || t.Location() != in { // made up, without an offset
		return time.Time{}
	}
	return t.UTC()
}

// usualZones are the hours of abbreviations that mean one thing everywhere, or
// that PostgreSQL's own list takes for one (timezonesets/Default).
var usualZones = map[string]float64{
	"UTC": 0, "GMT": 0, "UCT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "SAST": 2,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
	"JST": 9, "KST": 9, "HKT": 8, "AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "AWST": 8, "NZST": 12, "NZDT": 13,
}

// numericOffset reads "+03", "-0330" and "+05:30", in seconds.
func numericOffset(zone string) (int, bool) {
	if zone == "" || zone[0] != '+' && zone[0] != '-' {
		return 0, false
	}
	d := strings.ReplaceAll(zone[1:], ":", "")
	n, err := strconv.Atoi((d + "0000")[:4])
	if err != nil || len(d) < 2 {
		return 0, false
	}
	n = n/100*3600 + n%100*60
	if zone[0] == '-' {
		n = -n
	}
	return n, true
}
