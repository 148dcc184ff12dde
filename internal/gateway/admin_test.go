package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mltop/internal/stat"
	"mltop/internal/wire"
)

// order asks the admin endpoint of a gateway.
func order(g *Gateway, method, target string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8081"+target, nil)
	r.RemoteAddr = "127.0.0.1:5555"
	r.Header.Set(OrderField, "1")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	g.AdminHandler().ServeHTTP(w, r)
	return w
}

func TestUpstreamsAreAddedDrainedAndRemoved(t *testing.T) {
	a, b := named(t, "a"), named(t, "b")
	g, address := started(t, before(a.URL))
	isUp(t, g)
	counts := func(n int) string {
		got := map[string]bool{}
		for range n {
			_, body := ask(t, address, get1("/"))
			got[body] = true
		}
		out := ""
		for _, name := range []string{"a", "b"} {
			if got[name] {
				out += name
			}
		}
		return out
	}
	for _, row := range []struct{ do, want, served string }{
		{"/upstreams?url=" + b.URL + "&weight=2", `{"done":"added ` + b.URL + `"}`, "ab"},
		{"/upstreams?url=" + b.URL, `{"error":"the upstream ` + b.URL + ` is there already"}`, "ab"},
		{"/upstreams/drain?url=" + a.URL, `{"done":"draining ` + a.URL + `"}`, "b"},
		{"/upstreams/undrain?url=" + a.URL, `{"done":"no longer draining ` + a.URL + `"}`, "ab"},
		{"/upstreams/remove?url=" + a.URL, `{"done":"removed ` + a.URL + `"}`, "b"},
		{"/upstreams/remove?url=" + b.URL, `{"error":"` + b.URL + ` is the last upstream of the route /"}`, "b"},
		{"/upstreams/remove?url=http://x", `{"error":"there is no such upstream"}`, "b"},
		{"/upstreams?url=ftp://x", `{"error":"\"ftp://x\" is no upstream: http://127.0.0.1:9001 is"}`, "b"},
		{"/upstreams?url=http://x&route=/y", `{"error":"there is no route /y"}`, "b"},
	} {
		if got := strings.TrimSpace(order(g, "POST", row.do, nil).Body.String()); got != row.want {
			t.Errorf("%s: got %s, want %s", row.do, got, row.want)
		}
		isUp(t, g)
		if got := counts(6); got != row.served {
			t.Errorf("%s: served by %s, want %s", row.do, got, row.served)
		}
	}
	// Each order is told once.
	want := map[string]int{
		b.URL + " added by an order": 1, a.URL + " undrained by an order": 1,
		a.URL + " drained by an order: it finishes the requests that it has": 1, a.URL + " removed by an order: it finishes the requests that it has": 1,
	}
	got := map[string]int{}
	for _, e := range g.events.newest() {
		if strings.Contains(e.Text, "order") || strings.Contains(e.Text, "added") || strings.Contains(e.Text, "removed") || strings.Contains(e.Text, "drain") {
			got[e.Upstream+" "+e.Text]++
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the events of orders are %v, want %v", got, want)
	}
}

func TestWhoMayAskTheAdminEndpoint(t *testing.T) {
	open, _ := started(t, before("http://127.0.0.1:1"))
	cfg := before("http://127.0.0.1:1")
	cfg.Token = "0123456789abcdef"
	closed, _ := started(t, cfg)
	from := func(address string) func(*http.Request) {
		return func(r *http.Request) { r.RemoteAddr = address }
	}
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	for _, row := range []struct {
		name   string
		g      *Gateway
		method string
		change func(*http.Request)
		want   int
	}{
		{"this machine looks", open, "GET", nil, 200},
		{"by the name localhost", open, "GET", host("localhost:8081"), 200},
		{"another machine", open, "GET", from("10.0.0.1:99"), 403},
		{"a name that leads here, as a web page may use", open, "GET", host("evil.example"), 403},
		{"a web page orders", open, "POST", func(r *http.Request) { r.Header.Del(OrderField) }, 403},
		{"this machine orders", open, "POST", nil, 400},
		{"a token is asked for", closed, "GET", nil, 403},
		{"a wrong token", closed, "GET", func(r *http.Request) { r.Header.Set("Authorization", "Bearer 0123456789abcdeX") }, 403},
		{"the token, from elsewhere", closed, "GET", func(r *http.Request) {
			r.RemoteAddr, r.Host = "10.0.0.1:99", "gw"
			r.Header.Set("Authorization", "Bearer 0123456789abcdef")
		}, 200},
	} {
		target := "/"
		if row.method == "POST" {
			target = "/upstreams/drain?url=x"
		}
		if got := order(row.g, row.method, target, row.change).Code; got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

func TestTheStateAndTheMetricsTellWhatPassed(t *testing.T) {
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(500)
		}
	})
	g, address := started(t, before(up.URL))
	isUp(t, g)
	g.State()
	ask(t, address, get1("/a"))
	ask(t, address, get1("/bad"))
	converse(t, address, "GET / HTTP/1.1\r\n\r\n")
	eventually(t, "all is counted", func() bool { return g.State().Requests == 3 })
	var state wire.Gateway
	if err := json.Unmarshal(order(g, "GET", "/", nil).Body.Bytes(), &state); err != nil {
		t.Fatal(err)
	}
	u := state.Upstreams[0]
	if state.Statuses["2xx"] != 1 || state.Statuses["4xx"] != 1 || state.Statuses["5xx"] != 1 || state.Refused["Host is missing"] != 1 || u.Requests != 2 || u.State != "up" || u.Current != 1 || u.Latency == nil || u.Checks == 0 {
		t.Errorf("the state is %+v", state)
	}
	metrics := order(g, "GET", "/metrics", nil).Body.String()
	for _, want := range []string{
		"# TYPE mltop_gateway_requests_total counter\nmltop_gateway_requests_total 3\n", "mltop_gateway_responses_total{class=\"5xx\"} 1\n",
		"mltop_gateway_refused_total{reason=\"Host is missing\"} 1\n", "mltop_gateway_upstream_up{upstream=\"" + up.URL + "\"} 1\n",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %q:\n%s", want, metrics)
		}
	}
	var got wire.GatewayRequests
	eventually(t, "their second is over", func() bool {
		json.Unmarshal(order(g, "GET", "/requests?after=0", nil).Body.Bytes(), &got)
		n := uint64(0)
		for _, s := range got.Seconds {
			n += s.Total.Count
		}
		return n == 3
	})
	sum := map[string]uint64{}
	for _, s := range got.Seconds {
		for _, r := range s.Routes {
			var times stat.Sketch
			if _, err := times.MergePacked(r.Latency); err != nil || times.Count() != r.Count && r.Path != refusedRoute.path {
				t.Errorf("%s: %d times of %d, %v", r.Path, times.Count(), r.Count, err)
			}
			sum[r.Method+" "+r.Path] += r.Count + 10*r.ServerErrors
		}
	}
	if len(sum) != 3 || sum[" refused"] != 1 || sum["GET /a"] != 1 || sum["GET /bad"] != 11 {
		t.Errorf("the routes are %v", sum)
	}
}

