package gateway

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func files(m map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if text, ok := m[name]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}
}

const wholeFile = `
listen: 0.0.0.0:80
admin: 10.0.0.1:9000
admin_token_file: token
tls: {cert: c.pem, key: k.pem}
trusted: [10.0.0.0/8, 192.168.1.1]
own_host: true
balance: weighted
upstreams:
  - http://127.0.0.1:9001
  - {url: "https://a", weight: 3, pid: 12, metrics: /metrics, drain: true}
routes:
  - path: /api/
    host: x.org
    balance: ip_hash
    upstreams: [http://127.0.0.1:9003]
  - {path: /static, reads_bodies: true}
health: {path: /health, interval: 2s, timeout: 1s, rise: 1, fall: 2, failures: 4, ejection: 3s, most_ejected: 30%, slow_start: 0s}
weights: {from_metrics: true, interval: 1s, window: 20s, floor: 10%, smooth: 0.3, change: 20%, expiry: 30s}
queue: {in_flight: 10, size: 20, wait: 1s}
pool: {max: 5, idle: 2, expiry: 4s, lifetime: 1m, connect_timeout: 250ms}
retry: {attempts: 2, budget: 10%}
limits: {head: 16KB, body: 10MB, connections: 100}
timeouts: {idle: 1s, head: 2s, body: 3s, response: 4s, stall: 5s, stream: 6s, write: 7s, stop: 8s}
`

func TestAWholeConfiguration(t *testing.T) {
	c, err := ParseConfig("g.yaml", wholeFile, Defaults(), files(map[string]string{"token": "0123456789abcdef\n"}))
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Routes) != 3 || c.Routes[0].Balance != IPHash || c.balanceOf(&c.Routes[1]) != Weighted || c.Routes[0].ReadsBodies || !c.Routes[1].ReadsBodies || len(c.Routes[1].Upstreams) != 2 || c.Routes[2].Path != "/" {
		t.Errorf("the routes are %+v", c.Routes)
	}
	if u := c.Routes[2].Upstreams[1]; u != (UpstreamRule{URL: "https://a:443", Address: "a:443", TLS: true, Weight: 3, PID: 12, Metrics: "/metrics", Drain: true}) {
		t.Errorf("the second upstream is %+v", u)
	}
	if c.Health.MostEjected != 0.3 || c.Weights.Floor != 0.1 || c.Queue.Size != 20 || c.Pool.Connect != 250*time.Millisecond || c.Limits.Body != 10_000_000 || c.Timeouts.Stop != 8*time.Second {
		t.Errorf("the values are %+v", c)
	}
	if len(c.Trusted) != 2 || c.Trusted[1].String() != "192.168.1.1/32" || c.Token != "0123456789abcdef" {
		t.Errorf("trusted are %v, the token is %q", c.Trusted, c.Token)
	}
}

func TestMistakesAreSaidAllAtOnceWithTheirLines(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"nothing in it", "", "g.yaml:1:1: there is nothing in it"},
		{"unknown keys and wrong values", "listn: x\nbalance: best\nupstreams:\n  - ftp://x\n  - {weight: 0}\ntimeouts: {idle: soon, heed: 1s}\n",
			`g.yaml:1:1: unknown key listn in the configuration|g.yaml:2:10: "best" is no way to balance|g.yaml:4:5: "ftp://x" is no upstream|g.yaml:5:5: an upstream needs a url|g.yaml:5:14: "0" is no weight above 0|g.yaml:6:18: "soon" is no duration|g.yaml:6:24: unknown key heed in timeouts`},
		{"a password and a path", "upstreams: ['http://u:secret@a/x']", "g.yaml:1:13: the upstream http://u:xxxxx@a/x has no path and no user"},
		{"the same twice", "upstreams: [http://a, http://a:80]\nroutes:\n  - {path: /x, upstreams: [http://b]}\n  - {path: /x, upstreams: [http://b]}\n  - {path: /}\n",
			"g.yaml:1:23: the upstream http://a:80 is given twice|g.yaml:4:5: the route /x is given twice|g.yaml:5:5: the route / is given twice"},
		{"a route whose path is wrong is not also one that is given twice", "upstreams: [http://a]\nroutes:\n  - {path: x}\n  - {path: y}\n",
			`g.yaml:3:12: "x" is no path|g.yaml:4:12: "y" is no path`},
		{"upstreams that are wrong are not also missing", "routes:\n  - {path: /x, upstreams: http://a}\n", "g.yaml:2:27: upstreams has to be a list"},
		{"upstreams of all that are wrong are not also missing in a route", "upstreams: http://a\nroutes: [{path: /x}]\n", "g.yaml:1:12: upstreams has to be a list"},
		{"a slip of a key", "upstream: [http://a]\nheatlh: {pfad: /x}\nqueue: {siez: 1}", "g.yaml:1:1: unknown key upstream in the configuration: did you mean upstreams?|g.yaml:2:1: unknown key heatlh in the configuration: did you mean health?|g.yaml:3:9: unknown key siez in queue: did you mean size?"},
		{"a route to nowhere", "routes: [{path: /x}]", "g.yaml:1:10: the route /x has no upstreams"},
		{"half of TLS", "tls: {cert: x}", "g.yaml:1:6: tls needs both a cert and a key"},
		{"a token that is missing, one that is short", "admin_token_file: gone", "g.yaml:1:19: read gone: no such file"},
		{"a short token", "admin_token_file: short", "g.yaml:1:19: the token in short has fewer than 16 characters"},
		{"a head that holds nothing", "limits: {head: 12}", "g.yaml:1:16: a head has from 1000 to 1000000 bytes"},
		{"no YAML", "a: [", "g.yaml:1:1: did not find expected node content"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := ParseConfig("g.yaml", row.text, Defaults(), files(map[string]string{"short": "abc"}))
			if err == nil {
				t.Fatal("no mistake was found")
			}
			lines, wants := strings.Split(err.Error(), "\n"), strings.Split(row.want, "|")
			if len(lines) != len(wants) {
				t.Fatalf("got %q, want %q", lines, wants)
			}
			for i := range wants {
				if !strings.HasPrefix(lines[i], wants[i]) {
					t.Errorf("got %q, want %q", lines[i], wants[i])
				}
			}
		})
	}
}

