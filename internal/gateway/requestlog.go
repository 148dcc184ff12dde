package gateway

import (
	"fmt"

	"mltop/internal/gateway/cache"
	"mltop/internal/gateway/rowlog"
)

// LogTo has a row written for each request that is answered. It is called before
// Serve; who opened the log closes it, behind Stop.
func (g *Gateway) LogTo(l *rowlog.Log) { g.log = l }

// mayLog says why a running log cannot follow another rule.
func (g *Gateway) mayLog(r rowlog.Rule) error {
	if g.log == nil || g.log.Rule().SamePlace(&r) {
		return nil
	}
	return fmt.Errorf("where the request log goes, its queue, its pool and whether it keeps bodies cannot change while the gateway runs: it writes to %s", g.log.Name())
}

// A tap keeps the beginning of a body that passes.
type tap struct {
	b    []byte
	most int
}

func (t *tap) reset(most int) { t.b, t.most = t.b[:0], most }

func (t *tap) take(part []byte) {
	if t != nil && len(t.b) < t.most {
		t.b = append(t.b, part[:min(len(part), t.most-len(t.b))]...)
	}
}

// beginLog makes ready to keep what the rule wants of bodies.
func (c *client) beginLog() {
	most := 0
	if c.g.log != nil {
		most = c.g.log.Rule().Bodies
	}
	c.asked.reset(most)
	c.answered.reset(most)
	c.answerKind, c.answerCoding = "", ""
}

// keepHead keeps the head of a request whose body will be read over it.
func (c *client) keepHead() {
	if c.g.log != nil {
		c.kept = append(c.kept[:0], c.block[:min(len(c.block), rowlog.MostHead)]...)
		c.block = c.kept
	}
}

// noteAnswer keeps what the log has to know of an answer's body.
func (c *client) noteAnswer(h *responseHead) {
	if c.answered.most == 0 {
		return
	}
	for _, f := range h.fields {
		switch {
		case sameFold(f.name, "content-type"):
			c.answerKind = string(f.value)
		case sameFold(f.name, "content-encoding"):
			c.answerCoding = string(f.value)
		}
	}
}

// noteKept does so for an answer that the cache gives out.
func (c *client) noteKept(e *cache.Entry) {
	if c.answered.most > 0 {
		c.answerKind, c.answerCoding = string(e.Value("content-type")), string(e.Value("content-encoding"))
	}
}

// log hands the exchange to the request log. It never waits.
func (x *exchange) log() {
	l := x.c.g.log
	if l == nil {
		return
	}
	e := l.Entry()
	if e == nil {
		return
	}
	e.At, e.Took, e.Status, e.Sent, e.Received = x.began, x.took, x.status, x.sent, x.body.total
	e.Client, e.ID, e.Upstream = x.from, x.id, ""
	if x.upstream != nil {
		e.Upstream = x.upstream.rule.Load().URL
	}
	e.Kind, e.Encoding = x.c.answerKind, x.c.answerCoding
	e.Take(x.c.block, x.c.asked.b, x.c.answered.b)
	l.Add(e)
}
