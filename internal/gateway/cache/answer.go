package cache

import (
	"bytes"
	"strings"
	"time"
)

// An Answer is the head of what an upstream answered.
type Answer struct {
	Status int
	Reason []byte
	Fields []Field // those that go on to clients
	// Asked and Came are when the request was sent, and when the head was there.
	Asked, Came time.Time
}

// says is what the fields of an answer say about keeping it.
type says struct {
	control
	vary                []string
	star, encoded       bool
	setCookie, part     bool
	stream              bool
	date, last, expires time.Time
	expiring            bool // there is an Expires, also one that is no date
	age                 time.Duration
	etag, modified      []byte
}

func (a *Answer) says() says {
	s := says{age: -1}
	for _, f := range a.Fields {
		s.take(f)
	}
	if s.encoded {
		// Who names no Accept-Encoding has forgotten it: not everybody can read this.
		s.vary, _ = varied(s.vary, []byte("accept-encoding"))
	}
	if s.date.IsZero() {
		s.date = a.Came
	}
	s.age = max(s.age, 0)
	return s
}

func (s *says) take(f Field) {
	var room [nameRoom]byte
	switch string(lowered(&room, f.Name)) {
	case "cache-control":
		s.add(f.Value)
	case "vary":
		var star bool
		s.vary, star = varied(s.vary, f.Value)
		s.star = s.star || star
	case "set-cookie", "set-cookie2":
		s.setCookie = true
	case "content-range":
		s.part = true
	case "content-encoding":
		s.encoded = len(f.Value) > 0 && !strings.EqualFold(string(f.Value), "identity")
	case "content-type":
		s.stream = bytes.HasPrefix(bytes.ToLower(f.Value), []byte("text/event-stream"))
	case "date":
		s.date = date(f.Value)
	case "last-modified":
		s.last, s.modified = date(f.Value), f.Value
	case "etag":
		s.etag = f.Value
	case "expires":
		s.expire(date(f.Value))
	case "age":
		s.grow(f.Value)
	}
}

// expire takes in Expires: of two that differ the earlier one.
func (s *says) expire(t time.Time) {
	if !s.expiring || t.Before(s.expires) {
		s.expires = t
	}
	s.expiring = true
}

// grow takes in Age; one that is no number says nothing.
func (s *says) grow(v []byte) {
	l := list{v}
	item, _ := l.next()
	if n, ok := seconds(item); ok && s.age < 0 {
		s.age = time.Duration(n) * time.Second
	}
}

// heuristic is how much of its age a document is taken to stay as it is, one
// part in so many: RFC 9111, 4.2.2.
const heuristic = 10

// lifetime is how long an answer is fresh: RFC 9111, 4.2.1. explicit: it says
// so itself.
func (s *says) lifetime(status int, r *Rule) (d time.Duration, explicit, ok bool) {
	switch {
	case s.sMaxAge.given:
		return s.sMaxAge.d, true, true
	case s.maxAge.given:
		return s.maxAge.d, true, true
	case s.expiring:
		return max(s.expires.Sub(s.date), 0), true, true
	}
	d, ok = r.TTL[status]
	if ok && !s.last.IsZero() && s.last.Before(s.date) {
		d = min(d, s.date.Sub(s.last)/heuristic)
	}
	return d, s.public, ok
}

// initialAge is how old an answer was when it came: RFC 9111, 4.2.3.
func (s *says) initialAge(a *Answer) time.Duration {
	apparent := max(a.Came.Sub(s.date), 0)
	return max(apparent, s.age+a.Came.Sub(a.Asked))
}

// understood are the statuses whose meaning is known here; only these are kept
// where the answer asks for that.
func understood(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 302, 303, 307, 308, 403, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504:
		return true
	}
	return false
}

// ofOneRequest are statuses that speak of how one client asked, and not of what
// it asked for: sent to all they would shut everybody out, by a field that is
// not in the key. RFC 6585 forbids to keep 428, 429, 431 and 511.
func ofOneRequest(status int) bool {
	switch status {
	case 400, 407, 408, 411, 412, 413, 415, 416, 417, 421, 425, 426, 428, 429, 431, 511:
		return true
	}
	return false
}

// Keepable reports whether an answer of a status may be kept at all.
func Keepable(status int) bool {
	return status >= 200 && status <= 599 && status != 206 && status != 304 && !ofOneRequest(status)
}

// refuses says why an answer is not kept; "": it may be. The safe side: with
// Set-Cookie never, whatever else it says; for a request with a Cookie only if
// it says itself how long.
func (s *says) refuses(a *Answer, q *Request, explicit, ok bool) string {
	switch {
	case ofOneRequest(a.Status):
		return "status"
	case !Keepable(a.Status) || s.part:
		return "partial"
	case s.noStore:
		return "no-store"
	case s.private:
		return "private"
	case s.understand && !understood(a.Status):
		return "must-understand"
	case s.setCookie:
		return "set-cookie"
	case s.stream:
		return "stream"
	case s.star:
		return "vary"
	case !ok:
		return "no lifetime"
	case q.authorization && !s.authorized():
		return "authorization"
	case q.cookie && !explicit:
		return "cookie"
	case !covers(s.vary, q.unknown):
		return "unkeyed field"
	}
	return ""
}

// authorized: RFC 9111, 3.5.
func (s *says) authorized() bool { return s.public || s.must || s.sMaxAge.given }

// validated reports that the answer can be asked for again by name.
func (s *says) validated() bool { return len(s.etag) > 0 || !s.last.IsZero() }

// How long what is stale is kept: with a name it can be had again for little.
const keptStale = time.Hour

// judge says how an answer is kept, or why not.
func (r *Rule) judge(a *Answer, q *Request) (e Entry, names []string, why string) {
	s := a.says()
	d, explicit, ok := s.lifetime(a.Status, r)
	if why = s.refuses(a, q, explicit, ok); why != "" {
		return e, nil, why
	}
	e = Entry{
		Status: a.Status, received: a.Came, age: s.initialAge(a), lifetime: d,
		always: s.noCache, authorized: s.authorized(), explicit: explicit, strict: s.strict || s.sMaxAge.given,
	}
	e.while, e.ifError = s.extras(r)
	left := d - e.age + max(e.while, e.ifError)
	if s.noCache || left <= 0 {
		left = 0
	}
	if s.validated() {
		left = max(left, 0) + keptStale
	}
	if left <= 0 {
		return e, nil, "expired"
	}
	e.until = a.Came.Add(left)
	return e, s.vary, ""
}

// extras are how long the answer may be used when it is stale. must-revalidate
// and proxy-revalidate forbid it, s-maxage does where nothing else is said
// (RFC 9111, 5.2.2.10): who writes both wants both.
func (s *says) extras(r *Rule) (while, ifError time.Duration) {
	if s.strict || s.noCache {
		return 0, 0
	}
	if !s.sMaxAge.given {
		while, ifError = r.WhileRevalidating, r.IfError
	}
	if s.whileRevalidating.given {
		while = s.whileRevalidating.d
	}
	if s.ifError.given {
		ifError = s.ifError.d
	}
	return while, ifError
}
