package loadtest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// serve is a real listener on loopback that answers with a handler.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// listen is a real listener on loopback that does with each connection what
// it is told.
func listen(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				do(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// swallow reads one request's head.
func swallow(c net.Conn) bool {
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	return err == nil && n > 0
}

// rate is an open plan of GETs.
func rate(t *testing.T, url string, perSecond float64, d time.Duration) *Plan {
	t.Helper()
	p, err := Quick(url, QuickOptions{Rate: perSecond, Duration: d, Connections: 4, MaxConnections: 1000, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// users is a closed plan of GETs.
func users(t *testing.T, url string, n int, d time.Duration) *Plan {
	t.Helper()
	p, err := Quick(url, QuickOptions{Duration: d, Connections: n, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func do(t *testing.T, p *Plan) *Result {
	t.Helper()
	r, err := New(context.Background(), p, Config{Gate: &Gate{}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// quiet is the log of a server whose complaints are expected.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// doWith runs a plan whose commands are carried out by a function.
func doWith(t *testing.T, p *Plan, command func(string) error) *Result {
	t.Helper()
	res, err := tryWith(t, p, command)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func tryWith(t *testing.T, p *Plan, command func(string) error) (*Result, error) {
	t.Helper()
	r, err := New(context.Background(), p, Config{Gate: &Gate{}, Command: func(_ context.Context, line string) error { return command(line) }})
	if err != nil {
		t.Fatal(err)
	}
	return r.Do(context.Background())
}
