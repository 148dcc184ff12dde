package gateway

import (
	"bytes"
	"time"

	"mltop/internal/gateway/cache"
)

// A caching is what the cache makes of an exchange.
type caching struct {
	keeps     *cache.Cache // nil: none has a part in it
	look      cache.Look
	target    cache.ID // of a request that changes something
	cacheNote []byte   // Cache-Status
}

// An asking is room for asking the cache, used again by each request of a
// client.
type asking struct {
	question cache.Request
	lines    []cache.Field
}

// fromCache answers from what is kept. false: an upstream has to be asked.
func (x *exchange) fromCache() bool {
	if x.keeps = x.s.cacheOf(x.r); x.keeps == nil {
		return false
	}
	q := x.questionFor(&x.c.question)
	x.keeps.Read(q)
	for {
		now := x.now()
		x.look = x.keeps.Look(q, now)
		switch x.look.Act {
		case cache.Serve:
			x.give(now, nil)
			return true
		case cache.Renew:
			x.renew()
			x.give(now, nil)
			return true
		case cache.Refuse:
			x.answer(504, "it is not kept, and nobody may be asked", string(x.look.AppendForward(nil, 0, "")))
			return true
		case cache.Wait:
			x.await(q)
		default:
			return x.goOnward(q)
		}
	}
}

// goOnward leaves a request to the upstreams. Of one that changes something
// the target is noted now: its head will be gone when its body was read.
func (x *exchange) goOnward(q *cache.Request) bool {
	if x.look.Act == cache.Pass && !isSafe(x.method) {
		x.target = q.ID()
	}
	return false
}

// isSafe: RFC 9110, 9.2.1.
func isSafe(method []byte) bool {
	switch string(method) {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// await waits for another request's answer, not for ever.
func (x *exchange) await(q *cache.Request) {
	t := time.NewTimer(x.s.cfg.Cache.Wait)
	defer t.Stop()
	select {
	case <-x.look.Done:
	case <-t.C:
		q.Alone()
	}
}

// questionFor puts the request as the cache is asked: what reaches the upstream.
func (x *exchange) questionFor(q *cache.Request) *cache.Request {
	h := &x.c.head
	trusted := x.s.trusts(x.c.peer)
	q.Reset()
	proto, host := asAsked(h, x.c.secure, trusted)
	q.Method, q.Scheme, q.Host, q.Path, q.Normal = x.method, proto, h.host, h.path, x.c.normal
	q.HasBody = !x.body.done || x.upgrade
	if !bytes.Equal(host, h.host) {
		q.Told = host
	}
	if len(h.path) < len(h.target) {
		q.Query = h.target[len(h.path)+1:]
	}
	for _, f := range h.fields {
		if sameFold(f.name, "host") || h.ends(f.name) || isOneOf(f.name, always) || !trusted && isOneOf(f.name, told) {
			continue
		}
		q.Fields = append(q.Fields, cache.Field{Name: f.name, Value: f.value})
	}
	return q
}

// validate lets the upstream say whether what is kept is still good.
func (x *exchange) validate(p *passage) {
	f := x.look.Fill
	if f == nil || !f.Whole {
		return
	}
	p.whole = true
	if f.Stale != nil {
		p.etag, p.modified = f.Stale.Validators()
	}
}

// letGo tells those that wait for this answer that none comes.
func (x *exchange) letGo() { x.look.Fill.Drop() }

// throughCache deals with an answer that the cache has a part in. done: it has
// gone to the client.
func (x *exchange) throughCache(u *upstream, conn *upconn, up *upload, asked time.Time) (f *fault, done bool) {
	h := &x.c.answer
	if x.keeps == nil {
		return nil, false
	}
	fill := x.look.Fill
	if fill == nil {
		x.cacheNote = x.look.AppendForward(nil, h.status, "")
		if !isSafe(x.method) && h.status >= 200 && h.status < 400 {
			x.keeps.Invalidate(x.target, x.linesOf(h))
		}
		return nil, false
	}
	a := cache.Answer{Status: h.status, Reason: h.reason, Fields: x.linesOf(h), Asked: asked, Came: time.Now()}
	switch {
	case h.status == 304 && fill.Whole && fill.Stale != nil:
		return x.unchanged(u, conn, &a)
	case h.status == 500 || h.status >= 502 && h.status <= 504:
		if x.saved(h.status) {
			u.pool.put(conn, false)
			return nil, true
		}
	}
	return x.keep(u, conn, up, &a)
}

// keep has an answer kept where it may be.
func (x *exchange) keep(u *upstream, conn *upconn, up *upload, a *cache.Answer) (*fault, bool) {
	h := &x.c.answer
	why, limit := x.look.Fill.Take(a)
	switch kind := h.body(x.method); {
	case why != "":
	case h.length > limit:
		why = "too long"
	case kind == bodyToEnd:
		why = "no length" // it may have been cut off, and nobody could tell
	}
	x.cacheNote = x.look.AppendForward(nil, h.status, why)
	if why != "" {
		x.look.Fill.Unshared(a.Came)
		return nil, false
	}
	return x.relayKept(u, conn, up, a, limit), true
}

// unchanged gives out what is kept, as the upstream says that it is still so.
func (x *exchange) unchanged(u *upstream, conn *upconn, a *cache.Answer) (*fault, bool) {
	h, fill := &x.c.answer, x.look.Fill
	e, ok := fill.Freshen(a) // its fields lie where the connection reads
	u.pool.put(conn, !h.close && (h.minor == 1 || h.keepAlive) && !x.alone)
	if !ok { // it speaks of another one: ask without a name
		fill.Stale = nil
		return x.try(u), true
	}
	x.look.Entry = e
	x.give(a.Came, x.look.AppendForward(nil, 304, ""))
	return nil, true
}

// saved gives out what is stale when the upstreams fail, where that is
// allowed.
func (x *exchange) saved(status int) bool {
	now := time.Now()
	e := x.look.Fill.Saves(now)
	if e == nil {
		return false
	}
	x.look.Entry = e
	x.look.Fill.Drop()
	x.give(now, x.look.AppendForward(nil, status, "stale-if-error"))
	return true
}

// linesOf are the fields of an answer that go on to clients.
func (x *exchange) linesOf(h *responseHead) []cache.Field {
	lines := x.c.lines[:0]
	for _, f := range h.fields {
		if !h.ends(f.name) {
			lines = append(lines, cache.Field{Name: f.name, Value: f.value})
		}
	}
	x.c.lines = lines
	return lines
}

// cacheFor is the cache of a configuration: the one that is there, with what
// it keeps, where there is one. Nobody waits for one that is let go.
func (g *Gateway) cacheFor(cfg Config, old *setup) (*cache.Cache, error) {
	var have *cache.Cache
	if old != nil {
		have = old.cache
	}
	switch {
	case !cfg.cachesAny():
		if have != nil {
			have.Close()
		}
		return nil, nil
	case have != nil:
		return have, have.Follow(cfg.Cache)
	}
	return cache.New(cfg.Cache, func(text string) { g.events.add(nil, text) })
}
