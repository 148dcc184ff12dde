package loadtest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestTheGate(t *testing.T) {
	names := map[string]string{"localhost": "127.0.0.1", "inside.test": "10.1.2.3", "outside.test": "93.184.216.34", "both.test": "10.0.0.1 93.184.216.34", "metadata.test": "169.254.169.254"}
	for _, c := range []struct {
		name, method, url string
		hosts             []string
		unsafe            bool
		want              string
	}{
		{"this machine", "GET", "http://localhost:8080/", nil, false, ""},
		{"this machine, with a method that changes things", "DELETE", "http://127.0.0.1:8080/", nil, false, ""},
		{"this machine by IPv6", "POST", "http://[::1]:8080/", nil, false, ""},
		{"a private network", "POST", "http://inside.test/", nil, false, ""},
		{"a private network by IPv6", "POST", "http://[fd00::1]/", nil, false, ""},
		{"another host", "GET", "http://outside.test/", nil, false, "--allow-host outside.test"},
		{"another address", "GET", "http://93.184.216.34/", nil, false, "--allow-host 93.184.216.34"},
		{"another address in IPv6's clothes", "GET", "http://[::ffff:93.184.216.34]/", nil, false, "--allow-host"},
		{"a name that stands for both", "GET", "http://both.test/", nil, false, "--allow-host both.test"},
		{"where credentials are handed out", "GET", "http://metadata.test/", nil, false, "--allow-host"},
		{"another host that is named", "GET", "http://outside.test/", []string{"Outside.test"}, false, ""},
		{"another host when one is named", "GET", "http://outside.test/", []string{"inside.test"}, false, "--allow-host outside.test"},
		{"a method that changes things on a host that is named", "POST", "http://outside.test/", []string{"outside.test"}, false, "--allow-unsafe"},
		{"… and allowed", "POST", "http://outside.test/", []string{"outside.test"}, true, ""},
	} {
		g := &Gate{AllowHosts: c.hosts, AllowUnsafe: c.unsafe, Dial: neverDial(t), Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			var out []netip.Addr
			for _, a := range strings.Fields(names[strings.ToLower(host)]) {
				out = append(out, netip.MustParseAddr(a))
			}
			return out, nil
		}}
		p, err := Quick(c.url, QuickOptions{Method: c.method, Connections: 1, Duration: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(context.Background(), p, Config{Gate: g})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestANameIsAskedForOnce: a name that stands for another address later (DNS
// rebinding) leads nowhere new, neither for connections nor for redirects.
func TestANameIsAskedForOnce(t *testing.T) {
	asked := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "http://"+r.Host+"/next", http.StatusFound)
		}
	})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	g := &Gate{Resolve: func(context.Context, string) ([]netip.Addr, error) {
		asked++
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}}
	p := rate(t, "http://app.test:"+port+"/", 20, 300*time.Millisecond)
	p.NewConnections, p.Redirects = true, 5
	r, err := New(context.Background(), p, Config{Gate: g})
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.Do(context.Background())
	if err != nil || res.ErrorCount != 0 || res.Sent != 6 {
		t.Errorf("sent %d, errors %+v, %v", res.Sent, res.Errors, err)
	}
	if asked != 1 {
		t.Errorf("the name was asked for %d times", asked)
	}
}

func TestURLs(t *testing.T) {
	for text, want := range map[string]string{
		"http://h":              "http://h /",
		"https://h/a?b#c":       "https://h /a?b",
		"http://h:80?q":         "http://h /?q",
		"http://[::1]:8080/x":   "http://[::1]:8080 /x",
		"ftp://h/":              `"ftp://h/" does not begin with http:// or https://`,
		"h/path":                `"h/path" does not begin with http:// or https://`,
		"http:///x":             `"http:///x" names no host`,
		"http://joe:secret@h/x": "http://joe:xxxxx@h/x: give user and password in an Authorization header, not in the URL",
		"http://h:99999/":       `"http://h:99999/": there is no port 99999, the last one is 65535`,
		"http://h:0/":           `"http://h:0/": there is no port 0, the last one is 65535`,
		"http://h:port/":        `"http://h:port/" is no URL: invalid port ":port" after host`,
	} {
		o, path, err := ParseURL(text)
		got := o.String() + " " + path
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q want %q", text, got, want)
		}
	}
}
