package gateway

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// linked are the two ends of a connection.
func linked(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if theirs, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// layered hides what a connection is: it is read as one of TLS is.
type layered struct{ net.Conn }

func TestAConnectionThatWaitsHoldsNoBuffer(t *testing.T) {
	for _, row := range []struct {
		name string
		on   func(net.Conn) net.Conn
	}{
		{"a bare one", func(c net.Conn) net.Conn { return c }},
		{"one with a layer", func(c net.Conn) net.Conn { return layered{c} }},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw, theirs := linked(t)
			ours := row.on(raw)
			var buffers sync.Pool
			in := inflow{conn: ours}
			in.idles(ours, &buffers)
			in.rest()
			ours.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			if err := in.fill(); !isTimeout(err) || in.buf != nil {
				t.Fatalf("nothing came: the error is %v and %d bytes are held, want a timeout and none", err, len(in.buf))
			}
			ours.SetReadDeadline(time.Now().Add(patience))
			for _, text := range []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /again HTTP/1.1\r\n\r\n"} {
				go io.WriteString(theirs, text)
				if err := in.fill(); err != nil || !in.waiting() {
					t.Fatalf("something came: the error is %v, and %q is there", err, in.pending())
				}
				head, err := in.head(1000, patience)
				if err != nil || string(head) != text {
					t.Fatalf("got %q and %v, want %q", head, err, text)
				}
				in.rest()
				if in.buf != nil {
					t.Errorf("behind a request %d bytes are held", len(in.buf))
				}
			}
			theirs.Close()
			if err := in.fill(); !errors.Is(err, io.EOF) {
				t.Errorf("the other end has gone: the error is %v", err)
			}
		})
	}
}

func TestABufferOfAnotherSizeIsNotKept(t *testing.T) {
	ours, _ := linked(t)
	var buffers sync.Pool
	in := inflow{conn: ours}
	in.idles(ours, &buffers)
	in.buf = bytes.Repeat([]byte{'x'}, 2*inflowRoom)
	in.rest()
	if b := buffers.Get(); b != nil {
		t.Errorf("the pool has a %T", b)
	}
}
