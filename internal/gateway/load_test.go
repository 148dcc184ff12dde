package gateway

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// A load is clients that ask again and again.
type load struct {
	stop   chan struct{}
	all    sync.WaitGroup
	sent   atomic.Int64
	failed atomic.Int64
	last   atomic.Pointer[string] // failure
}

func begin(address string, clients int) *load {
	l := &load{stop: make(chan struct{})}
	for range clients {
		l.all.Go(func() { l.client(address) })
	}
	return l
}

func (l *load) client(address string) {
	c := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		l.sent.Add(1)
		res, err := c.Get("http://" + address + "/")
		text := fmt.Sprint(err)
		if err == nil {
			body, e := io.ReadAll(res.Body)
			res.Body.Close()
			text = fmt.Sprint(res.StatusCode, " ", string(body), e)
		}
		if text != "200 ok<nil>" {
			l.failed.Add(1)
			l.last.Store(&text)
		}
	}
}

func (l *load) end(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.all.Wait()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed, the last one with %s; want none", n, l.sent.Load(), *l.last.Load())
	}
}

// more waits until so many more requests were sent.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	from := l.sent.Load()
	eventually(t, "more requests are sent", func() bool { return l.sent.Load() >= from+n })
}
