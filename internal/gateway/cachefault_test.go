package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hangUp sends a request and does not read what comes.
func hangUp(t *testing.T, address, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	io.WriteString(c, text)
	return c
}

func waiting(g *Gateway, n int) func() bool {
	return func() bool { return cacheOf(g).Waiting == n }
}

// The first one holds nobody up, whether it goes or does not read.
func TestTheFirstClientFailsNobody(t *testing.T) {
	for _, row := range []struct {
		name string
		goes bool
	}{{"it goes before the answer", true}, {"it does not read the answer", false}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			// More than the buffers of a connection that nobody reads from.
			body := strings.Repeat("0123456789abcdef", 1<<20)
			asked, let := atomic.Int64{}, make(chan struct{})
			up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				<-let
				w.Header().Set("Cache-Control", "max-age=60")
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				io.WriteString(w, body)
			})
			cfg := cachingBefore(up.URL)
			cfg.Cache.MaxBody, cfg.Cache.Wait, cfg.Timeouts.Write = 20<<20, patience, patience
			g, address := started(t, cfg)
			c := hangUp(t, address, want("/"))
			eventually(t, "the origin is asked", func() bool { return asked.Load() == 1 })
			var all sync.WaitGroup
			var bodies map[string]int
			all.Go(func() { bodies, _ = crowd(t, address, 5, want("/")) })
			eventually(t, "the others wait", waiting(g, 5))
			if row.goes {
				c.Close()
			}
			close(let)
			all.Wait()
			if bodies[body] != 5 || asked.Load() != 1 {
				t.Errorf("%d of 5 got the answer; the origin was asked %d times, want once", bodies[body], asked.Load())
			}
			c.Close()
		})
	}
}

func TestWhatIsNotWholeIsNeverKept(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
	for _, row := range []struct{ name, answer string }{
		{"shorter than it says", head + "Content-Length: 10\r\n\r\nshort"},
		{"chunks without the last", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"},
		{"to the end of the connection", head + "Connection: close\r\n\r\nshort"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, row.answer)
			up.once = true
			g, address := started(t, cachingBefore(up.url()))
			for range 2 {
				converse(t, address, want("/", "Connection: close"))
			}
			if c := cacheOf(g); c.Stored != 0 || c.Hits() != 0 {
				t.Errorf("%d were kept, %d given out, want none", c.Stored, c.Hits())
			}
		})
	}
}

// Each part comes as soon as it is sent; what is too long is passed on whole,
// and not kept.
func TestAnAnswerThatIsKeptStreams(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, row := range []struct {
		name  string
		most  int64
		again string // what Cache-Status says the second time
	}{
		{"one that is kept", 1 << 20, "hit"},
		{"one that turns out to be too long", 20, "fwd=uri-miss"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			next := make(chan struct{}, 1)
			up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "max-age=60")
				w.Header().Set("X-Long", long)
				for range 5 {
					io.WriteString(w, "0123456789")
					w.(http.Flusher).Flush()
					select {
					case <-next:
					case <-time.After(patience):
					}
				}
			})
			cfg := cachingBefore(up.URL)
			cfg.Cache.MaxBody = row.most
			_, address := started(t, cfg)
			c := hangUp(t, address, want("/"))
			c.SetDeadline(time.Now().Add(patience))
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			part := make([]byte, 10)
			for i := range 5 {
				if _, err := io.ReadFull(res.Body, part); err != nil || string(part) != "0123456789" {
					t.Fatalf("part %d: %q, %v", i, part, err)
				}
				next <- struct{}{}
			}
			if rest, err := io.ReadAll(res.Body); len(rest) > 0 || err != nil {
				t.Errorf("behind it came %q, %v", rest, err)
			}
			close(next)
			r, body := ask(t, address, want("/"))
			if !strings.HasPrefix(said(r), row.again) || len(body) != 50 || r.StatusCode != 200 || r.Header.Get("Cache-Control") != "max-age=60" || r.Header.Get("X-Long") != long {
				t.Errorf("the second time: %q, %d bytes; want %s", said(r), len(body), row.again)
			}
		})
	}
}

// The origin answers with all that it is told; nobody can make it tell others.
func TestNobodyPutsHisOwnIntoOthersAnswers(t *testing.T) {
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		for name, values := range r.Header {
			if name != "X-Forwarded-For" && name != "X-Request-Id" && name != "Via" {
				fmt.Fprintf(w, "%s: %s\n", name, values)
			}
		}
		fmt.Fprintln(w, r.Host, r.URL)
	})
	for _, field := range []string{
		"X-Forwarded-Host: evil", "X-Forwarded-Proto: evil", "X-Forwarded-Scheme: evil", "X-Forwarded-Port: evil", "X-Forwarded-Prefix: /evil", "Forwarded: host=evil",
		"X-Original-URL: /evil", "X-Rewrite-URL: /evil", "X-Host: evil", "X-Forwarded-Server: evil", "X-HTTP-Host-Override: evil",
		"X-HTTP-Method-Override: evil", "X-Method-Override: evil", "X-Anything: evil", "x_forwarded_host: evil", "Origin: https://evil",
		"Content-Type: evil", "Accept: evil", "X-Requested-With: evil", "User-Agent: <evil>", "User-Agent: 1' evil", `Referer: /" evil`,
		"Accept-Language: >evil", "Via: 1.1 <evil>", "From: <evil>", `Sec-CH-UA: "x<evil>"`, "Range: evil", "If-Range: evil",
	} {
		for _, trusted := range []bool{false, true} {
			cfg := cachingBefore(up.URL)
			if trusted {
				p, _ := parsePrefix("127.0.0.1")
				cfg.Trusted = append(cfg.Trusted, p)
			}
			_, address := started(t, cfg)
			ask(t, address, want("/", field))
			ask(t, address, want("/", field))
			if r, body := ask(t, address, want("/")); strings.Contains(body, "evil") {
				t.Errorf("%s (trusted: %v) reached another: %s, %s", field, trusted, said(r), body)
			}
		}
	}
}

