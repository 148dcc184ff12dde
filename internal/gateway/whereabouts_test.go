package gateway

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What a name server says.
const (
	saysHere    = 0
	saysFailure = 2 // RFC 1035, 4.1.1
	saysNoName  = 3
	saysNothing = -1
)

// A nameServer says of every name that it is on this machine, or what it is
// told to.
type nameServer struct {
	net.PacketConn
	says  atomic.Int32
	asked atomic.Int32
}

func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := &nameServer{PacketConn: c}
	go s.serve()
	return s
}

func (s *nameServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.ReadFrom(buf)
		if err != nil {
			return
		}
		s.asked.Add(1)
		if says := s.says.Load(); says != saysNothing {
			s.WriteTo(answerTo(buf[:n], byte(says)), from)
		}
	}
}

// answerTo answers a question of RFC 1035 with 127.0.0.1, where it is for an
// address of four bytes.
func answerTo(q []byte, code byte) []byte {
	end := 12
	for q[end] != 0 {
		end += int(q[end]) + 1
	}
	kind := q[end+2]
	out := append([]byte{q[0], q[1], 0x81, 0x80 | code, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end+5]...)
	if code == saysHere && kind == 1 {
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return out
}

func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", s.LocalAddr().String())
	}}
}

func TestANameThatNoServerAnswersForLeadsWhereItLed(t *testing.T) {
	names, up := newNameServer(t), named(t, "a")
	_, port, _ := net.SplitHostPort(up.Listener.Addr().String())
	address := "shop.example.:" + port
	u := newUpstream(UpstreamRule{URL: "http://" + address, Address: address}, HealthRule{})
	u.pool.follow(Defaults().Pool)
	u.pool.where.names = names.resolver()
	looks := []struct {
		name string
		look func() error
	}{
		{"a request", func() error {
			c, err := u.pool.get(u.rule.Load(), nil, true, time.Now())
			if err == nil {
				u.pool.put(c, false)
			}
			return err
		}},
		{"a check by a connection", func() error { return probe(t.Context(), u, HealthRule{Timeout: time.Second}) }},
		{"a check by a path", func() error { return probe(t.Context(), u, HealthRule{Timeout: time.Second, Path: "/"}) }},
	}
	asked := int32(0)
	for _, row := range []struct {
		name       string
		says       int32
		fails      string // "": it is found
		told       string
		asksByEach bool
	}{
		{"the name is known", saysHere, "", "", true},
		{"the server fails", saysFailure, "", "no name server answers for its name (lookup shop.example.", false},
		{"it says nothing", saysNothing, "", "", false},
		{"it is back", saysHere, "", "a name server answers for its name again", true},
		{"it says nothing at once", saysNothing, "", "no name server answers for its name (", false},
		{"there is no such name", saysNoName, "no such host", "a name server answers for its name again", true},
		{"it fails, and nothing is known", saysFailure, "server misbehaving", "", true},
		{"the name is there again", saysHere, "", "", true},
	} {
		names.says.Store(row.says)
		u.pool.where.mu.Lock()
		u.pool.where.next = time.Time{} // long enough ago
		u.pool.where.mu.Unlock()
		for i, l := range looks {
			err := l.look()
			var dns *net.DNSError
			if (err == nil) != (row.fails == "") || err != nil && (!errors.As(err, &dns) || !strings.Contains(err.Error(), row.fails)) {
				t.Errorf("%s: %s: the error is %v, want %q", row.name, l.name, err, row.fails)
			}
			if now := names.asked.Load(); i > 0 && (now > asked) != row.asksByEach {
				t.Errorf("%s: %s: the server was asked: %v, want %v", row.name, l.name, now > asked, row.asksByEach)
			}
			asked = names.asked.Load()
		}
		if got := u.pool.where.tell(); !strings.HasPrefix(got, row.told) || row.told == "" && got != "" {
			t.Errorf("%s: it tells %q, want %q", row.name, got, row.told)
		}
	}
}
