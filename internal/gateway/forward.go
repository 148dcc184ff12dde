package gateway

import (
	"errors"
	"time"
)

// forward tries upstreams until one answers, as far as trying again does no
// harm and the budget allows.
func (x *exchange) forward() {
	var few [4]*upstream
	tried := few[:0]
	for {
		u, trial := x.r.pick(&x.candidates, x.key, tried, x.now())
		if u == nil {
			if x.saved(0) {
				return
			}
			x.answer(503, "no upstream is healthy", "Retry-After: 1\r\n")
			return
		}
		if len(tried) > 0 {
			u.counts.retries.Add(1)
		}
		x.upstream = u
		f := x.try(u)
		u.end(trial)
		if f == nil {
			return
		}
		x.note(u, f)
		tried = append(tried, u)
		if !x.mayTryAgain(f, len(tried)) {
			x.fail(f)
			return
		}
	}
}

// note holds a fault against an upstream whose it is.
func (x *exchange) note(u *upstream, f *fault) {
	if f.ours || errors.Is(f.err, errPoolFull) {
		return
	}
	u.counts.failures.Add(1)
	var r *refusal
	if errors.As(f.err, &r) {
		x.noteRefused(u, r)
	}
	if f.phase == phaseConnect {
		u.pool.flush()
	}
	x.c.g.holdAgainst(x.s, u, f.err)
}

// holdAgainst notes a request that an upstream did not answer.
func (g *Gateway) holdAgainst(s *setup, u *upstream, err error) {
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	// Another upstream's lock is taken in mayEject: they are taken out one
	// after the other.
	may := func() bool {
		u.mu.Unlock()
		defer u.mu.Lock()
		return s.mayEject(now)
	}
	g.events.add(u, u.health.failedOnce(shortly(err), now, may))
}

func (x *exchange) mayTryAgain(f *fault, tries int) bool {
	if f.ours || f.phase == phaseBody || tries >= x.s.cfg.Retry.Attempts {
		return false
	}
	if f.phase != phaseConnect && !x.repeatable {
		return false
	}
	return x.r.spend()
}

// fail tells the client that no upstream answered.
func (x *exchange) fail(f *fault) {
	if f.phase == phaseBody {
		x.again, x.status = false, max(x.status, 502)
		return // a part of the answer has gone out: only closing says that it ends
	}
	if !f.ours && x.saved(0) {
		return
	}
	var r *refusal
	if f.ours && errors.As(f.err, &r) {
		x.refuse(r, "")
		return
	}
	text := shortly(f.err).Error()
	switch {
	case errors.As(f.err, &r):
		text = "the upstream's answer was refused: " + plainly(r)
	case !f.ours:
		text = "the upstream did not answer: " + text
	}
	x.answer(f.status(), text, "")
}

// try sends the request to one upstream, and passes its answer on. A
// connection that was closed while it was idle is no fault: the request goes
// out once more on a new one.
func (x *exchange) try(u *upstream) *fault {
	for fresh := x.upgrade; ; fresh = true {
		conn, err := u.pool.get(u.rule.Load(), u.tls, fresh, x.now())
		if err != nil {
			return &fault{phase: phaseConnect, err: err}
		}
		f := x.converse(u, conn)
		if f != nil && x.c.broken.Load() {
			f.ours = true
			return f
		}
		if f == nil || fresh || !f.unsent && (!f.stale || !x.repeatable) {
			return f
		}
	}
}

// converse has one request and its answer on one connection.
func (x *exchange) converse(u *upstream, conn *upconn) *fault {
	x.write(u)
	x.c.asks.Store(conn)
	defer x.c.asks.Store(nil)
	if x.c.broken.Load() { // a stop either sees the connection, or is seen here
		conn.Close()
	}
	sent := x.now()
	up := x.send(conn)
	if up.err != nil {
		u.pool.put(conn, false)
		return up.err
	}
	h := &x.c.answer
	if f := x.readAnswer(conn, h); f != nil {
		f = up.settle(f)
		u.pool.put(conn, false)
		return f
	}
	took := time.Since(sent)
	up.answered()
	x.status = h.status
	if h.status == 101 {
		x.well(u, took, sent)
		return x.tunnel(u, conn, h)
	}
	f, done := x.throughCache(u, conn, up, sent)
	if !done {
		f = x.relay(u, conn, h, up)
	}
	if f == nil || f.ours {
		x.well(u, took, sent)
	}
	return f
}