// turning is an origin whose answer a test changes.
type turning struct {
	*origin
	mu     sync.Mutex
	status int
	text   string
}

func newTurning(t *testing.T, fields ...string) *turning {
	o := &turning{origin: &origin{fields: fields}, status: 200, text: "first"}
	o.url = servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, f := range o.fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		w.WriteHeader(o.status)
		io.WriteString(w, o.text)
	}).URL
	return o
}

func (o *turning) turn(status int, text string, fields ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status, o.text, o.fields = status, text, fields
}

func TestStaleWhileItIsAskedForAnew(t *testing.T) {
	o := newTurning(t, "Cache-Control: max-age=10, stale-while-revalidate=1000", "Age: 10")
	_, address := started(t, cachingBefore(o.url))
	ask(t, address, want("/"))
	o.turn(200, "second", "Cache-Control: max-age=1000")
	if r, body := ask(t, address, want("/")); body != "first" || !strings.Contains(said(r), "detail=stale-while-revalidate") {
		t.Errorf("got %q, %s; want the first, stale", body, said(r))
	}
	eventually(t, "the second is there", func() bool {
		r, body := ask(t, address, want("/"))
		return body == "second" && strings.Contains(said(r), "detail=memory")
	})
	if o.asked.Load() != 2 {
		t.Errorf("the origin was asked %d times, want twice", o.asked.Load())
	}
}

func TestStaleWhenTheOriginFails(t *testing.T) {
	for _, row := range []struct {
		name, control string
		fail          func(o *turning, up *http.Server)
		status        int
	}{
		{"it answers 503", "max-age=10, stale-if-error=1000", nil, 200},
		{"it answers 503, and stale is forbidden", `max-age=10, stale-if-error=1000, must-revalidate`, nil, 503},
		{"it answers 503, and nothing is said", "max-age=10", nil, 503},
	} {
		o := newTurning(t, "Cache-Control: "+row.control, "Age: 10", `ETag: "x"`)
		_, address := started(t, cachingBefore(o.url))
		ask(t, address, want("/"))
		o.turn(503, "broken")
		if r, _ := ask(t, address, want("/")); r.StatusCode != row.status {
			t.Errorf("%s: got %d, %s; want %d", row.name, r.StatusCode, said(r), row.status)
		}
	}
	up := newRaw(t, "HTTP/1.1 200 OK\r\nCache-Control: max-age=10, stale-if-error=1000\r\nAge: 10\r\nContent-Length: 2\r\n\r\nok")
	up.once = true
	_, address := started(t, cachingBefore(up.url()))
	ask(t, address, want("/"))
	up.Close()
	for range 6 { // until it is ejected, and then
		if r, body := ask(t, address, want("/")); r.StatusCode != 200 || body != "ok" {
			t.Errorf("an origin that is gone: got %d %q, want what was kept", r.StatusCode, body)
		}
	}
}

func TestAFreshNameRenewsWhatIsKept(t *testing.T) {
	o := newOrigin(t, "Cache-Control: max-age=10", "Age: 10", `ETag: "x"`, "X-Own: 1")
	g, address := started(t, cachingBefore(o.url))
	_, first := ask(t, address, want("/"))
	o.fields = []string{"Cache-Control: max-age=1000", `ETag: "x"`, "X-Own: 2"}
	for _, expected := range []string{"fwd=stale; fwd-status=304; stored", "hit"} {
		r, body := ask(t, address, want("/"))
		if body != first || r.Header.Get("X-Own") != "2" || !strings.HasPrefix(said(r), expected) {
			t.Errorf("got %q, %v; want the first body, with what is new, %s", body, r.Header, expected)
		}
	}
	if c := cacheOf(g); c.Revalidated != 1 || o.asked.Load() != 2 {
		t.Errorf("%d were renewed, the origin was asked %d times; want 1 and 2", c.Revalidated, o.asked.Load())
	}
}

