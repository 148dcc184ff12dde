package gateway

import (
	"errors"
	"strings"
	"time"
)

// readAnswer reads heads until one is the last: those below 200 only
// announce it.
func (x *exchange) readAnswer(conn *upconn, h *responseHead) *fault {
	for range maxAnnouncements {
		head, err := conn.in.head(x.s.cfg.Limits.Head, 0)
		if err != nil {
			if errors.Is(err, errUnasked) {
				return unasked()
			}
			quiet := !conn.in.waiting() && conn.in.w == 0
			gone := !isTimeout(err)
			var r *refusal
			if errors.As(err, &r) {
				return &fault{phase: phaseHead, err: refuse(502, inAnswer+"%s", r.why)}
			}
			return &fault{phase: phaseHead, err: err, stale: conn.used && quiet && gone}
		}
		if err := parseResponse(h, head); err != nil {
			return &fault{phase: phaseHead, err: asAnswer(err)}
		}
		switch {
		case h.status == 101 && x.upgrade && h.websocket(), h.status >= 200:
			return nil
		case h.status == 101:
			return &fault{phase: phaseHead, err: refuse(502, "the answer changes to a protocol that was not asked for")}
		case h.status > 101 && x.c.head.minor == 1:
			if f := x.announce(h); f != nil {
				return f
			}
		}
	}
	return &fault{phase: phaseHead, err: refuse(502, "the answer is announced without end")}
}

// inAnswer tells reasons of answers from those of requests.
const inAnswer = "in the answer: "

// asAnswer is what was refused in an answer: the upstream's fault.
func asAnswer(err error) error {
	var r *refusal
	if errors.As(err, &r) && r.status < 500 {
		return &refusal{502, inAnswer + r.why}
	}
	return err
}

// maxAnnouncements: 103 comes once or twice.
const maxAnnouncements = 16

// announce passes on a head that another one follows.
func (x *exchange) announce(h *responseHead) *fault {
	out := x.c.g.rooms.get()
	defer x.c.g.rooms.put(out)
	out.b = appendResponse(out.b, h, x.method, manner{minor: 1})
	p := pump{to: &x.c.out, out: out, write: x.s.cfg.Timeouts.Write}
	if err := p.flush(); err != nil {
		x.again = false
		return &fault{phase: phaseBody, err: err, ours: true}
	}
	return nil
}

// noteRefused counts an answer that was not passed on, by reason, and tells of
// it from time to time.
func (x *exchange) noteRefused(u *upstream, r *refusal) {
	x.c.g.tally.refuse(r)
	now := time.Now()
	u.mu.Lock()
	told := now.Sub(u.refusedAt) < sayAgain
	if !told {
		u.refusedAt = now
	}
	u.mu.Unlock()
	if !told {
		x.c.g.events.add(u, "its answer was refused: "+plainly(r))
	}
}

// plainly is what was wrong with an answer, where that it is one was said.
func plainly(r *refusal) string { return strings.TrimPrefix(r.why, inAnswer) }
