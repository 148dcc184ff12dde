package gateway

import (
	"bytes"
	"net/http"
	"net/netip"
	"strconv"
)

// A passage is what the gateway says of a request when it passes it on.
type passage struct {
	peer    string // the address that the request came from
	secure  bool   // by TLS
	trusted bool   // the peer's forwarded fields count
	id      string
	via     string
	host    string // "": the client's
	last    bool   // the connection ends behind it
	upgrade bool   // to a WebSocket
	// whole: the client's conditions stay behind; what is asked for is for the
	// cache, which has one with these names.
	whole          bool
	etag, modified []byte
}

// conditions are what a client asks whether its copy is still good, or for the
// rest of it.
var conditions = []string{"if-none-match", "if-modified-since", "range", "if-range"}

// told are fields by which one proxy tells the next. Of a peer that is not
// trusted they are claims, and go no further. The last two make some servers
// take another path than the one that was checked.
var told = []string{
	"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-server",
	"x-forwarded-prefix", "x-forwarded-ssl", "x-forwarded-scheme", "x-real-ip", "x-client-ip", "true-client-ip",
	"x-original-url", "x-rewrite-url",
}

// always are those of them that the gateway writes itself, and the request's
// id.
var always = []string{"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id"}

// appendRequest writes a request's head as the upstream gets it: the fields
// in their order and spelling, without those of this connection, and behind
// them what the gateway has to say.
func appendRequest(b []byte, h *requestHead, p *passage) []byte {
	b = append(append(append(b, h.method...), ' '), h.target...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	if p.host != "" {
		b = append(b, p.host...)
	} else {
		b = append(b, h.host...)
	}
	b = append(b, "\r\n"...)
	for _, f := range h.fields {
		if sameFold(f.name, "host") || h.ends(f.name) || isOneOf(f.name, always) || !p.trusted && isOneOf(f.name, told) || p.whole && isOneOf(f.name, conditions) {
			continue
		}
		b = appendField(b, f)
	}
	if len(p.etag) > 0 {
		b = appendField(b, field{[]byte("If-None-Match"), p.etag})
	}
	if len(p.modified) > 0 {
		b = appendField(b, field{[]byte("If-Modified-Since"), p.modified})
	}
	b = appendTold(b, h, p)
	switch {
	case h.chunked:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case h.length != noLength:
		b = append(b, "Content-Length: "...)
		b = append(strconv.AppendInt(b, h.length, 10), "\r\n"...)
	}
	switch {
	case p.upgrade:
		b = append(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n"...)
	case p.last:
		b = append(b, "Connection: close\r\n"...)
	}
	return append(b, "\r\n"...)
}

func appendField(b []byte, f field) []byte {
	b = append(append(b, f.name...), ": "...)
	return append(append(b, f.value...), "\r\n"...)
}

// appendTold writes what the gateway tells the upstream.
func appendTold(b []byte, h *requestHead, p *passage) []byte {
	b = append(b, "X-Forwarded-For: "...)
	if p.trusted {
		b = appendChain(b, h.fields)
	}
	proto, host := asAsked(h, p.secure, p.trusted)
	b = append(append(b, p.peer...), "\r\nX-Forwarded-Proto: "...)
	b = append(append(b, proto...), "\r\n"...)
	if len(host) > 0 {
		b = append(append(append(b, "X-Forwarded-Host: "...), host...), "\r\n"...)
	}
	b = append(append(append(b, "X-Request-Id: "...), p.id...), "\r\n"...)
	b = append(append(b, "Via: 1."...), '0'+h.minor, ' ')
	return append(append(b, p.via...), "\r\n"...)
}

// asAsked is the protocol and the host that the client asked by, as far as a
// trusted proxy in front told it.
func asAsked(h *requestHead, secure, trusted bool) (proto string, host []byte) {
	proto, host = "http", h.host
	if secure {
		proto = "https"
	}
	if !trusted {
		return proto, host
	}
	switch v := only(h.fields, "x-forwarded-proto"); {
	case sameFold(v, "http"):
		proto = "http"
	case sameFold(v, "https"):
		proto = "https"
	}
	if v := only(h.fields, "x-forwarded-host"); isHost(v) {
		host = v
	}
	return proto, host
}

// appendChain writes the addresses that a trusted proxy told.
func appendChain(b []byte, fields []field) []byte {
	for _, f := range fields {
		if len(f.value) > 0 && sameFold(f.name, "x-forwarded-for") {
			b = append(append(b, f.value...), ", "...)
		}
	}
	return b
}

// only is the value of a field that is given once; nil otherwise.
func only(fields []field, name string) []byte {
	var v []byte
	n := 0
	for _, f := range fields {
		if len(f.name) == len(name) && sameFold(f.name, name) {
			v = f.value
			n++
		}
	}
	if n != 1 {
		return nil
	}
	return v
}

// clientOf is the address that a request comes from: the peer, or, where
// trusted proxies told, the last one that is none of them.
func clientOf(fields []field, peer netip.Addr, trusts func(netip.Addr) bool) netip.Addr {
	if !trusts(peer) {
		return peer
	}
	chain := appendChain(nil, fields)
	at := peer
	for len(chain) > 0 {
		chain = bytes.TrimRight(chain, ", \t")
		i := bytes.LastIndexByte(chain, ',')
		a, err := netip.ParseAddr(string(trim(chain[i+1:])))
		if err != nil {
			return at
		}
		if at = a.Unmap(); !trusts(at) {
			return at
		}
		chain = chain[:max(i, 0)]
	}
	return at
}

// maxID bounds a request's id that a trusted proxy gave.
const maxID = 128

// givenID is a request's id as a trusted proxy gave it; "" if it is none.
func givenID(fields []field) string {
	v := only(fields, "x-request-id")
	if len(v) > maxID || !allTokens(v) {
		return ""
	}
	return string(v)
}

// A manner is how an answer goes to the client.
type manner struct {
	minor   byte // of the client's version
	chunked bool
	again   bool // the connection stays open
	id      string
	note    []byte // of the cache
	changes
}

// appendResponse writes an answer's head as the client gets it.
func appendResponse(b []byte, h *responseHead, method []byte, m manner) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = append(strconv.AppendInt(b, int64(h.status), 10), ' ')
	b = append(append(b, h.reason...), "\r\n"...)
	for _, f := range h.fields {
		if !h.ends(f.name) && !sameFold(f.name, "x-request-id") {
			b = m.appendField(b, f)
		}
	}
	b = m.appendAdded(b)
	switch {
	case m.chunked:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case h.length != noLength && h.status >= 200 && h.status != 204:
		b = append(b, "Content-Length: "...)
		b = append(strconv.AppendInt(b, h.length, 10), "\r\n"...)
	}
	if h.status == 101 {
		return append(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"...)
	}
	return appendEnd(b, m, h.status >= 200)
}

// appendEnd ends a head. last says that no other head follows for the same
// request.
func appendEnd(b []byte, m manner, last bool) []byte {
	if m.id != "" {
		b = append(append(append(b, "X-Request-Id: "...), m.id...), "\r\n"...)
	}
	b = append(b, m.note...)
	switch {
	case !last:
	case !m.again:
		b = append(b, "Connection: close\r\n"...)
	case m.minor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return append(b, "\r\n"...)
}

// appendAnswer writes an answer of the gateway's own.
func appendAnswer(b []byte, status int, text, extra string, bodiless bool, m manner) []byte {
	body := strconv.Itoa(status) + " " + text + "\n"
	b = append(b, "HTTP/1.1 "...)
	b = append(strconv.AppendInt(b, int64(status), 10), ' ')
	b = append(append(b, http.StatusText(status)...), "\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: "...)
	b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	b = appendEnd(append(b, extra...), m, true)
	if bodiless {
		return b
	}
	return append(b, body...)
}
