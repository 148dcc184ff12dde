package gateway

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

func TestWhatMayNotBeSentTwiceIsNot(t *testing.T) {
	// It takes the request, and closes without an answer.
	up := newRaw(t, "")
	up.once = true
	cfg := before(up.url())
	_, address := started(t, cfg)
	for method, want := range map[string]int{"POST": 1, "GET": 3} {
		was := len(up.all())
		res, _ := ask(t, address, method+" / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
		if got := len(up.all()) - was; res.StatusCode != 502 || got != want {
			t.Errorf("%s: status %d after %d attempts, want 502 after %d", method, res.StatusCode, got, want)
		}
	}
}

// Nothing was sent on it: the request is not sent twice, also where that would
// do harm, and it is no fault of the upstream's.
func TestAConnectionThatHasEndedWhileItWasIdleCostsNoRequest(t *testing.T) {
	long := strings.Repeat("x", roomSize+1) // goes up beside the answer
	for _, row := range []struct {
		name, request string
		end           func(theirs *net.TCPConn) error
	}{
		{"closed before a GET", get1("/"), (*net.TCPConn).CloseWrite},
		{"closed before a POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", (*net.TCPConn).CloseWrite},
		{"closed before a long POST", fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(long), long), (*net.TCPConn).CloseWrite},
		{"broken off before a POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", func(theirs *net.TCPConn) error {
			theirs.SetLinger(0)
			return theirs.Close()
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, address := unhurried(t)
			ours, theirs := linked(t)
			if err := row.end(theirs.(*net.TCPConn)); err != nil {
				t.Fatal(err)
			}
			q := quicken(ours)
			eventually(t, "the end has come", func() bool { return !isQuiet(q) })
			lendConn(g, q)
			if res, body := ask(t, address, row.request); res.StatusCode != 200 || body != "another" {
				t.Errorf("the answer is %d %q", res.StatusCode, body)
			}
			u := g.setup.Load().all[0]
			if f, r := u.counts.failures.Load(), u.counts.retries.Load(); f != 0 || r != 0 {
				t.Errorf("%d failures and %d retries were counted", f, r)
			}
			if got, _ := io.ReadAll(theirs); len(got) > 0 {
				t.Errorf("on the connection that had ended %q was sent", got)
			}
		})
	}
}

func TestRetriesHaveABudget(t *testing.T) {
	r := &route{share: 200}
	r.budget.Store(2 * oneRetry)
	got := ""
	for range 4 {
		got += fmt.Sprint(r.spend(), " ")
	}
	for range 10 {
		r.earn()
	}
	got += fmt.Sprint(r.spend(), " ", r.spend(), " ", r.spend())
	if want := "true true false false true true false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
