package gateway

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func standingOf(g *Gateway, address string) Standing {
	for _, u := range g.setup.Load().all {
		if u.rule.Load().Address == address {
			s, _ := u.standing(time.Now())
			return s
		}
	}
	return "unknown"
}

func TestOneOfFourIsKilledUnderLoad(t *testing.T) {
	var children []*child
	var urls []string
	for range 4 {
		c := newChild(t, "127.0.0.1:0")
		children = append(children, c)
		urls = append(urls, "http://"+c.address)
	}
	cfg := before(urls...)
	cfg.Health.SlowStart = 300 * time.Millisecond
	cfg.Health.Interval = time.Hour // requests alone take it out, and bring it back
	g, address := started(t, cfg)
	isUp(t, g)
	l := begin(address, 8)
	l.more(t, 200)
	victim := children[2]
	failedBefore := upstreamOf(g, victim.address).counts.requests.Load()
	killed := time.Now()
	if err := victim.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the dead one is out", func() bool {
		s := standingOf(g, victim.address)
		return s == Ejected || s == Down
	})
	if failedBefore == 0 {
		t.Error("the dead one never had a request")
	}
	l.more(t, 200)
	newChild(t, victim.address)
	eventually(t, "it comes back slowly", func() bool { s := standingOf(g, victim.address); return s == Starting || s == Up })
	was := upstreamOf(g, victim.address).counts.requests.Load()
	eventually(t, "it gets requests again", func() bool { return upstreamOf(g, victim.address).counts.requests.Load() > was+10 })
	l.end(t)
	// By the clock of the events: the load is many times the twelve requests a
	// second that eject one of four within it.
	if out := firstOut(g, victim.address, killed); out.IsZero() || out.Sub(killed) >= time.Second {
		t.Errorf("it was ejected at %v, %v after it was killed; want less than a second", out, out.Sub(killed))
	}
	told := ""
	for _, e := range g.events.newest() {
		if e.Upstream == "http://"+victim.address {
			told += e.Text + "\n"
		}
	}
	if !strings.Contains(told, "ejected: 3 requests in a row failed") && !strings.Contains(told, "down: ") || !strings.Contains(told, "it gets its share within") {
		t.Errorf("the events tell %q", told)
	}
}

// firstOut is when an upstream went out of the balance, by the events.
func firstOut(g *Gateway, address string, after time.Time) (at time.Time) {
	for _, e := range g.events.newest() {
		out := strings.HasPrefix(e.Text, "ejected: ") || strings.HasPrefix(e.Text, "down: ")
		if e.Upstream == "http://"+address && out && e.Time.After(after) {
			at = e.Time
		}
	}
	return at
}

func upstreamOf(g *Gateway, address string) *upstream {
	for _, u := range g.setup.Load().all {
		if u.rule.Load().Address == address {
			return u
		}
	}
	return nil
}

// The share of a slow upstream under least connections, and by weights from
// metrics; it is counted in requests, not in time.
func TestASlowUpstreamGetsLess(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Config)
	}{
		{"least connections", func(c *Config) { c.Routes[0].Balance = LeastConnections }},
		{"weights from response times", func(c *Config) {
			c.Routes[0].Balance = Weighted
			c.Weights.On, c.Weights.Interval, c.Weights.Window = true, 50*time.Millisecond, time.Second
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			wait := func(d time.Duration) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) { time.Sleep(d); io.WriteString(w, "ok") }
			}
			slow := servedBy(t, wait(800*time.Millisecond))
			cfg := before(slow.URL, servedBy(t, wait(5*time.Millisecond)).URL, servedBy(t, wait(5*time.Millisecond)).URL)
			row.change(&cfg)
			g, address := started(t, cfg)
			isUp(t, g)
			l := begin(address, 12)
			u := upstreamOf(g, strings.TrimPrefix(slow.URL, "http://"))
			eventually(t, "its share is less than half of a third", func() bool {
				was, of := u.counts.requests.Load(), l.sent.Load()
				l.more(t, 120)
				return float64(u.counts.requests.Load()-was) < float64(l.sent.Load()-of)/6
			})
			l.end(t)
		})
	}
}

func TestAnUpstreamThatStallsWithinItsAnswer(t *testing.T) {
	up := newRaw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
	cfg := before(up.url())
	cfg.Timeouts.Stall = 50 * time.Millisecond
	g, address := started(t, cfg)
	got := converse(t, address, get1("/"))
	if !strings.HasSuffix(got, "\r\n\r\nhalf") || strings.Count(got, "HTTP/1.1") != 1 {
		t.Errorf("got %q, want the half that came, and the connection closed", got)
	}
	eventually(t, "the failure is counted", func() bool { return g.State().Upstreams[0].Failures == 1 })
}

func TestAnUpstreamThatDoesNotAnswer(t *testing.T) {
	up := newRaw(t, "")
	cfg := before(up.url())
	cfg.Timeouts.Response = 50 * time.Millisecond
	cfg.Retry.Attempts = 1
	_, address := started(t, cfg)
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 504 || !strings.Contains(body, "timed out") {
		t.Errorf("got %d %q, want 504", res.StatusCode, body)
	}
}

func TestSlowClients(t *testing.T) {
	up := newRaw(t, fine)
	cfg := before(up.url())
	cfg.Timeouts.Head, cfg.Timeouts.Body, cfg.Timeouts.Idle = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	_, address := started(t, cfg)
	for _, row := range []struct{ name, send, want string }{
		{"nothing is sent", "", ""},
		{"a head that does not end", "GET / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 408 "},
		{"a body that does not come", "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 408 "},
	} {
		if got := converse(t, address, row.send); !strings.HasPrefix(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q and the end", row.name, got, row.want)
		}
	}
}

func TestNobodyIsWell(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	g, address := started(t, before("http://"+l.Addr().String()))
	eventually(t, "it is down", func() bool { return standingOf(g, l.Addr().String()) == Down })
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.Contains(body, "no upstream is healthy") {
		t.Errorf("got %d %q, want a 503 that says so", res.StatusCode, body)
	}
}

// short has no file left for the first connections.
type short struct {
	net.Listener
	left int
}

func (s *short) Accept() (net.Conn, error) {
	if s.left--; s.left >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return s.Listener.Accept()
}

func TestWithoutFilesConnectionsAreTakenLaterAndThatIsSaidOnce(t *testing.T) {
	g, address := startedOn(t, before(named(t, "a").URL), func(l net.Listener) net.Listener { return &short{l, 5} })
	if res, body := ask(t, address, get1("/")); res.StatusCode != 200 || body != "a" {
		t.Errorf("got %d %q, want the answer as soon as there are files", res.StatusCode, body)
	}
	said := 0
	for _, e := range g.events.newest() {
		if strings.HasPrefix(e.Text, "no connection can be taken: too many open files") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("it was said %d times, want once", said)
	}
}
