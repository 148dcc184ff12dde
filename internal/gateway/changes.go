package gateway

import (
	"bytes"
	"sync/atomic"

	"mltop/internal/gateway/cache"
	"mltop/internal/gateway/compress"
	"mltop/internal/wire"
)

// changes are what the gateway changes of an answer.
type changes struct {
	coding  compress.Coding
	vary    bool   // it says that it depends on Accept-Encoding
	control string // Cache-Control for who keeps answers further on; "": the answer's own
}

func (c *changes) isNone() bool { return c.coding == compress.None && !c.vary && c.control == "" }

// changesOf decides about an answer. length is noLength where it is not known.
func (x *exchange) changesOf(status int, length int64, of headed) changes {
	var c changes
	if !x.s.cfg.Compress.On && x.r.rule.Control.Value == "" {
		return c
	}
	fields := of.all()
	if rule := &x.s.cfg.Compress; rule.On && !x.isNobody() {
		v := rule.Judge(&x.likes, status, length, fields)
		c.coding, c.vary = v.Coding, v.Vary
	}
	if r := &x.r.rule.Control; r.Value != "" && r.fits(string(x.method), x.authorized, status, fields) {
		c.control = r.Value
	}
	return c
}

// isNobody: the request is the gateway's own, for its cache.
func (x *exchange) isNobody() bool { _, ok := x.c.raw.(nowhere); return ok }

// noteLikes keeps what the answer will depend on: the head is gone when the
// request's body was read.
func (x *exchange) noteLikes() {
	if !x.s.cfg.Compress.On && !x.s.controls {
		return
	}
	var accepts, control [][]byte
	for _, f := range x.c.head.fields {
		switch {
		case sameFold(f.name, "accept-encoding"):
			accepts = append(accepts, f.value)
		case sameFold(f.name, "cache-control"):
			control = append(control, f.value)
		case sameFold(f.name, "authorization"):
			x.authorized = true
		}
	}
	x.likes = x.s.cfg.Compress.Ask(string(x.method), x.c.head.minor, accepts, control)
}

// headed is what has fields: an answer, or one that is kept.
type headed interface{ all() compress.Fields }

func (h *responseHead) all() compress.Fields {
	return func(yield func([]byte, []byte) bool) {
		for _, f := range h.fields {
			if !h.ends(f.name) && !yield(f.name, f.value) {
				return
			}
		}
	}
}

// kept are the fields of an entry of the cache.
type kept struct{ *cache.Entry }

func (e kept) all() compress.Fields {
	return func(yield func([]byte, []byte) bool) {
		for _, f := range e.Fields {
			if !yield(f.Name, f.Value) {
				return
			}
		}
	}
}

// appendField writes a field of the answer, as far as it is still true.
func (c *changes) appendField(b []byte, f field) []byte {
	switch {
	case c.control != "" && (sameFold(f.name, "cache-control") || sameFold(f.name, "expires") || sameFold(f.name, "pragma")):
		return b
	case c.coding == compress.None:
	case sameFold(f.name, "content-encoding"), sameFold(f.name, "accept-ranges"):
		return b // it said identity; and parts are of what is not sent
	case sameFold(f.name, "etag") && !bytes.HasPrefix(f.value, []byte("W/")):
		// The same content, not the same bytes: RFC 9110, 8.8.1.
		return appendField(b, field{f.name, append([]byte("W/"), f.value...)})
	}
	return appendField(b, f)
}

// appendAdded writes what the gateway adds.
func (c *changes) appendAdded(b []byte) []byte {
	if c.control != "" {
		b = append(append(append(b, "Cache-Control: "...), c.control...), "\r\n"...)
	}
	if c.coding != compress.None {
		b = append(append(append(b, "Content-Encoding: "...), c.coding...), "\r\n"...)
	}
	if c.vary {
		b = append(b, "Vary: Accept-Encoding\r\n"...)
	}
	return b
}

// appendKept writes the fields of what is kept.
func (c *changes) appendKept(b []byte, e *cache.Entry) []byte {
	for _, f := range e.Fields {
		b = c.appendField(b, field{f.Name, f.Value})
	}
	return c.appendAdded(b)
}

// A squeezed counts what compression brought, and has its encoders.
type squeezed struct {
	encoders      compress.Encoders
	gzip, zstd    atomic.Uint64 // answers
	before, after atomic.Uint64 // bytes of their bodies
}

// encoder is what a pump sends a body through; nil where it goes as it is.
func (x *exchange) encoder(p *pump, c *changes) *compress.Encoder {
	if c.coding == compress.None {
		return nil
	}
	e, err := x.c.g.squeezed.encoders.Get(c.coding, placer{p})
	if err != nil {
		c.coding = compress.None // its settings are constants: it is never reached
		return nil
	}
	return e
}

// placer puts what an encoder makes behind what a pump holds.
type placer struct{ p *pump }

func (w placer) Write(b []byte) (int, error) {
	for at := 0; at < len(b); {
		n := w.p.place(b[at:])
		if n == 0 {
			return at, w.p.failed
		}
		at += n
	}
	return len(b), nil
}

// done takes a pump's encoder back.
func (s *squeezed) done(p *pump) {
	e := p.enc
	if e == nil {
		return
	}
	p.enc = nil
	if e.Read > 0 {
		s.count(e.Coding(), e.Read, e.Wrote)
	}
	s.encoders.Put(e)
}

func (s *squeezed) count(c compress.Coding, before, after int64) {
	if c == compress.Zstd {
		s.zstd.Add(1)
	} else {
		s.gzip.Add(1)
	}
	s.before.Add(uint64(before))
	s.after.Add(uint64(after))
}

// whole compresses a body that is here at once.
func (s *squeezed) whole(body []byte, c compress.Coding) ([]byte, error) {
	var out bytes.Buffer
	e, err := s.encoders.Get(c, &out)
	if err != nil {
		return nil, err
	}
	defer s.encoders.Put(e)
	if _, err := e.Write(body); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	s.count(c, e.Read, e.Wrote)
	return out.Bytes(), nil
}

// keptFor is the body that is kept as it goes to this client, with what
// changes of the rest. nothing: no body goes out.
func (x *exchange) keptFor(e *cache.Entry, nothing bool) ([]byte, changes) {
	c := x.changesOf(e.Status, int64(len(e.Body)), kept{e})
	if c.coding == compress.None || nothing {
		c.coding = compress.None
		return e.Body, c
	}
	body, err := x.c.g.squeezed.whole(e.Body, c.coding)
	if err != nil { // a buffer takes everything: it is never reached
		c.coding = compress.None
		return e.Body, c
	}
	return body, c
}

// state is nil where nothing is compressed.
func (s *squeezed) state(r *compress.Rule) *wire.GatewayCompression {
	if !r.On {
		return nil
	}
	return &wire.GatewayCompression{
		Answers: map[string]uint64{"gzip": s.gzip.Load(), "zstd": s.zstd.Load()}, Before: s.before.Load(), After: s.after.Load(),
	}
}

func compressionMetrics(c *wire.GatewayCompression) []metric {
	if c == nil {
		return nil
	}
	return []metric{
		{"compressed_total", "counter", "Answers that were compressed, by coding.", rowsOf("coding", c.Answers)},
		{"compression_read_bytes_total", "counter", "Bytes of bodies before they were compressed.", []row{{"", float64(c.Before)}}},
		{"compression_sent_bytes_total", "counter", "Bytes of bodies that they became.", []row{{"", float64(c.After)}}},
	}
}
