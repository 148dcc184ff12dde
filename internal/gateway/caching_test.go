package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// caching is a configuration with a cache before these upstreams.
func cachingBefore(urls ...string) Config {
	cfg := before(urls...)
	cfg.Caching = true
	cfg.Health.Interval = time.Hour
	return cfg
}

// want is a request for a path, with fields.
func want(path string, fields ...string) string { return request("GET", path, fields...) }

func request(method, path string, fields ...string) string {
	text := method + " " + path + " HTTP/1.1\r\nHost: a\r\n"
	for _, f := range fields {
		text += f + "\r\n"
	}
	return text + "\r\n"
}

// An origin answers with these fields, and counts what it is asked.
type origin struct {
	fields []string
	asked  atomic.Int64
	url    string
}

func newOrigin(t *testing.T, fields ...string) *origin {
	t.Helper()
	o := &origin{fields: fields}
	o.url = servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		n := o.asked.Add(1)
		for _, f := range o.fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		if tag := w.Header().Get("ETag"); tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(304)
			return
		}
		fmt.Fprintf(w, "%d of %s", n, r.URL)
	}).URL
	return o
}

// said is what Cache-Status says behind the name.
func said(r replied) string {
	return strings.TrimPrefix(r.Header.Get("Cache-Status"), "mltop; ")
}

