package gateway

import (
	"bytes"
	"errors"
	"time"
)

// turnAway answers a request whose head was not taken, and closes: where it
// ends is in doubt. It is counted, and has its row in the log.
func (x *exchange) turnAway(err error) {
	r := refusalOf(err)
	if r == nil {
		return // the client went
	}
	c := x.c
	c.beginLog()
	c.kept = legible(c.kept[:0], c.block)
	c.block = c.kept
	x.id, x.from, x.status = newID(), c.peer, r.status
	c.g.tally.refuse(r)
	c.answered.take([]byte(r.why))
	said := c.say(r.status, r.why, "", false, manner{minor: 1, id: x.id})
	end := time.Now()
	x.took = end.Sub(x.began)
	c.g.tally.turnAway(r.status, end)
	x.log()
	if said {
		c.linger()
	}
}

// refusalOf is what a client is told whose head could not be read; nil: it
// has gone.
func refusalOf(err error) *refusal {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r
	case isTimeout(err):
		return &refusal{408, "the head took too long"}
	}
	return nil
}

// refuse answers a request that was read and is not passed on.
func (x *exchange) refuse(r *refusal, extra string) {
	if !x.isNobody() {
		x.c.g.tally.refuse(r)
	}
	x.answer(r.status, r.why, extra)
}

// legible appends what of a refused head is certain: a method, a target from
// / on in a line that is whole, and the fields up to the first that is wrong.
// What follows that one may be a field's value for somebody else.
func legible(to, head []byte) []byte {
	line, rest, whole := bytes.Cut(head, crlf)
	method, after, ok := bytes.Cut(line, []byte{' '})
	if !ok || !isMethod(method) {
		return to
	}
	to = append(to, method...)
	target, version, _ := bytes.Cut(after, []byte{' '})
	if whole && isVersion(version) && isLegible(target) {
		to = append(append(to, ' '), target...)
	}
	to = append(to, crlf...)
	for whole {
		if line, rest, whole = bytes.Cut(rest, crlf); !whole || len(line) == 0 {
			break
		}
		if _, err := parseField(line); err != nil {
			break
		}
		to = append(append(to, line...), crlf...)
	}
	return to
}

var crlf = []byte("\r\n")

// isLegible: other forms of a target may hold a password.
func isLegible(target []byte) bool {
	if len(target) == 0 || target[0] != '/' {
		return false
	}
	for _, c := range target {
		if !targetChars[c] {
			return false
		}
	}
	return true
}
