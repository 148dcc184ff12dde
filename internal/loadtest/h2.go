package loadtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// An h2 speaks HTTP/2 through net/http: over TLS where the other end agrees
// to it, and without TLS by telling it at once. Users share connections, as
// the protocol means it.
type h2 struct {
	transport *http.Transport
	ctx       context.Context
	cancel    context.CancelFunc
	body      []byte
}

// newTransport is what all users of a run share. dialled is told of every
// connection.
func newTransport(g *Gate, t *tls.Config, fresh bool, dialled func(time.Duration)) *http.Transport {
	p := new(http.Protocols)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	connect := func(ctx context.Context, _, address string) (net.Conn, error) {
		began := time.Now()
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		c, err := g.connect(ctx, Origin{Host: host, Port: port})
		if err == nil {
			dialled(time.Since(began))
		}
		return c, err
	}
	return &http.Transport{DialContext: connect, TLSClientConfig: t, Protocols: p, DisableCompression: true, DisableKeepAlives: fresh}
}

func newH2(transport *http.Transport) *h2 {
	c := &h2{transport: transport}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

func (c *h2) interrupt() { c.cancel() }

func (c *h2) exchange(_ context.Context, o *outgoing, deadline time.Time, w want) (answer, error) {
	ctx, cancel := context.WithDeadline(c.ctx, deadline)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, o.method, o.origin.String()+o.uri, bytes.NewReader(o.body))
	if err != nil {
		return answer{}, &fault{kindVariable, err.Error()}
	}
	q.Header.Set("User-Agent", userAgent)
	for _, h := range o.headers {
		if strings.EqualFold(h.name, "Host") {
			q.Host = h.value
		}
		q.Header.Add(h.name, h.value)
	}
	s, err := c.transport.RoundTrip(q)
	if err != nil {
		return answer{}, h2Fault(err)
	}
	defer s.Body.Close()
	if s.ProtoMajor != 2 {
		return answer{}, &fault{kindProtocol, "the other end does not speak HTTP/2"}
	}
	return c.read(s, w)
}

func (c *h2) read(s *http.Response, w want) (answer, error) {
	a := answer{status: s.StatusCode, header: s.Header.Get}
	if w.cookies {
		a.cookies = s.Header.Values("Set-Cookie")
	}
	kept := bytes.NewBuffer(c.body[:0])
	n, err := io.CopyN(kept, s.Body, int64(w.body))
	rest := int64(0)
	if err == nil {
		rest, err = io.Copy(io.Discard, s.Body)
	}
	c.body = kept.Bytes()
	a.bytes, a.body, a.cut = n+rest, c.body, rest > 0
	if err != nil && !errors.Is(err, io.EOF) {
		return a, h2Fault(err)
	}
	return a, nil
}

// h2Fault: net/http has its own words for the other end's going away.
func h2Fault(err error) *fault {
	f := faultOf(err, "read")
	if f.kind != kindOther {
		return f
	}
	switch text := err.Error(); {
	case strings.Contains(text, "unexpected ALPN"), strings.Contains(text, "malformed HTTP"), strings.Contains(text, "could not be established"), strings.Contains(text, "frame header looked like an HTTP/1.1"):
		return &fault{kindProtocol, "the other end does not speak HTTP/2"}
	case strings.Contains(text, "stream error"), strings.Contains(text, "GOAWAY"), strings.Contains(text, "client connection lost"):
		return &fault{kindReset, "the stream was reset by the other end"}
	}
	return f
}