// well notes that the upstream answered.
func (x *exchange) well(u *upstream, took time.Duration, sent time.Time) {
	x.c.g.events.add(u, u.served(x.status, took, sent.Add(took)))
}

// relay passes an answer on.
func (x *exchange) relay(u *upstream, conn *upconn, h *responseHead, up *upload) *fault {
	r := x.begin(conn, h, up)
	defer x.putBack(r)
	return x.end(u, conn, up, r, r.p.sendAll(&r.b))
}

// A relayed is an answer on its way to the client.
type relayed struct {
	p        pump
	b        body
	reusable bool // the upstream's connection, behind it
}

// roomFor is the room for an answer: that of the request, which has gone,
// unless its body is on its way still.
func (x *exchange) roomFor(up *upload) *room {
	if up.done != nil {
		return x.c.g.rooms.get()
	}
	x.out.b = x.out.b[:0]
	return x.out
}

// putBack gives the room of an answer back.
func (x *exchange) putBack(r *relayed) {
	if r.p.out != x.out {
		x.c.g.rooms.put(r.p.out)
	}
}

// begin puts the head together.
func (x *exchange) begin(conn *upconn, h *responseHead, up *upload) *relayed {
	r := &x.down
	*r = relayed{b: responseBody(&conn.in, h, x.method)}
	t := &x.s.cfg.Timeouts
	r.p = pump{to: &x.c.out, out: x.roomFor(up), write: t.Write, silence: t.Stall, tap: &x.c.answered}
	x.c.noteAnswer(h)
	if h.stream {
		r.p.silence = t.Stream
		x.leave() // it may last for hours
	}
	m := manner{minor: x.c.head.minor, id: x.id, note: x.cacheNote, changes: x.changesOf(h.status, h.length, h)}
	r.p.enc = x.encoder(&r.p, &m.changes)
	unsized := r.b.kind == bodyChunked || r.b.kind == bodyToEnd || r.p.enc != nil
	r.p.chunked = unsized && m.minor == 1
	x.again = x.again && (!unsized || m.minor == 1) && up.over() && !x.c.g.stopping.Load()
	r.reusable = !h.close && (h.minor == 1 || h.keepAlive) && r.b.kind != bodyToEnd
	m.chunked, m.again = r.p.chunked, x.again
	if x.status == 304 || x.status == 204 || string(x.method) == "HEAD" {
		m.chunked = false
	}
	r.p.out.b = appendResponse(r.p.out.b, h, x.method, m)
	return r
}

// end is behind the answer, or behind what of it there was.
func (x *exchange) end(u *upstream, conn *upconn, up *upload, r *relayed, err error) *fault {
	p := &r.p
	x.c.g.squeezed.done(p)
	x.sent = p.sent
	u.counts.sent.Add(uint64(p.sent))
	uploaded := up.finish()
	// Of a body that was read and not all written the rest would be taken for
	// the next request.
	u.pool.put(conn, err == nil && r.reusable && uploaded && !up.cut && !x.alone)
	switch {
	case err == nil && uploaded:
		return nil
	case err == nil:
		x.c.linger()
		return nil
	case p.failed != nil:
		x.again = false
		return &fault{phase: phaseBody, err: p.failed, ours: true}
	}
	f := &fault{phase: phaseBody, err: asAnswer(cutOff(err))}
	if !p.began {
		f.phase = phaseHead // nobody has seen a part of it
	}
	x.again = x.again && !p.began
	return f
}
