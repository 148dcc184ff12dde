package cache

import (
	"bytes"
	"slices"
)

// A Request is what the cache is asked with. Its fields are those that reach
// the upstream; all of it belongs to who asks, until the exchange is over.
type Request struct {
	Method  []byte
	Scheme  string // as the upstream is told it
	Host    []byte // … in its Host
	Told    []byte // … in X-Forwarded-Host
	Path    []byte
	Query   []byte
	Normal  []byte // the path as routes are looked up with it
	HasBody bool
	Fields  []Field

	asks
	scratch
}

// asks are what the fields of a request say.
type asks struct {
	control
	pragma                bool
	authorization, cookie bool
	conditional           bool // a condition that no cache can judge
	ranged                int  // how often there is a Range
	hasIfRange            bool
	ranges, ifRange       []byte
	noneMatch, modified   []byte
	hasNone, hasModified  bool
	accept, contentType   []byte
	keyed                 []Field // that change answers, and are in the key
	unknown               [][]byte
	waited                *flight // the one whose end was waited for
	rounds                int
}

// scratch is room that is used again.
type scratch struct {
	key   []byte
	parts [][]byte
}

// Reset makes a request ready for another one.
func (q *Request) Reset() {
	*q = Request{
		Fields:  q.Fields[:0],
		asks:    asks{keyed: q.keyed[:0], unknown: q.unknown[:0]},
		scratch: scratch{key: q.key[:0], parts: q.parts[:0]},
	}
}

// Forget lets go of the buffer in which the request lies.
func (q *Request) Forget() {
	clear(q.Fields[:cap(q.Fields)])
	clear(q.keyed[:cap(q.keyed)])
	clear(q.unknown[:cap(q.unknown)])
	q.Reset()
}

// read takes in the fields.
func (q *Request) read(ignore []string) {
	var room [nameRoom]byte
	for _, f := range q.Fields {
		name := lowered(&room, f.Name)
		if !q.take(string(name), f) && !(harmless(name) && !aims(name, f.Value)) && !slices.Contains(ignore, string(name)) {
			q.unknown = append(q.unknown, f.Name)
		}
	}
	// RFC 9111, 5.4: of old, and only where nothing newer is said.
	if q.pragma && !q.given {
		q.noCache = true
	}
}

// take takes in a field that has a meaning here.
func (q *Request) take(name string, f Field) bool {
	switch name {
	case "cache-control":
		q.add(f.Value)
	case "pragma":
		q.pragma = q.pragma || bytes.Contains(bytes.ToLower(f.Value), []byte("no-cache"))
	case "authorization":
		q.authorization = true
	case "cookie":
		q.cookie = true
	case "range":
		q.ranges = f.Value
		q.ranged++
	case "if-range":
		q.ifRange, q.conditional, q.hasIfRange = f.Value, q.conditional || q.hasIfRange, true
	case "if-match", "if-unmodified-since":
		q.conditional = true
	case "if-none-match":
		q.noneMatch, q.conditional, q.hasNone = f.Value, q.conditional || q.hasNone, true
	case "if-modified-since":
		q.modified, q.conditional, q.hasModified = f.Value, q.conditional || q.hasModified, true
	case "accept":
		q.accept = f.Value
	case "content-type":
		q.contentType = f.Value
	case "origin", "forwarded", "x-forwarded-port", "x-forwarded-server", "x-forwarded-prefix", "x-forwarded-ssl", "x-forwarded-scheme",
		"x-original-url", "x-rewrite-url":
		q.keyed = append(q.keyed, f)
	default:
		return false
	}
	return true
}

// harmless are fields that change no answer of a server that keeps to RFC
// 9110: it names in Vary what does. All others are taken for what may change
// it: an answer is then shared only where its Vary names the field.
func harmless(name []byte) bool {
	switch string(name) {
	case "accept-charset", "accept-encoding", "accept-language", "user-agent", "referer", "host", "date", "from", "via", "dnt", "te",
		"connection", "keep-alive", "content-length", "upgrade-insecure-requests", "priority", "max-forwards", "purpose",
		"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user",
		"sec-gpc", "sec-purpose", "x-request-id", "x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip",
		"traceparent", "tracestate", "x-correlation-id", "x-amzn-trace-id", "x-cloud-trace-context", "x-b3-traceid", "x-b3-spanid",
		"x-b3-parentspanid", "x-b3-sampled", "b3":
		return true
	}
	return false
}

// aims reports whether the value of a field that changes no answer is made to
// change one all the same, where a server writes it into its pages: it holds
// what markup is made of. Client hints are quoted strings.
func aims(name, v []byte) bool {
	for _, c := range []byte{'<', '>', '\'', '"'} {
		if bytes.IndexByte(v, c) >= 0 {
			return c != '"' || !bytes.HasPrefix(name, []byte("sec-"))
		}
	}
	return false
}

// isGet and isHead: only these are answered from what is kept.
func (q *Request) isGet() bool  { return string(q.Method) == "GET" }
func (q *Request) isHead() bool { return string(q.Method) == "HEAD" }

// past says why a request goes past the cache; "": it does not.
func (q *Request) past(r *Rule) string {
	switch {
	case !q.isGet() && !q.isHead():
		return "method"
	case q.HasBody:
		return "body"
	case r.excludes(q.Normal):
		return "excluded"
	case q.conditional:
		return "condition"
	case q.noStore:
		return "no-store"
	}
	return ""
}

// personal reports that what is answered may be for this user alone.
func (q *Request) personal() bool { return q.authorization || q.cookie }

// NotModified judges the client's condition on an answer: RFC 9110, 13.2.2.
func (q *Request) NotModified(status int, fields []Field) bool {
	if status != 200 {
		return false
	}
	if q.hasNone {
		return matches(q.noneMatch, value(fields, "etag"))
	}
	if !q.hasModified {
		return false
	}
	since, last := date(q.modified), date(value(fields, "last-modified"))
	if last.IsZero() {
		last = date(value(fields, "date"))
	}
	return !since.IsZero() && !last.IsZero() && !last.After(since)
}

// matches compares weakly, RFC 9110, 8.8.3.2. * is whatever there is.
func matches(condition, etag []byte) bool {
	if string(condition) == "*" {
		return true
	}
	l := list{condition}
	for len(etag) > 0 {
		item, ok := l.next()
		if !ok {
			return false
		}
		if bytes.Equal(strong(item), strong(etag)) {
			return true
		}
	}
	return false
}

func strong(etag []byte) []byte { return bytes.TrimPrefix(etag, []byte("W/")) }

// value is the first one of a field; nil: there is none.
func value(fields []Field, name string) []byte {
	for _, f := range fields {
		if f.isNamed(name) {
			return f.Value
		}
	}
	return nil
}