func TestWhatIsSharedAndWhatIsNot(t *testing.T) {
	const fresh = "Cache-Control: max-age=60"
	for _, row := range []struct {
		name          string
		answer        []string
		first, second string
		want          string // the beginning of what Cache-Status says the second time
		asked         int64
	}{
		{"an answer that says how long", []string{fresh}, want("/"), want("/"), "hit; ttl=", 1},
		{"an answer that says nothing is taken by the table", nil, want("/"), want("/"), "hit; ttl=", 1},
		{"HEAD is answered from what GET brought", []string{fresh}, want("/"), request("HEAD", "/"), "hit", 1},
		{"HEAD brings nothing", []string{fresh}, request("HEAD", "/"), want("/"), "fwd=uri-miss", 2},
		{"private is for one", []string{"Cache-Control: private, max-age=60"}, want("/"), want("/"), "fwd=uri-miss", 2},
		{"no-store is for nobody", []string{"Cache-Control: no-store"}, want("/"), want("/"), "fwd=uri-miss", 2},
		{"a cookie is set", []string{fresh, "Set-Cookie: a=b"}, want("/"), want("/"), "fwd=uri-miss", 2},
		{"a cookie is set, and it is said to be public", []string{"Cache-Control: public, max-age=60", "Set-Cookie: a=b"}, want("/"), want("/"), "fwd=uri-miss", 2},
		{"who asks wants it anew", []string{fresh}, want("/"), want("/", "Cache-Control: no-cache"), "fwd=request", 2},
		{"… in the words of old", []string{fresh}, want("/"), want("/", "Pragma: no-cache"), "fwd=request", 2},
		{"who asks keeps nothing", []string{fresh}, want("/"), want("/", "Cache-Control: no-store"), "fwd=bypass", 2},
		{"a part is asked for", []string{fresh}, want("/"), want("/", "Range: bytes=0-1"), "hit", 1},
		{"below /admin/", []string{fresh}, want("/admin/x"), want("/admin/x"), "fwd=bypass", 2},
		{"below /admin/ in another spelling", []string{fresh}, want("/%41dmin//x"), want("/%41dmin//x"), "fwd=bypass", 2},
		{"below /admin/ encoded twice", []string{fresh}, want("/%2561dmin/x"), want("/%2561dmin/x"), "fwd=bypass", 2},
		{"below /admin/ behind a double slash", []string{fresh}, want("//admin/x"), want("//admin/x"), "fwd=bypass", 2},
		{"/admin itself", []string{fresh}, want("/admin"), want("/admin"), "fwd=bypass", 2},
		{"/administrator is another path", []string{fresh}, want("/administrator"), want("/administrator"), "hit", 1},
		{"the same parameters in another order", []string{fresh}, want("/?b=2&a=1"), want("/?a=1&b=2"), "hit", 1},
		{"two parameters of one name in another order", []string{fresh}, want("/?a=2&a=1"), want("/?a=1&a=2"), "fwd=uri-miss", 2},
		{"another host", []string{fresh}, want("/"), "GET / HTTP/1.1\r\nHost: b\r\n\r\n", "fwd=uri-miss", 2},
		{"another type is wanted", []string{fresh}, want("/", "Accept: text/html"), want("/", "Accept: application/json"), "fwd=vary-miss", 2},
		{"the same type is wanted by another browser", []string{fresh}, want("/", "Accept: text/html,application/xml;q=0.9,*/*;q=0.8"), want("/", "Accept: text/html, application/xhtml+xml, image/avif;q=0.5"), "hit", 1},
		{"it varies by what differs", []string{fresh, "Vary: Accept-Language"}, want("/", "Accept-Language: de"), want("/", "Accept-Language: en"), "fwd=vary-miss", 2},
		{"it varies by what is the same", []string{fresh, "Vary: Accept-Language"}, want("/", "Accept-Language: de, en;q=0.5"), want("/", "Accept-Language: en;q=0.5,DE"), "hit", 1},
		{"it varies by everything", []string{fresh, "Vary: *"}, want("/"), want("/"), "fwd=uri-miss", 2},
		{"encoded without saying that it varies", []string{fresh, "Content-Encoding: gzip"}, want("/", "Accept-Encoding: gzip"), want("/"), "fwd=vary-miss", 2},
		{"asked for with a password", []string{fresh}, want("/", "Authorization: Basic eA=="), want("/"), "fwd=uri-miss", 2},
		{"kept without a password, asked for with one", []string{fresh}, want("/"), want("/", "Authorization: Basic eA=="), "fwd=", 2},
		{"asked for with a password, and public", []string{"Cache-Control: public, max-age=60"}, want("/", "Authorization: Basic eA=="), want("/", "Authorization: Basic eQ=="), "hit", 1},
		{"asked for with a cookie, and no word on how long", nil, want("/", "Cookie: s=1"), want("/"), "fwd=uri-miss", 2},
		{"kept without a word, asked for with a cookie", nil, want("/"), want("/", "Cookie: s=1"), "fwd=", 2},
		{"asked for with a cookie, with a word on how long", []string{fresh}, want("/", "Cookie: s=1"), want("/", "Cookie: s=2"), "hit", 1},
		{"a field that nobody knows", []string{fresh}, want("/", "X-Theme: dark"), want("/"), "fwd=uri-miss", 2},
		{"a field that nobody knows, against what is kept", []string{fresh}, want("/"), want("/", "X-Theme: dark"), "fwd=", 2},
		{"a field that only Vary knows", []string{fresh, "Vary: X-Theme"}, want("/", "X-Theme: dark"), want("/", "X-Theme: dark"), "hit", 1},
		{"from another origin", []string{fresh}, want("/", "Origin: https://a"), want("/", "Origin: https://b"), "fwd=vary-miss", 2},
		{"only what is kept is wanted, and it is", []string{fresh}, want("/"), want("/", "Cache-Control: only-if-cached"), "hit", 1},
		{"only what is kept is wanted, and nothing is", []string{"Cache-Control: no-store"}, want("/"), want("/", "Cache-Control: only-if-cached"), "fwd=", 1},
		{"stale at once", []string{"Cache-Control: max-age=0", `ETag: "x"`}, want("/"), want("/"), "fwd=stale; fwd-status=304", 2},
		{"asked for anew each time", []string{"Cache-Control: no-cache", `ETag: "x"`}, want("/"), want("/"), "fwd=stale; fwd-status=304", 2},
		{"old when it came", []string{fresh, "Age: 60"}, want("/"), want("/"), "fwd=uri-miss", 2},
		{"the client has it already", []string{fresh, `ETag: "x"`}, want("/"), want("/", `If-None-Match: "y", W/"x"`), "hit", 1},
		{"changed meanwhile", []string{fresh}, want("/"), want("/", `If-Match: "x"`), "fwd=bypass", 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o := newOrigin(t, row.answer...)
			_, address := started(t, cachingBefore(o.url))
			ask(t, address, row.first)
			r, _ := ask(t, address, row.second)
			if got := said(r); !strings.HasPrefix(got, row.want) {
				t.Errorf("Cache-Status is %q, want %q", got, row.want)
			}
			if got := o.asked.Load(); got != row.asked {
				t.Errorf("the origin was asked %d times, want %d", got, row.asked)
			}
		})
	}
}