func TestManyRoutesInASecondAreOneInTheEnd(t *testing.T) {
	var ta tally
	for i := range 10_000 {
		ta.count(&report{method: "GET", path: "/" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)), status: 200}, t0.Add(time.Duration(i)))
	}
	seconds := ta.after(0, t0.Unix()+1)
	if len(seconds) != 1 || seconds[0].total.count != 10_000 || len(seconds[0].routes) > tallyShards*(mostRoutes+1) || seconds[0].routes[otherRoute] == nil {
		t.Errorf("%d seconds, %d routes of 10000", len(seconds), len(seconds[0].routes))
	}
}

func TestProcessesAndMetricsOfUpstreams(t *testing.T) {
	cpu, rss, err := parseStat("12 (a) b) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 99 1000 256 18446744073709551615")
	if err != nil || cpu != 2 || rss <= 0 {
		t.Errorf("got %v s, %v bytes, %v; want 2 s", cpu, rss, err)
	}
	if _, _, err := parseStat("12 (a) S 1"); err == nil {
		t.Error("a short line was taken")
	}
	text := "# HELP x\nprocess_cpu_seconds_total 12.5\nother{a=\"b c\"} 3\nprocess_resident_memory_bytes 1.048576e+06\n"
	u, err := parseMetrics(strings.NewReader(text), []byte("MemFree: 1 kB\nMemTotal:        4096 kB\n"), t0)
	if err != nil || u.CPU != 12.5 || u.Memory != 0.25 {
		t.Errorf("got %+v, %v; want 12.5 s and a quarter", u, err)
	}
	if _, err := parseMetrics(strings.NewReader("x 1\n"), nil, t0); err == nil || !strings.Contains(err.Error(), "process_cpu_seconds_total") {
		t.Errorf("metrics without a process: %v", err)
	}
}

