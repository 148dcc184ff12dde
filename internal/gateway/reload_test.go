package gateway

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

func TestAReloadLosesNoConnection(t *testing.T) {
	a, b := named(t, "a"), named(t, "b")
	g, address := started(t, before(a.URL))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	for _, next := range []struct{ url, want string }{{a.URL, "a"}, {b.URL, "b"}, {a.URL, "a"}} {
		cfg := before(next.url)
		cfg.Listen = g.Config().Listen
		if err := g.Reload(cfg); err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, get1("/"))
		if _, body := answerOf(t, r, "GET"); body != next.want {
			t.Fatalf("got %q, want %q", body, next.want)
		}
	}
	if err := g.Reload(Config{}); err == nil {
		t.Error("a configuration without upstreams was taken")
	}
	moved := before(a.URL)
	moved.Listen = "127.0.0.1:1"
	if err := g.Reload(moved); err == nil {
		t.Error("another address was taken")
	}
	eventually(t, "those that were taken out are gone", func() bool { return len(g.leavers()) == 0 })
}
