package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestAStopLetsRequestsFinish(t *testing.T) {
	begun, hold := make(chan struct{}), make(chan struct{})
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { close(begun); <-hold; io.WriteString(w, "ok") })
	g, address := started(t, before(up.URL))
	idle, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	var all sync.WaitGroup
	all.Go(func() {
		if res, body := ask(t, address, get1("/")); body != "ok" || !res.Close {
			t.Errorf("got %q, close is %v; want the answer, and the end", body, res.Close)
		}
	})
	<-begun
	stopped := make(chan int, 1)
	go func() { stopped <- g.Stop(context.Background()) }()
	idle.SetDeadline(time.Now().Add(patience))
	if _, err := idle.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the idle connection: got %v, want its end", err)
	}
	eventually(t, "nobody is let in", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	close(hold)
	all.Wait()
	if n := <-stopped; n != 0 {
		t.Errorf("%d requests were broken off, want none", n)
	}
}

// A client that was told its connection stays open may have sent the next
// request when a stop comes: it is answered, and told that it was the last.
func TestAStopAnswersWhatIsOnItsWay(t *testing.T) {
	hold := make(chan struct{})
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2")
		io.WriteString(w, "o")
		if r.URL.Path == "/held" {
			w.(http.Flusher).Flush()
			<-hold
		}
		io.WriteString(w, "k")
	})
	g, address := started(t, before(up.URL))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(c)
	io.WriteString(c, get1("/held"))
	if _, err := in.Peek(1); err != nil { // its head says that the connection stays
		t.Fatal(err)
	}
	io.WriteString(c, get1("/next"))
	stopped := make(chan int, 1)
	go func() { stopped <- g.Stop(context.Background()) }()
	eventually(t, "it stops", g.stopping.Load)
	close(hold)
	for _, last := range []bool{false, true} {
		if res, body := answerOf(t, in, "GET"); body != "ok" || res.Close != last {
			t.Errorf("got %q, close is %v; want ok and %v", body, res.Close, last)
		}
	}
	if n := <-stopped; n != 0 {
		t.Errorf("%d requests were broken off, want none", n)
	}
}

func TestAStopDoesNotWaitForever(t *testing.T) {
	begun := make(chan struct{})
	end := make(chan struct{})
	defer close(end)
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { close(begun); <-end })
	cfg := before(up.URL)
	cfg.Timeouts.Response = 200 * time.Millisecond
	g, address := started(t, cfg)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, get1("/"))
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n := g.Stop(ctx); n != 1 {
		t.Errorf("%d were broken off, want 1", n)
	}
}

// Who asks for nothing is not waited for, and is no request that was broken off.
func TestAStopThatEndsAtOnceCountsRequestsAlone(t *testing.T) {
	g, address := started(t, before(named(t, "a").URL))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, get1("/"))
	if _, body := answerOf(t, bufio.NewReader(c), "GET"); body != "a" {
		t.Fatalf("got %q", body)
	}
	eventually(t, "the connection waits", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		for c := range g.clients {
			return c.state.Load() == clientIdle
		}
		return false
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n := g.Stop(ctx); n != 0 {
		t.Errorf("%d were broken off, want none", n)
	}
}

// Whoever is silent is closed with the client that waits for it, and no other
// one is asked.
func TestAStopEndsWhatIsAskedOfUpstreams(t *testing.T) {
	for _, row := range []struct{ name, answer string }{
		{"no answer comes", ""},
		{"an event stream is quiet", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n"},
		{"a body stops", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, row.answer)
			cfg := before(up.url())
			cfg.Health.Interval = time.Hour
			cfg.Timeouts.Response, cfg.Timeouts.Stall = time.Hour, time.Hour
			g, address := started(t, cfg)
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, get1("/"))
			if row.answer == "" {
				eventually(t, "the upstream has the request", func() bool { return len(up.all()) == 1 })
			} else if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			stopped := make(chan int, 1)
			go func() { stopped <- g.Stop(ctx) }()
			select {
			case n := <-stopped:
				if n != 1 {
					t.Errorf("%d were broken off, want 1", n)
				}
			case <-time.After(patience):
				t.Fatal("the stop waits for the upstream")
			}
			if u := g.State().Upstreams[0]; len(up.all()) != 1 || u.Failures != 0 {
				t.Errorf("the upstream was asked %d times and has %d failures, want one question and none", len(up.all()), u.Failures)
			}
		})
	}
}