// Weights that follow metrics are followed where nobody asks for something else.
func TestHowARouteBalances(t *testing.T) {
	for _, row := range []struct{ name, text, all, api, wrong string }{
		{"nothing is said", "", RoundRobin, RoundRobin, ""},
		{"of all", "balance: ip_hash", IPHash, IPHash, ""},
		{"weights follow metrics", "weights: {from_metrics: true}", Weighted, Weighted, ""},
		{"they do not", "weights: {from_metrics: false}", RoundRobin, RoundRobin, ""},
		{"weights follow metrics, in another way", "balance: least_connections\nweights: {from_metrics: true}", LeastConnections, LeastConnections, ""},
		{"of one route", "weights: {from_metrics: true}\nroutes: [{path: /api, balance: round_robin}]", Weighted, RoundRobin, ""},
		{"of the other", "balance: round_robin\nweights: {from_metrics: true}\nroutes: [{path: /api, balance: weighted}]", RoundRobin, Weighted, ""},
		{"weights that nobody follows", "balance: round_robin\nweights: {from_metrics: true}", RoundRobin, RoundRobin, "weights from metrics change nothing"},
		{"but a HAProxy", "balance: round_robin\nweights: {from_metrics: true}\nhaproxy: {socket: /s}", RoundRobin, RoundRobin, ""},
	} {
		if !strings.Contains(row.text, "routes:") {
			row.text += "\nroutes: [{path: /api}]"
		}
		c, err := ParseConfig("g.yaml", row.text+"\nupstreams: [http://a]", Defaults(), nil)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if err := c.Check(); (err == nil) != (row.wrong == "") || err != nil && !strings.HasPrefix(err.Error(), row.wrong) {
			t.Errorf("%s: the error is %v, want %q", row.name, err, row.wrong)
		}
		for _, r := range newSetup(c, nil).routes {
			if want := map[string]string{"/": row.all, "/api": row.api}[r.rule.Path]; r.rule.Balance != want {
				t.Errorf("%s: %s balances by %s, want %s", row.name, r.rule.Path, r.rule.Balance, want)
			}
		}
	}
}

func TestWhatDoesNotGoTogether(t *testing.T) {
	own := before("http://127.0.0.1:8080")
	far := before("http://a")
	far.Admin = "0.0.0.0:9000"
	same := before("http://a")
	same.Admin = same.Listen
	none := Defaults()
	for _, row := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"no upstream", none, "there is no upstream"},
		{"itself", own, "the upstream http://127.0.0.1:8080 is the gateway itself"},
		{"an admin endpoint where requests are taken", same, "the admin endpoint cannot be where requests are taken, at 127.0.0.1:8080"},
		{"an admin endpoint for everybody", far, "the admin endpoint 0.0.0.0:9000 can be reached from elsewhere"},
	} {
		if err := row.cfg.Check(); err == nil || !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.want)
		}
	}
}
