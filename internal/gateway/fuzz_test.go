package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

func headsAsSeeds(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /x?y HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\nX: y \r\n\r\n",
		"POST / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nConnection: x, close\r\n\r\n",
		"GET /%41/..x HTTP/1.0\r\n\r\n",
		"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
}

// A head that is let through reads the same to another parser, before it is
// written anew and after.
func FuzzRequest(f *testing.F) {
	headsAsSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		in := &inflow{buf: append([]byte(nil), b...), w: len(b), conn: nobody{}}
		head, err := in.head(mostHead, 0)
		if err != nil {
			return
		}
		var h, again requestHead
		if parseRequest(&h, head) != nil {
			return
		}
		out := appendRequest(nil, &h, &passage{peer: "::1", id: "i", via: "v", host: hostIf(h.host)})
		if err := parseRequest(&again, out); err != nil {
			t.Fatalf("%q was let through, and written as %q, which is refused: %v", head, out, err)
		}
		if !bytes.Equal(h.target, again.target) || !bytes.Equal(h.method, again.method) || h.framing != again.framing {
			t.Fatalf("%q was written as %q, which is another request", head, out)
		}
		std, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(out)))
		if err != nil {
			t.Fatalf("%q was written as %q, which net/http refuses: %v", head, out, err)
		}
		length := std.ContentLength
		if length == 0 && h.length == noLength {
			length = noLength
		}
		if std.RequestURI != string(h.target) || std.Method != string(h.method) || (len(std.TransferEncoding) == 1) != h.chunked || !h.chunked && length != h.length {
			t.Fatalf("%q reads as %s %s %d %v to net/http", out, std.Method, std.RequestURI, std.ContentLength, std.TransferEncoding)
		}
	})
}

func hostIf(host []byte) string {
	if len(host) == 0 {
		return "upstream"
	}
	return ""
}

// nobody sends nothing.
type nobody struct{ net.Conn }

func (nobody) Read([]byte) (int, error) { return 0, io.EOF }

// A body in chunks is read as net/http reads it, or refused, and never beyond
// its end.
func FuzzChunks(f *testing.F) {
	for _, s := range []string{"3\r\nabc\r\n0\r\n\r\nrest", "0\r\n\r\n", "a;x=y\r\n0123456789\r\n0\r\nT: v\r\n\r\n", "fffffffffffffffff\r\n", "3\nabc\n0\n\n", "1\r\nab\r\n0\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := &inflow{buf: append([]byte(nil), b...), w: len(b), conn: nobody{}}
		body := body{in: in, kind: bodyChunked}
		var got []byte
		p := make([]byte, 7)
		for {
			n, err := body.next(p)
			got = append(got, p[:n]...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
		}
		head := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		r := bufio.NewReader(io.MultiReader(bytes.NewReader([]byte(head)), bytes.NewReader(b)))
		std, err := http.ReadRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(std.Body)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q reads as %q, net/http reads %q, %v", b, got, want, err)
		}
		if rest, _ := io.ReadAll(r); !bytes.Equal(rest, in.pending()) {
			t.Fatalf("behind %q is %q, net/http finds %q", b, in.pending(), rest)
		}
	})
}

// An answer that is let through reads the same to another parser.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HTTP/1.0 404\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a\r\n\r\n", "HTTP/1.1 304 x\r\nConnection: y\r\nY: z\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := &inflow{buf: append([]byte(nil), b...), w: len(b), conn: nobody{}}
		head, err := in.head(mostHead, 0)
		if err != nil {
			return
		}
		var h responseHead
		if parseResponse(&h, head) != nil || h.status < 200 || h.status > 599 {
			return
		}
		kind := h.body([]byte("GET"))
		out := appendResponse(nil, &h, []byte("GET"), manner{minor: 1, chunked: kind == bodyChunked || kind == bodyToEnd, again: true, id: "i"})
		std, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), &http.Request{Method: "GET"})
		if err != nil {
			t.Fatalf("%q was written as %q, which net/http refuses: %v", head, out, err)
		}
		std.Body.Close()
		if std.StatusCode != h.status || kind == bodyLength && std.ContentLength != h.length {
			t.Fatalf("%q was written as %q, which reads as %d with %d", head, out, std.StatusCode, std.ContentLength)
		}
	})
}
