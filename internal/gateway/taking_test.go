package gateway

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// hasty answers as soon as it has a request's head, and reads on.
func hasty(t *testing.T) (url string) {
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
				var got []byte
				buf := make([]byte, 4096)
				for {
					n, err := c.Read(buf)
					if got = append(got, buf[:n]...); bytes.Contains(got, []byte("\r\n\r\n")) {
						io.WriteString(c, fine)
						got = nil
					}
					if err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// The upstream's answer may come before a body in chunks was sent: one that is
// here whole goes with the head, and does not cost the client its connection.
func TestAShortBodyInChunksKeepsTheConnection(t *testing.T) {
	_, address := started(t, before(hasty(t)))
	for i := range 10 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		r := bufio.NewReader(c)
		for j := range 3 {
			fmt.Fprintf(c, "POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", j)
			if res, body := answerOf(t, r, "POST"); res.StatusCode != 200 || body != "ok" || res.Close {
				t.Fatalf("connection %d, request %d: got %d %q, close is %v; want 200 ok and an open connection", i, j, res.StatusCode, body, res.Close)
			}
		}
	}
}

func TestABodyInChunksIsTakenOnlyWhole(t *testing.T) {
	for _, row := range []struct {
		name, here string
		whole      bool
		small      string
		left       string // of what is here
	}{
		{"all of it", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n", true, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", ""},
		{"and the next request", "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n", true, "1\r\nx\r\n0\r\n\r\n", "GET / HTTP/1.1\r\n"},
		{"none of its bytes", "0\r\n\r\n", true, "0\r\n\r\n", ""},
		{"without its end", "3\r\nabc\r\n", false, "", "3\r\nabc\r\n"},
		{"cut in the last line", "3\r\nabc\r\n0\r\n\r", false, "", "3\r\nabc\r\n0\r\n\r"},
		{"cut in a chunk", "3\r\nab", false, "", "3\r\nab"},
		{"a size that is no number", "x\r\nabc\r\n0\r\n\r\n", false, "", "x\r\nabc\r\n0\r\n\r\n"},
		{"longer than it may be", "5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n", false, "", "5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n"},
	} {
		c := &client{g: &Gateway{}}
		c.in = inflow{conn: nobody{}, buf: []byte(row.here), w: len(row.here)}
		c.asked.reset(100)
		x := &exchange{c: c, method: []byte("PUT"), body: requestBody(&c.in, framing{chunked: true}, 8)}
		x.takeBody()
		if x.body.done != row.whole || string(x.small) != row.small || string(c.in.pending()) != row.left || x.repeatable != row.whole {
			t.Errorf("%s: whole is %v, taken %q, left %q, repeatable %v; want %v, %q, %q", row.name, x.body.done, x.small, c.in.pending(), x.repeatable, row.whole, row.small, row.left)
		}
		if got := len(c.asked.b); got != int(x.body.total) {
			t.Errorf("%s: the log saw %d bytes of %d", row.name, got, x.body.total)
		}
	}
}

func TestABodyInChunksOfSeveralPacketsKeepsTheConnection(t *testing.T) {
	up := newRaw(t, fine)
	_, address := started(t, before(up.url()))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
	eventually(t, "the first part is there", func() bool { return strings.Contains(strings.Join(up.all(), ""), "abc") })
	io.WriteString(c, "0\r\n\r\n")
	if res, body := answerOf(t, bufio.NewReader(c), "POST"); res.StatusCode != 200 || body != "ok" || res.Close {
		t.Errorf("got %d %q, close is %v; want 200 ok and an open connection", res.StatusCode, body, res.Close)
	}
}
