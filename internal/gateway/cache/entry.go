package cache

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// An Entry is an answer that was kept. It is never changed.
type Entry struct {
	Status int
	Reason string
	Head   []byte // its fields, a line each, but for Age and its length
	Body   []byte
	Fields []Field // of Head

	id       ID
	key      Key
	received time.Time
	age      time.Duration // when it was received
	lifetime time.Duration
	while    time.Duration // beyond that, while it is asked for anew
	ifError  time.Duration // … if that fails
	until    time.Time     // kept
	// always: it is asked for anew each time. authorized: it may go to
	// requests with Authorization. explicit: it says itself how long it lasts.
	// strict: who asks may not take it stale.
	always, authorized, explicit, strict bool
}

// left out of what is kept: they are written anew with each answer, or are of
// another one.
func leftOut(name string) bool {
	switch name {
	case "age", "content-length", "transfer-encoding", "connection", "x-request-id", "keep-alive", "cache-status":
		return true
	}
	return false
}

// fill puts the head together: the lines of fields, and a Date where there is
// none (RFC 9110, 6.6.1).
func (e *Entry) fill(fields []Field, came time.Time) {
	var room [nameRoom]byte
	dated := false
	for _, f := range fields {
		name := string(lowered(&room, f.Name))
		if leftOut(name) {
			continue
		}
		dated = dated || name == "date"
		e.Head = appendLine(e.Head, f)
	}
	if !dated {
		e.Head = appendLine(e.Head, Field{[]byte("Date"), []byte(came.UTC().Format(dateForms[0]))})
	}
	e.Fields = linesOf(e.Head)
}

func appendLine(b []byte, f Field) []byte {
	b = append(append(b, f.Name...), ": "...)
	return append(append(b, f.Value...), "\r\n"...)
}

// linesOf takes apart what appendLine wrote.
func linesOf(head []byte) []Field {
	fields := make([]Field, 0, bytes.Count(head, []byte{'\n'}))
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\r\n"))
		name, v, ok := bytes.Cut(line, []byte(": "))
		if ok {
			fields = append(fields, Field{name, v})
		}
		head = rest
	}
	return fields
}

// overhead is what an entry takes beside its bytes: the node of the cache, the
// key, the fields, the strings. Measured with 10,000 small ones.
const overhead = 900

func (e *Entry) weight() uint32 {
	return weigh(overhead + cap(e.Head) + cap(e.Body) + e.id.size())
}

func (id *ID) size() int { return len(id.Host) + len(id.Path) + len(id.Query) + len(id.Clean) }

func weigh(n int) uint32 { return uint32(min(int64(n), math.MaxUint32)) }

// cameBefore takes an answer that comes later than now, by the clock of another
// gateway, for one that came now: it ages from here on, and not when that clock
// says so.
func (e *Entry) cameBefore(now time.Time) {
	if ahead := e.received.Sub(now); ahead > 0 {
		e.received, e.until = now, e.until.Add(-ahead)
	}
}

// Age is how old the answer is: RFC 9111, 4.2.3.
func (e *Entry) Age(now time.Time) time.Duration {
	return e.age + max(now.Sub(e.received), 0)
}

// Left is how long it is still fresh; below zero, how long it is stale.
func (e *Entry) Left(now time.Time) time.Duration { return e.lifetime - e.Age(now) }

// A use says how an entry may be given out.
type use int

const (
	useNot   use = iota // only after it was asked for anew
	useFresh            // as it is
	useStale            // it is stale, and who asks takes that
	useWhile            // … and it is asked for anew meanwhile
)

// use judges an entry for a request: RFC 9111, 4.2 and 5.2.1.
func (e *Entry) use(q *Request, now time.Time) use {
	left := e.Left(now)
	switch {
	case q.noCache || e.always:
		return useNot
	case q.maxAge.given && e.Age(now) > q.maxAge.d:
		return useNot
	case q.minFresh.given && left < q.minFresh.d:
		return useNot
	case left > 0:
		return useFresh
	case q.maxStale.given && !e.strict && -left <= q.maxStale.d:
		return useStale
	case -left < e.while:
		return useWhile
	}
	return useNot
}

// saves reports whether it may be given out because nothing newer can be had.
func (e *Entry) saves(q *Request, now time.Time) bool {
	return e.ifError > 0 && !e.always && !q.noCache && -e.Left(now) < e.ifError
}

// goesTo reports whether it may go to who asks.
func (e *Entry) goesTo(q *Request) bool {
	return (!q.authorization || e.authorized) && (!q.cookie || e.explicit)
}

// Validators are the fields that ask whether it is still as it was.
func (e *Entry) Validators() (etag, modified []byte) {
	return value(e.Fields, "etag"), value(e.Fields, "last-modified")
}

// Value is the first one of a field; nil: there is none.
func (e *Entry) Value(name string) []byte { return value(e.Fields, name) }

func (e *Entry) validated() bool {
	etag, modified := e.Validators()
	return len(etag) > 0 || len(modified) > 0
}

// notModified are the fields of a 304: RFC 9110, 15.4.5.
func notModified(name string) bool {
	switch name {
	case "cache-control", "content-location", "date", "etag", "expires", "vary", "last-modified":
		return true
	}
	return false
}

// AppendFields writes the fields: all of them, or those of a 304.
func (e *Entry) AppendFields(b []byte, unchanged bool) []byte {
	if !unchanged {
		return append(b, e.Head...)
	}
	var room [nameRoom]byte
	for _, f := range e.Fields {
		if notModified(string(lowered(&room, f.Name))) || bytes.HasPrefix(lowered(&room, f.Name), []byte("access-control-")) {
			b = appendLine(b, f)
		}
	}
	return b
}

// AppendAge writes Age, in whole seconds.
func (e *Entry) AppendAge(b []byte, now time.Time) []byte {
	b = append(b, "Age: "...)
	return append(strconv.AppendInt(b, int64(e.Age(now)/time.Second), 10), "\r\n"...)
}

// kept are fields that a 304 does not change: they are of the body that is
// there. RFC 9111, 3.2.
func kept(name string) bool {
	switch name {
	case "content-encoding", "content-type", "content-range", "content-length", "content-md5", "etag":
		return true
	}
	return false
}

// freshened are the entry's fields with those of a 304 in place of theirs. The
// Date is the 304's: without one it came now (RFC 9110, 6.6.1).
func (e *Entry) freshened(news []Field) []Field {
	var out []Field
	var room, other [nameRoom]byte
	replaced := func(name string) bool {
		for _, n := range news {
			if string(lowered(&other, n.Name)) == name {
				return true
			}
		}
		return false
	}
	for _, f := range e.Fields {
		if name := string(lowered(&room, f.Name)); name != "date" && (kept(name) || name == "" || !replaced(name)) {
			out = append(out, f)
		}
	}
	for _, n := range news {
		if name := string(lowered(&room, n.Name)); !kept(name) && name != "" {
			out = append(out, n)
		}
	}
	return out
}