func TestAKeptAnswerIsWhole(t *testing.T) {
	o := newOrigin(t, "Cache-Control: max-age=60", `ETag: "x"`, "X-Own: 1", "Connection: X-Hop", "X-Hop: 1")
	_, address := started(t, cachingBefore(o.url))
	_, first := ask(t, address, want("/a?b"))
	for _, row := range []struct {
		name, request string
		status        int
		length, body  string
	}{
		{"GET", want("/a?b"), 200, fmt.Sprint(len(first)), first},
		{"HEAD", request("HEAD", "/a?b"), 200, fmt.Sprint(len(first)), ""},
		{"the client has it", want("/a?b", `If-None-Match: "x"`), 304, "", ""},
		{"the client has another", want("/a?b", `If-None-Match: "y"`), 200, fmt.Sprint(len(first)), first},
		{"an old client", "GET /a?b HTTP/1.0\r\nHost: a\r\n\r\n", 200, fmt.Sprint(len(first)), first},
	} {
		r, body := ask(t, address, row.request)
		h := r.Header
		if r.StatusCode != row.status || body != row.body || h.Get("Content-Length") != row.length || h.Get("ETag") != `"x"` || h.Get("Age") != "0" && h.Get("Age") != "1" {
			t.Errorf("%s: got %d %q with %v, want %d %q", row.name, r.StatusCode, body, h, row.status, row.body)
		}
		if row.status == 200 && (h.Get("X-Own") != "1" || h.Get("X-Hop") != "" || len(h["X-Request-Id"]) != 1 || len(h["Date"]) != 1) {
			t.Errorf("%s: the fields are %v", row.name, h)
		}
	}
	if o.asked.Load() != 1 {
		t.Errorf("the origin was asked %d times, want once", o.asked.Load())
	}
}

// crowd asks the same at once, and answers what came.
func crowd(t *testing.T, address string, n int, text string) (bodies map[string]int, hits int) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	bodies = map[string]int{}
	for range n {
		all.Go(func() {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, text)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || res.StatusCode != 200 {
				t.Errorf("got %d (%v)", res.StatusCode, err)
			}
			bodies[string(body)]++
			if strings.Contains(res.Header.Get("Cache-Status"), "hit") {
				hits++
			}
		})
	}
	all.Wait()
	return bodies, hits
}

// held is an origin that answers when it is let.
func held(t *testing.T, fields ...string) (url string, asked *atomic.Int64, let chan struct{}) {
	t.Helper()
	asked, let = &atomic.Int64{}, make(chan struct{})
	url = servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		select {
		case <-let:
		case <-time.After(patience):
		}
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		fmt.Fprintf(w, "answer %d", n)
	}).URL
	return url, asked, let
}

// crowdOfMisses has n clients ask at once for what is not kept, and lets the
// origin answer when all but one wait.
func crowdOfMisses(t *testing.T, n int, fields ...string) (asked int, bodies map[string]int, hits int) {
	t.Helper()
	url, count, let := held(t, fields...)
	cfg := cachingBefore(url)
	cfg.Cache.Wait = patience
	g, address := started(t, cfg)
	var all sync.WaitGroup
	all.Go(func() { bodies, hits = crowd(t, address, n, want("/")) })
	eventually(t, "all others wait", func() bool { return g.setup.Load().cache.State().Waiting == n-1 })
	close(let)
	all.Wait()
	return int(count.Load()), bodies, hits
}

func TestAThousandMissesAskOnce(t *testing.T) {
	asked, bodies, hits := crowdOfMisses(t, 1000, "Cache-Control: max-age=60")
	if asked != 1 || bodies["answer 1"] != 1000 || hits != 999 {
		t.Errorf("the origin was asked %d times, want once; answers %v, %d from the cache", asked, bodies, hits)
	}
}

func TestAPrivateAnswerIsNeverShared(t *testing.T) {
	asked, bodies, hits := crowdOfMisses(t, 100, "Cache-Control: private, max-age=60")
	if asked != 100 || len(bodies) != 100 || hits != 0 {
		t.Errorf("100 clients got %d different answers, want 100; the origin was asked %d times, %d came from the cache", len(bodies), asked, hits)
	}
}
