package gateway

import (
	"net/http"
	"strconv"
	"time"

	"mltop/internal/gateway/cache"
)

// give sends what is kept, or what of it the client asks for. note is the
// Cache-Status where it is no plain hit.
func (x *exchange) give(now time.Time, note []byte) {
	e := x.look.Entry
	reply := x.c.question.Reply(e.Status, e.Fields, len(e.Body))
	if reply.Status == 416 {
		x.giveNothing(now, note)
		return
	}
	x.status = reply.Status
	x.again = x.again && !x.c.g.stopping.Load()
	x.c.noteKept(e)
	head := string(x.method) == "HEAD"
	body, changed := x.keptFor(e, head || reply.Status != e.Status)
	b := x.appendKept(x.out.b[:0], &reply, &changed)
	b = e.AppendAge(b, now)
	if note == nil {
		b = x.look.AppendHit(b, now)
	}
	if reply.Status == 206 {
		b = reply.AppendRange(b, len(body))
		body = body[reply.From:reply.To]
	}
	if reply.Status == 304 || reply.Status == 204 {
		body = nil
	} else {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(body)), 10), "\r\n"...)
	}
	if head {
		body = nil
	}
	p := pump{to: &x.c.out, out: x.out, write: x.s.cfg.Timeouts.Write, tap: &x.c.answered}
	p.out.b = appendEnd(b, manner{minor: x.c.head.minor, again: x.again, id: x.id, note: note}, true)
	if p.sendWhole(body) != nil {
		x.again = false
	}
	x.sent = p.sent
}

// appendKept writes the first line and the fields of what is kept.
func (x *exchange) appendKept(b []byte, reply *cache.Reply, changed *changes) []byte {
	e := x.look.Entry
	b = append(strconv.AppendInt(append(b, "HTTP/1.1 "...), int64(reply.Status), 10), ' ')
	if reply.Status == e.Status {
		b = append(append(b, e.Reason...), "\r\n"...)
	} else {
		b = append(append(b, http.StatusText(reply.Status)...), "\r\n"...)
	}
	switch {
	case reply.Status == 304:
		changed.control = "" // the CDN has it with the answer that is not modified
		return changed.appendAdded(e.AppendFields(b, true))
	case changed.isNone():
		return e.AppendFields(b, false)
	}
	return changed.appendKept(b, e)
}

// giveNothing says how much there is to a client that wants what is behind it.
func (x *exchange) giveNothing(now time.Time, note []byte) {
	if note == nil {
		note = x.look.AppendHit(nil, now)
	}
	there := cache.Reply{Status: 416}
	x.answer(416, "the answer is not so long", string(append(there.AppendRange(nil, len(x.look.Entry.Body)), note...)))
}