func TestDiscoveryIsForThisMachine(t *testing.T) {
	a := named(t, "a")
	g, address := started(t, before(a.URL))
	if _, body := ask(t, address, get1(discovery)); body != "a" {
		t.Errorf("without an admin endpoint: got %q, want the upstream's answer", body)
	}
	g.AdminAt("127.0.0.1:9")
	if res, body := ask(t, address, get1(discovery)); body != "200 admin http://127.0.0.1:9\n" || !res.Close {
		t.Errorf("got %q", body)
	}
	c := &client{g: g, peer: netip.MustParseAddr("10.0.0.1")}
	c.head.target = []byte(discovery)
	if c.isOurs(&exchange{}) {
		t.Error("another machine was told")
	}
}

// A file that is read again while an order is carried out stays in force, and
// is not taken back by what the order began with.
func TestAReloadWithinAnOrderIsNotTakenBack(t *testing.T) {
	g, _ := started(t, before(named(t, "a").URL))
	next := g.Config().clone()
	next.Limits.Connections++
	reloaded := make(chan error, 1)
	g.order(httptest.NewRecorder(), func(*Config) (string, error) {
		go func() { reloaded <- g.Reload(next) }()
		select {
		case err := <-reloaded: // it did not wait for the order
			reloaded <- err
		case <-time.After(100 * time.Millisecond):
		}
		return "an order", nil
	})
	if err := <-reloaded; err != nil {
		t.Fatal(err)
	}
	if got := g.Config().Limits.Connections; got != next.Limits.Connections {
		t.Errorf("the limit of connections is %d, want the file's %d", got, next.Limits.Connections)
	}
}

// Each order changes what the one before it made.
func TestOrdersAtOnceAreAllCarriedOut(t *testing.T) {
	g, _ := started(t, before(named(t, "a").URL))
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() { order(g, "POST", "/upstreams?url=http://127.0.0.1:"+strconv.Itoa(20000+i), nil) })
	}
	all.Wait()
	if got := len(g.Config().Routes[0].Upstreams); got != 17 {
		t.Errorf("%d upstreams after 16 orders to add one, want 17", got)
	}
}

func TestRequestsAreToldBehindAClockThatWasSet(t *testing.T) {
	t0 := time.Unix(1_000_000, 0)
	for _, row := range []struct {
		name string
		set  time.Duration
	}{{"back by an hour", -time.Hour}, {"back by a day, and as long as a moment", -24*time.Hour + time.Nanosecond}, {"on by an hour", time.Hour}} {
		var ta tally
		for i := range 5000 { // some for each shard
			ta.count(&report{method: "GET", path: "/", status: 200}, t0.Add(time.Duration(i)<<10))
		}
		t1 := t0.Add(row.set)
		for i := range 3000 {
			ta.count(&report{method: "GET", path: "/", status: 200}, t1.Add(time.Duration(i)<<10))
		}
		told := uint64(0)
		for _, s := range ta.after(t1.Unix()-1, t1.Unix()+1) {
			told += s.total.count
		}
		if told != 3000 {
			t.Errorf("%s: %d of 3000 requests are told", row.name, told)
		}
		if n := ta.total().requests; n != 8000 {
			t.Errorf("%s: %d requests were counted, want 8000", row.name, n)
		}
	}
}

// Changes that come at once are made one on top of the other.
func TestNoChangeUndoesAnother(t *testing.T) {
	g, _ := started(t, before("http://127.0.0.1:1"))
	const many = 20
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			err := g.Change(func(c *Config) {
				for range 100 { // give way to the others
					runtime.Gosched()
				}
				_, _ = c.add("/", fmt.Sprintf("http://127.0.0.2:%d", 1000+i), "")
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(g.Config().Routes[0].Upstreams); got != many+1 {
		t.Errorf("there are %d upstreams, want %d", got, many+1)
	}
}
