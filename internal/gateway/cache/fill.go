package cache

import (
	"bytes"
	"net/url"
	"strings"
	"time"
)

// How long requests for a URI go by themselves after its answer turned out to
// be for one alone: a crowd must not queue for what it cannot share.
const aloneFor = 10 * time.Second

// Drop says that nothing came that can be kept.
func (f *Fill) Drop() {
	if f == nil || f.over {
		return
	}
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	f.end(nil)
}

// For makes it the fill of another request for the same: one behind the
// client's back.
func (f *Fill) For(q *Request) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	f.q = q
}

// Unshared says that what came is for who asked alone.
func (f *Fill) Unshared(now time.Time) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.flight != nil && f.flight.waiters > 0 && !f.over {
		f.c.leaveAlone(f, now)
	}
	f.end(nil)
}

// leaveAlone notes it at the node, under c.mu.
func (c *Cache) leaveAlone(f *Fill, now time.Time) {
	n := newNode(f.q.ID())
	if s, ok := c.memory.GetIfPresent(f.uri); ok {
		n = s.node
	}
	next := n.with(nil, now.Add(aloneFor))
	next.alone = now.Add(aloneFor)
	c.memory.Set(f.uri, slot{node: next})
}

// Take judges the head of an answer, and copies it: where it lies the body will
// be read. It says why the answer is not kept; "": it will be, with a body of
// so many bytes at most.
func (f *Fill) Take(a *Answer) (why string, limit int64) {
	r := f.c.rule.Load()
	if !f.q.isGet() {
		f.compare(a)
		return "method", 0
	}
	e, names, why := r.judge(a, f.q)
	if why != "" {
		return why, 0
	}
	e.Status, e.Reason = a.Status, string(a.Reason)
	e.fill(a.Fields, a.Came)
	f.taken, f.names = &e, names
	return "", r.MaxBody
}

// compare forgets what is kept where the answer to HEAD tells of another one:
// RFC 9111, 4.3.5.
func (f *Fill) compare(a *Answer) {
	if f.Stale == nil || a.Status != 200 {
		return
	}
	for _, name := range []string{"etag", "last-modified"} {
		had, has := f.Stale.Value(name), value(a.Fields, name)
		if len(had) > 0 && len(has) > 0 && !bytes.Equal(strong(had), strong(has)) {
			f.c.forgetURI(f.uri)
			return
		}
	}
}

// Keep keeps the answer whose head was taken, with its whole body, and answers
// it for who asked. It is not kept where a purge came in between.
func (f *Fill) Keep(body []byte) *Entry {
	e := f.taken
	e.Body = body
	f.keep(e, f.names, true)
	return e
}

func (f *Fill) keep(e *Entry, names []string, good bool) {
	c := f.c
	e.id = f.q.ID()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !good || f.doomed || f.over {
		f.end(nil)
		return
	}
	n := newNode(e.id)
	if s, ok := c.memory.GetIfPresent(f.uri); ok {
		n = s.node
	}
	n = n.with(names, e.until)
	e.key = f.q.second(f.uri, n)
	n = n.knowing(f.q.made(f.uri, n), e.key)
	c.memory.Set(f.uri, slot{node: n})
	c.memory.Set(e.key, slot{entry: e})
	c.counts.stored.Add(1)
	c.remote.Load().put(f.uri, n, e)
	f.end(e)
}

// Freshen takes a 304 for the entry that was asked about, and answers it as it
// is now. false: the 304 is about another one.
func (f *Fill) Freshen(a *Answer) (*Entry, bool) {
	etag, _ := f.Stale.Validators()
	if news := value(a.Fields, "etag"); len(news) > 0 && !matches(news, etag) {
		return nil, false
	}
	f.c.counts.revalidated.Add(1)
	merged := *a
	merged.Status, merged.Fields = f.Stale.Status, f.Stale.freshened(a.Fields)
	e, names, why := f.c.rule.Load().judge(&merged, f.q)
	e.Status, e.Reason, e.Body = f.Stale.Status, f.Stale.Reason, f.Stale.Body
	e.fill(merged.Fields, a.Came)
	f.keep(&e, names, why == "")
	return &e, true
}

// Saves is what may be given out as the origin failed; nil: nothing.
func (f *Fill) Saves(now time.Time) *Entry {
	if f == nil || f.Stale == nil || !f.Stale.saves(f.q, now) {
		return nil
	}
	f.c.counts.stale.Add(1)
	return f.Stale
}

// Invalidate forgets what is kept of the URI of a request that has changed
// something, and of those that its answer names on the same host: RFC 9111,
// 4.4.
func (c *Cache) Invalidate(id ID, fields []Field) {
	c.forgetURI(id.key())
	for _, name := range []string{"location", "content-location"} {
		if other, ok := id.beside(string(value(fields, name))); ok {
			c.forgetURI(other.key())
		}
	}
}

// beside is what an answer names, if it is on the same host: a URL, or what is
// read against that of the request. A path stays as it is written.
func (id ID) beside(target string) (ID, bool) {
	if target == "" {
		return id, false
	}
	rest, _, _ := strings.Cut(target, "#")
	if base := id.Scheme + "://" + id.Host; len(rest) > len(base) && strings.EqualFold(rest[:len(base)], base) && rest[len(base)] == '/' {
		rest = rest[len(base):]
	} else if !strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "//") {
		var ok bool
		if rest, ok = id.resolved(rest); !ok {
			return id, false
		}
	}
	path, query, _ := strings.Cut(rest, "?")
	q := Request{Query: []byte(query)}
	id.Path, id.Query = path, string(q.sortedQuery(nil))
	return id, true
}

// resolved is a path and a query, read against the request's URL: RFC 3986, 5.2.
func (id *ID) resolved(target string) (string, bool) {
	base, err := url.Parse(id.Scheme + "://" + id.Host + id.Path)
	if err != nil {
		return "", false
	}
	u, err := base.Parse(target)
	if err != nil || u.Scheme != id.Scheme || !strings.EqualFold(u.Host, id.Host) {
		return "", false
	}
	return u.RequestURI(), true
}

// forgetURI forgets the node of a URI: without it none of its answers is
// found.
func (c *Cache) forgetURI(uri Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for f := range c.fills[uri] {
		f.doomed = true
	}
	c.purges.Add(1)
	c.memory.Invalidate(uri)
	c.remote.Load().drop(uri)
}