func TestWhatIsChangedIsForgotten(t *testing.T) {
	for _, row := range []struct {
		name, request, answer string
		expected              string
	}{
		{"POST", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy", "204 No Content", "fwd=uri-miss"},
		{"POST in chunks", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n", "204 No Content", "fwd=uri-miss"},
		{"DELETE", request("DELETE", "/a"), "204 No Content", "fwd=uri-miss"},
		{"an unknown method", request("PURGE", "/a"), "204 No Content", "fwd=uri-miss"},
		{"POST elsewhere that leads there", request("POST", "/b"), "201 Created\r\nLocation: /a", "fwd=uri-miss"},
		{"POST elsewhere that leads there in full", request("POST", "/b"), "201 Created\r\nContent-Location: http://a/a", "fwd=uri-miss"},
		{"POST elsewhere that leads to another host", request("POST", "/b"), "201 Created\r\nLocation: http://b/a", "hit"},
		{"POST that failed", request("POST", "/a"), "500 Oh", "hit"},
		{"OPTIONS changes nothing", request("OPTIONS", "/a"), "204 No Content", "hit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != "GET" {
					io.Copy(io.Discard, r.Body)
					status, field, _ := strings.Cut(row.answer, "\r\n")
					if name, value, ok := strings.Cut(field, ": "); ok {
						w.Header().Set(name, value)
					}
					n, _ := strconv.Atoi(status[:3])
					w.WriteHeader(n)
					return
				}
				w.Header().Set("Cache-Control", "max-age=60")
			})
			_, address := started(t, cachingBefore(up.URL))
			ask(t, address, want("/a"))
			ask(t, address, row.request)
			if r, _ := ask(t, address, want("/a")); !strings.HasPrefix(said(r), row.expected) {
				t.Errorf("then: %s, want %s", said(r), row.expected)
			}
		})
	}
}

func TestPurgesAndWhatIsTold(t *testing.T) {
	o := newOrigin(t, "Cache-Control: max-age=1000")
	g, address := started(t, cachingBefore(o.url))
	for _, path := range []string{"/a/1", "/a/2?x=1", "/b"} {
		ask(t, address, want(path))
		ask(t, address, want(path))
	}
	for _, row := range []struct{ what, told string }{
		{"/a/*", `{"done":"purged /a/*: 2 answers in memory"}`},
		{"http://a/b", `{"done":"purged http://a/b: 1 answers in memory"}`},
		{"b", `{"error":"a purge is of a URL or a path from / on, with * behind it for all that begins so"}`},
	} {
		if got := strings.TrimSpace(order(g, "POST", "/cache/purge?url="+row.what, nil).Body.String()); got != row.told {
			t.Errorf("%s: got %s, want %s", row.what, got, row.told)
		}
	}
	for _, path := range []string{"/a/1", "/b"} {
		if r, _ := ask(t, address, want(path)); !strings.HasPrefix(said(r), "fwd=uri-miss") {
			t.Errorf("%s is still there: %s", path, said(r))
		}
	}
	c := cacheOf(g)
	if c.MemoryHits != 3 || c.Misses != 5 || c.Stored != 5 || c.Purged != 3 || c.Bytes <= 0 {
		t.Errorf("the state is %+v", c)
	}
	metrics := order(g, "GET", "/metrics", nil).Body.String()
	for _, m := range []string{"mltop_gateway_cache_hits_total{level=\"memory\"} 3\n", "mltop_gateway_cache_misses_total 5\n", "mltop_gateway_cache_purged_total 3\n"} {
		if !strings.Contains(metrics, m) {
			t.Errorf("%q is missing in\n%s", m, metrics)
		}
	}
	none, _ := started(t, before(o.url))
	if got := order(none, "POST", "/cache/purge?url=*", nil).Body.String(); !strings.Contains(got, "no route of this gateway has a cache") {
		t.Errorf("without a cache: %s", got)
	}
}

func TestTheCacheIsBoundedByBytes(t *testing.T) {
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=1000")
		w.Write(make([]byte, 100<<10))
	})
	cfg := cachingBefore(up.URL)
	cfg.Cache.Size = 1 << 20
	g, address := started(t, cfg)
	for i := range 40 {
		ask(t, address, want(fmt.Sprintf("/%d", i)))
	}
	eventually(t, "what is too much goes", func() bool { c := cacheOf(g); return c.Bytes <= c.Size && c.Evicted >= 30 })
}

func TestAReloadKeepsWhatIsKept(t *testing.T) {
	o := newOrigin(t, "Cache-Control: max-age=1000")
	cfg := cachingBefore(o.url)
	g, address := started(t, cfg)
	ask(t, address, want("/"))
	cfg = g.Config()
	cfg.Cache.Size *= 2
	off := cfg.clone()
	no := false
	off.Routes[0].Cache = &no
	for _, step := range []struct {
		cfg      Config
		expected string
	}{{cfg, "hit"}, {off, ""}, {cfg, "fwd=uri-miss"}} {
		if err := g.Reload(step.cfg); err != nil {
			t.Fatal(err)
		}
		if r, _ := ask(t, address, want("/")); !strings.HasPrefix(said(r), step.expected) || step.expected == "" && said(r) != "" {
			t.Errorf("Cache-Status is %q, want %q", said(r), step.expected)
		}
	}
}
