package cache

import (
	"math"
	"time"
)

// A control is what Cache-Control says, in a request or in an answer.
type control struct {
	noStore, noCache, private, public, strict, must bool
	understand, onlyIfCached, given                 bool

	maxAge, sMaxAge, minFresh, maxStale, whileRevalidating, ifError span
}

// A span is the argument of a directive.
type span struct {
	d     time.Duration
	given bool
}

// any is a span without end: max-stale without an argument.
const anySpan = time.Duration(math.MaxInt64)

// mostSeconds: what is more counts as this, RFC 9111, 1.2.2.
const mostSeconds = 1 << 31

// add takes in one Cache-Control field.
func (c *control) add(value []byte) {
	c.given = true
	l := list{value}
	for {
		item, ok := l.next()
		if !ok {
			return
		}
		c.take(directive(item))
	}
}

// take takes in one directive. no-cache and private with names of fields count
// as those without: leaving out these fields alone would be allowed, not asked
// for (RFC 9111, 5.2.2.4).
func (c *control) take(name, arg []byte, given bool) {
	var room [nameRoom]byte
	switch string(lowered(&room, name)) {
	case "no-store":
		c.noStore = true
	case "no-cache":
		c.noCache = true
	case "private":
		c.private = true
	case "public":
		c.public = true
	case "must-revalidate":
		c.strict, c.must = true, true
	case "proxy-revalidate":
		c.strict = true
	case "must-understand":
		c.understand = true
	case "only-if-cached":
		c.onlyIfCached = true
	case "max-age":
		c.maxAge.take(arg)
	case "s-maxage":
		c.sMaxAge.take(arg)
	case "min-fresh":
		c.minFresh.take(arg)
	case "max-stale":
		c.maxStale.takeMore(arg, given)
	case "stale-while-revalidate":
		c.whileRevalidating.takeMore(arg, true)
	case "stale-if-error":
		c.ifError.takeMore(arg, true)
	}
}

// take takes in how long something is fresh: what is no number is not at all,
// and of two that differ none counts (RFC 9111, 4.2.1).
func (s *span) take(arg []byte) {
	n, ok := seconds(arg)
	d := time.Duration(n) * time.Second
	if !ok || s.given && s.d != d {
		d = 0
	}
	s.d, s.given = d, true
}

// takeMore takes in how long something may be used beyond that: what is no
// number allows nothing.
func (s *span) takeMore(arg []byte, needed bool) {
	n, ok := seconds(arg)
	switch {
	case ok:
		s.d, s.given = time.Duration(n)*time.Second, true
	case !needed && len(arg) == 0:
		s.d, s.given = anySpan, true
	}
}

// seconds reads digits.
func seconds(v []byte) (int64, bool) {
	var n int64
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int64(c-'0'), mostSeconds)
	}
	return n, len(v) > 0
}

// dateForms are those of RFC 9110, 5.6.7: the one to send, and two of old.
var dateForms = [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC}

// date reads a date; the zero time is none.
func date(v []byte) time.Time {
	for _, form := range dateForms {
		if t, err := time.ParseInLocation(form, string(v), time.UTC); err == nil {
			return t
		}
	}
	return time.Time{}
}
