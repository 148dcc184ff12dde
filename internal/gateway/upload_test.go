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

// A reluctant upstream reads a head and some bytes of the body, and then
// nothing more.
type reluctant struct {
	net.Conn
	hasHead chan struct{}
}

// lend puts a connection to it into the pool: the next request goes there.
func (r *reluctant) lend(g *Gateway, more int, answer string) {
	ours, theirs := net.Pipe()
	r.Conn, r.hasHead = theirs, make(chan struct{})
	c := &upconn{Conn: ours, born: time.Now(), since: time.Now()}
	c.in.conn, c.out.conn = ours, ours
	p := &g.setup.Load().all[0].pool
	p.mu.Lock()
	p.idle, p.open = append(p.idle, c), p.open+1
	p.mu.Unlock()
	go func() {
		var got []byte
		for one := make([]byte, 1); !bytes.HasSuffix(got, []byte("\r\n\r\n")); got = append(got, one...) {
			if _, err := theirs.Read(one); err != nil {
				return
			}
		}
		close(r.hasHead)
		io.ReadFull(theirs, make([]byte, more))
		if answer != "" {
			io.WriteString(theirs, answer)
		}
	}()
}

// half sends a request whose body comes behind its head, and answers what the
// client gets.
func (r *reluctant) half(t *testing.T, address string) (replied, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n")
	<-r.hasHead
	io.WriteString(c, strings.Repeat("x", 5000))
	return answerOf(t, bufio.NewReader(c), "POST")
}

// unhurried is a gateway that gives up writing soon.
func unhurried(t *testing.T) (*Gateway, string) {
	cfg := before(named(t, "another").URL)
	cfg.Health.Interval = time.Hour
	cfg.Timeouts.Write, cfg.Timeouts.Response = 300*time.Millisecond, 300*time.Millisecond
	g, address := started(t, cfg)
	isUp(t, g)
	return g, address
}

// Of a body that was read and not all written, the rest would be the
// beginning of the next request.
func TestAConnectionWithHalfABodyIsNotUsedAgain(t *testing.T) {
	g, address := unhurried(t)
	var r reluctant
	r.lend(g, 5, fine)
	if res, body := r.half(t, address); res.StatusCode != 200 || body != "ok" {
		t.Errorf("got %d %q, want the answer", res.StatusCode, body)
	}
	eventually(t, "the connection is closed", func() bool { return g.setup.Load().all[0].pool.count().open == 0 })
	if _, body := ask(t, address, get1("/")); body != "another" {
		t.Errorf("the next one got %q, want a connection of its own", body)
	}
}

func TestAnUpstreamThatTakesNoBodyIsNotWaitedForForever(t *testing.T) {
	g, address := unhurried(t)
	var r reluctant
	r.lend(g, 5000-1, "")
	if res, body := r.half(t, address); res.StatusCode != 504 || !strings.Contains(body, "timed out") {
		t.Errorf("got %d %q, want 504", res.StatusCode, body)
	}
}

func TestWhoWaitsToGoOnHasAWholeWaitToBeTold(t *testing.T) {
	d := &dated{}
	c := &client{conn: d, out: outflow{conn: d, until: longAgo}}
	s := &setup{cfg: Defaults()}
	now := time.Now()
	if x := (&exchange{c: c, s: s}); !x.goOn() || len(d.writes) != 1 || d.writes[0].Before(now.Add(s.cfg.Timeouts.Write)) {
		t.Errorf("the deadlines of writing are %v, want one in %v", d.writes, s.cfg.Timeouts.Write)
	}
}
