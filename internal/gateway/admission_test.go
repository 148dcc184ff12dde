package gateway

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestTooManyRequests(t *testing.T) {
	hold := make(chan struct{})
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { <-hold; io.WriteString(w, "ok") })
	cfg := before(up.URL)
	cfg.Queue = QueueRule{InFlight: 1, Size: 1, Wait: patience}
	g, address := started(t, cfg)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { ask(t, address, get1("/")) })
		eventually(t, "it is inside or waits", func() bool { s := g.State().Queue; return s.InFlight+s.Depth == i+1 })
	}
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "60" || !strings.Contains(body, "waiting") {
		t.Errorf("got %d %q Retry-After %q, want 503", res.StatusCode, body, res.Header.Get("Retry-After"))
	}
	if q := g.State().Queue; q.Depth != 1 || q.Overflowed != 1 {
		t.Errorf("the queue is %+v", q)
	}
	close(hold)
	all.Wait()
}
