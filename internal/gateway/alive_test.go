package gateway

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// aside is an upstream of one connection, by TLS where cfg says so: it sends
// what it is told to.
func aside(t *testing.T, i *issuer, version uint16) (u *upstream, send chan string, sent chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rule := UpstreamRule{URL: "http://" + l.Addr().String(), Address: l.Addr().String()}
	if i != nil {
		pair, err := tls.LoadX509KeyPair(i.file, i.file)
		if err != nil {
			t.Fatal(err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: version})
		rule.TLS = true
	}
	send, sent = make(chan string), make(chan error)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if t, ok := c.(*tls.Conn); ok && t.Handshake() != nil {
			return
		}
		for text := range send {
			if text == "" { // the end
				c.Close()
				sent <- nil
				continue
			}
			_, err := io.WriteString(c, text)
			sent <- err
		}
	}()
	t.Cleanup(func() { l.Close(); close(send) })
	u = newUpstream(rule, HealthRule{})
	u.pool.follow(Defaults().Pool)
	if i != nil {
		u.tls.RootCAs, u.tls.ServerName = i.roots, "shop.example"
	}
	return u, send, sent
}

func TestAConnectionOnWhichSomethingCameUnaskedServesNobody(t *testing.T) {
	long := strings.Repeat("x", 2*inflowRoom)
	i := newIssuer(t)
	for _, row := range []struct {
		name         string
		first, later string // with the answer, and behind it
		closes, want bool
	}{
		{"nothing came", "ok", "", false, true},
		{"an answer that nobody asked for", "ok", fine, false, false},
		{"one byte", "ok", "x", false, false},
		{"an answer in one with that before it", long + fine, "", false, false},
		{"an answer in one with that before it, and more", long + fine, fine, false, false},
		{"its end", "ok", "", true, false},
	} {
		for _, by := range []struct {
			name    string
			i       *issuer
			version uint16
		}{{"in the clear", nil, 0}, {"by TLS 1.2", i, tls.VersionTLS12}, {"by TLS 1.3", i, tls.VersionTLS13}} {
			t.Run(row.name+" "+by.name, func(t *testing.T) {
				u, send, sent := aside(t, by.i, by.version)
				tell := func(text string) {
					send <- text
					if err := <-sent; err != nil {
						t.Fatal(err)
					}
				}
				r := u.rule.Load()
				c, err := u.pool.get(r, u.tls, false, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				tell(row.first)
				answer := make([]byte, min(len(row.first), len(long)))
				if err := c.in.readBy(time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(&c.in, answer); err != nil {
					t.Fatal(err)
				}
				u.pool.put(c, true)
				if row.later != "" {
					tell(row.later)
				}
				if row.closes {
					tell("")
				}
				c, err = u.pool.get(r, u.tls, false, time.Now())
				if err != nil || !c.used {
					t.Fatalf("the pool has %+v (%v), want the connection that was put there", c, err)
				}
				if got := c.mayServe(); got != row.want {
					t.Errorf("it may serve: %v, want %v", got, row.want)
				}
				if !row.want {
					return
				}
				tell("more") // looking changed nothing
				if err := c.in.within(patience); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(&c.in, answer[:2]); err != nil || string(answer[:2]) != "mo" {
					t.Errorf("behind the look came %q (%v)", answer[:2], err)
				}
			})
		}
	}
}

// As on systems where a connection is not quick.
func TestWhatIsThereIsSeenOfAnyConnection(t *testing.T) {
	ours, theirs := linked(t)
	if !isQuiet(ours) {
		t.Error("something is there before anything was sent")
	}
	io.WriteString(theirs, "x")
	if isQuiet(ours) {
		t.Error("a byte was not seen")
	}
	var b [2]byte
	if n, err := ours.Read(b[:]); n != 1 || err != nil {
		t.Errorf("looking took the byte away: %d, %v", n, err)
	}
	theirs.Close()
	if isQuiet(ours) {
		t.Error("an end was not seen")
	}
}
