package main

import (
	"net"
	"strings"
	"testing"
)

func TestWhatWrkSays(t *testing.T) {
	for _, row := range []struct {
		name, out, failed string
		requests, rate    float64
		wrong             string
	}{
		{"all went well", "  41593 requests in 2.01s, 9.52MB read\nRequests/sec:  20693.53\nTransfer/sec:      4.74MB\n", "", 41593, 20693.53, ""},
		{"some were refused", "  10 requests in 2.01s, 1MB read\n  Socket errors: connect 1, read 2, write 0, timeout 0\n  Non-2xx or 3xx responses: 4\nRequests/sec:      5.00\n",
			"Socket errors: connect 1, read 2, write 0, timeout 0; Non-2xx or 3xx responses: 4", 10, 5, ""},
		{"nobody answered", "  0 requests in 2.01s, 0.00B read\nRequests/sec:      0.00\n", "", 0, 0, "not one answer"},
		{"it did not run", "unable to connect to 127.0.0.1:1", "", 0, 0, "no count in wrk's output"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := readWrk(row.out)
			if row.wrong != "" {
				if err == nil || !strings.HasPrefix(err.Error(), row.wrong) {
					t.Errorf("the error is %v, want %q", err, row.wrong)
				}
				return
			}
			if err != nil || got.requests != row.requests || got.perSecond != row.rate || got.failed != row.failed {
				t.Errorf("got %+v and %v, want %v requests, %v/s, %q", got, err, row.requests, row.rate, row.failed)
			}
		})
	}
}

func TestEachServerBeginsARoundInTurn(t *testing.T) {
	all := []*process{{name: "a"}, {name: "b"}, {name: "c"}}
	var got []string
	for round := range 4 {
		for _, p := range turned(all, round) {
			got = append(got, p.name)
		}
	}
	if want := "abcbcacababc"; strings.Join(got, "") != want {
		t.Errorf("the order is %v, want %s", got, want)
	}
}

func TestAProcessThatEndsIsNotWaitedFor(t *testing.T) {
	s, k := &stage{dir: t.TempDir()}, kind{name: "false", program: "sh", file: "x",
		text: func(site) string { return "echo it cannot; exit 3" }, args: func(w site) []string { return []string{w.file} }}
	p, err := s.start(t.Context(), k, false)
	if p != nil || err == nil || !strings.Contains(err.Error(), "it cannot") {
		t.Errorf("got %v and %v, want what it said", p, err)
	}
}

func TestIdleConnectionsHaveHadAnAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 1024))
				c.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
			}()
		}
	}()
	c, err := enter(t.Context(), l.Addr().String())
	if c != nil {
		c.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("the error is %v, want that it was answered 503", err)
	}
}
