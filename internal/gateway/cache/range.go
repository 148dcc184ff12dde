package cache

import (
	"bytes"
	"strconv"
	"time"
)

// A Reply is what of an answer goes to one client.
type Reply struct {
	Status   int // the answer's own, 304, 206 or 416
	From, To int // of the body; all of it where the status is the answer's own
}

// Reply judges the client's conditions on an answer, and the part that it asks
// for, in the order of RFC 9110, 13.2.2.
func (q *Request) Reply(status int, fields []Field, length int) Reply {
	whole := Reply{status, 0, length}
	switch {
	case q.NotModified(status, fields):
		return Reply{304, 0, length}
	case !q.isPart() || status != 200 || !q.ifRangeHolds(fields):
		return whole
	}
	from, to, ok := parsePart(q.ranges, int64(length))
	switch {
	case !ok:
		return whole
	case from >= to:
		return Reply{416, 0, 0}
	}
	return Reply{206, int(from), int(to)}
}

// AppendRange writes Content-Range, of so many bytes.
func (r *Reply) AppendRange(b []byte, length int) []byte {
	b = append(b, "Content-Range: bytes "...)
	if r.Status == 416 {
		b = append(b, '*')
	} else {
		b = append(strconv.AppendInt(b, int64(r.From), 10), '-')
		b = strconv.AppendInt(b, int64(r.To-1), 10)
	}
	return append(strconv.AppendInt(append(b, '/'), int64(length), 10), "\r\n"...)
}

// isPart: a range means something in a GET alone, and given once: RFC 9110,
// 14.2.
func (q *Request) isPart() bool { return q.ranged == 1 && q.isGet() }

// ifRangeHolds: the part is of what the client has. Both names have to be
// strong, and a date the same one, a second or more older than the answer:
// RFC 9110, 13.1.5 and 8.8.2.2.
func (q *Request) ifRangeHolds(fields []Field) bool {
	if !q.hasIfRange {
		return true
	}
	if bytes.HasSuffix(q.ifRange, []byte{'"'}) {
		etag := value(fields, "etag")
		return !bytes.HasPrefix(etag, []byte("W/")) && bytes.Equal(q.ifRange, etag)
	}
	since, last, sent := date(q.ifRange), date(value(fields, "last-modified")), date(value(fields, "date"))
	return !since.IsZero() && since.Equal(last) && sent.Sub(last) >= time.Second
}

// parsePart reads bytes=FROM-TO, bytes=FROM- and bytes=-LAST of so many bytes,
// and answers FROM and what is behind TO; they are equal where there is
// nothing of it. false: the field says nothing that is followed here. More
// than one range is not: who asks for thousands would get more than there is.
func parsePart(v []byte, length int64) (from, to int64, ok bool) {
	unit, set, found := bytes.Cut(v, []byte{'='})
	first, last, dash := bytes.Cut(bytes.Trim(set, " \t"), []byte{'-'})
	if !found || !dash || !bytes.EqualFold(unit, []byte("bytes")) || length == 0 {
		return 0, 0, false
	}
	a, hasFirst := position(first)
	b, hasLast := position(last)
	switch {
	case len(first) == 0 && hasLast:
		return max(length-b, 0), length, true
	case !hasFirst || len(last) > 0 && (!hasLast || b < a):
		return 0, 0, false
	case a >= length:
		return 0, 0, true
	case len(last) == 0:
		return a, length, true
	}
	return a, min(b, length-1) + 1, true
}

// mostPosition is beyond every body that is kept, and far from overflowing.
const mostPosition = 1 << 50

// position reads digits, however many.
func position(v []byte) (int64, bool) {
	var n int64
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n > mostPosition {
			n = mostPosition
		}
	}
	return n, len(v) > 0
}
