package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// long is a page that is worth compressing.
var longPage = strings.Repeat("<p>the same again</p>\n", 500)

func compressing(url string) Config {
	cfg := before(url)
	cfg.Compress.On = true
	return cfg
}

// fetched asks with an Accept-Encoding, and answers with the body as it was
// before it was compressed.
func fetched(t *testing.T, address, method, path, accepts string) (http.Header, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\n\r\n", method, path, accepts)
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(uncompressed(t, res))
	if err != nil {
		t.Fatal(err)
	}
	return res.Header, string(body)
}

func uncompressed(t *testing.T, res *http.Response) io.Reader {
	t.Helper()
	var r io.Reader = res.Body
	var err error
	switch res.Header.Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(res.Body)
	case "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(res.Body); err == nil {
			t.Cleanup(z.Close)
			r = z
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html")
		h.Set("ETag", `"v1"`)
		h.Set("Accept-Ranges", "bytes")
		switch r.URL.Path {
		case "/short":
			io.WriteString(w, "short")
			return
		case "/br":
			h.Set("Content-Encoding", "br")
		case "/part":
			h.Set("Content-Range", "bytes 0-9/100")
			w.WriteHeader(206)
		case "/fixed":
			h.Set("Cache-Control", "no-transform")
		case "/sized":
			h.Set("Content-Length", fmt.Sprint(len(longPage)))
		}
		if r.Method != "HEAD" {
			io.WriteString(w, longPage)
		}
	})
	g, address := started(t, compressing(up.URL))
	for _, row := range []struct{ name, method, path, accepts, coding, vary, etag string }{
		{"by zstd", "GET", "/", "gzip, zstd", "zstd", "Accept-Encoding", `W/"v1"`},
		{"by gzip", "GET", "/", "gzip", "gzip", "Accept-Encoding", `W/"v1"`},
		{"with a length that is true no more", "GET", "/sized", "gzip", "gzip", "Accept-Encoding", `W/"v1"`},
		{"to who does not want it", "GET", "/", "identity", "", "Accept-Encoding", `"v1"`},
		{"a short one", "GET", "/short", "gzip", "", "Accept-Encoding", `"v1"`},
		{"HEAD", "HEAD", "/sized", "gzip", "", "Accept-Encoding", `"v1"`},
		{"a part", "GET", "/part", "gzip", "", "", `"v1"`},
		{"one that nobody may change", "GET", "/fixed", "gzip", "", "", `"v1"`},
		{"one that is compressed already", "GET", "/br", "gzip", "br", "", `"v1"`},
	} {
		head, body := fetched(t, address, row.method, row.path, row.accepts)
		if got := head.Get("Content-Encoding"); got != row.coding {
			t.Errorf("%s: Content-Encoding is %q, want %q", row.name, got, row.coding)
		}
		if got := strings.Join(head.Values("Vary"), ","); got != row.vary {
			t.Errorf("%s: Vary is %q, want %q", row.name, got, row.vary)
		}
		if got := head.Get("ETag"); got != row.etag {
			t.Errorf("%s: ETag is %q, want %q", row.name, got, row.etag)
		}
		ours := row.coding == "gzip" || row.coding == "zstd"
		if ours && (head.Get("Content-Length") != "" || head.Get("Accept-Ranges") != "") {
			t.Errorf("%s: length %q, Accept-Ranges %q, want neither", row.name, head.Get("Content-Length"), head.Get("Accept-Ranges"))
		}
		if row.method == "GET" && row.path != "/short" && body != longPage {
			t.Errorf("%s: the body reads %.40q", row.name, body)
		}
	}
	st := g.State().Compression
	eventually(t, "all are counted: the client has its answer before", func() bool {
		st = g.State().Compression
		return st.Answers["gzip"]+st.Answers["zstd"] >= 3
	})
	if st.Answers["gzip"] != 2 || st.Answers["zstd"] != 1 || st.Before != uint64(3*len(longPage)) || st.After == 0 || st.After > st.Before/10 {
		t.Errorf("counted %+v", st)
	}
}

// What an upstream has sent so far reaches the client, also compressed.
func TestWhatIsCompressedIsNotHeldBack(t *testing.T) {
	t.Parallel()
	more := make(chan bool)
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-more
		io.WriteString(w, "second")
	})
	for _, coding := range []string{"gzip", "zstd"} {
		_, address := started(t, compressing(up.URL))
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\n\r\n", coding)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		in := uncompressed(t, res)
		first := make([]byte, len("first"))
		if _, err := io.ReadFull(in, first); err != nil || string(first) != "first" {
			t.Fatalf("%s: got %q (%v) before the rest was sent", coding, first, err)
		}
		more <- true
		rest, err := io.ReadAll(in)
		if string(rest) != "second" || err != nil {
			t.Errorf("%s: the rest is %q (%v)", coding, rest, err)
		}
	}
}

// What the cache keeps is plain, and goes to each client as it likes.
func TestTheCacheGivesOutCompressed(t *testing.T) {
	t.Parallel()
	asked := 0
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Content-Length", fmt.Sprint(len(longPage)))
		io.WriteString(w, longPage)
	})
	cfg := compressing(up.URL)
	cfg.Caching = true
	_, address := started(t, cfg)
	for _, accepts := range []string{"gzip", "zstd", "identity", "gzip"} {
		head, body := fetched(t, address, "GET", "/", accepts)
		want := strings.TrimPrefix(accepts, "identity")
		if got := head.Get("Content-Encoding"); got != want || body != longPage || head.Get("Vary") != "Accept-Encoding" {
			t.Errorf("to %s: Content-Encoding %q, Vary %q, body %.30q", accepts, got, head.Get("Vary"), body)
		}
	}
	if asked != 1 {
		t.Errorf("the upstream was asked %d times, want once", asked)
	}
}

func TestCacheControlForACDN(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, method, extra string // fields of the request
		status              int
		fields              string // of the answer
		force               bool
		want                string
	}{
		{"a page gets it", "GET", "", 200, "", false, "public, max-age=60"},
		{"HEAD too", "HEAD", "", 200, "", false, "public, max-age=60"},
		{"one that lasts less long gets it", "GET", "", 200, "Cache-Control: max-age=1\r\nExpires: 0\r\n", false, "public, max-age=60"},
		{"a private one does not", "GET", "", 200, "Cache-Control: private\r\n", false, "private"},
		{"… by a field's name neither", "GET", "", 200, "Cache-Control: private=\"x\"\r\n", false, "private=\"x\""},
		{"one that nobody may keep does not", "GET", "", 200, "Cache-Control: no-store\r\n", false, "no-store"},
		{"… unless it is forced", "GET", "", 200, "Cache-Control: no-store\r\n", true, "public, max-age=60"},
		{"one with a cookie does not", "GET", "", 200, "Set-Cookie: a=b\r\n", false, ""},
		{"one to somebody known does not", "GET", "Authorization: Basic x\r\n", 200, "", false, ""},
		{"an error does not, forced or not", "GET", "", 500, "", true, ""},
		{"nor does what is not there", "GET", "", 404, "", false, ""},
		{"nor an order", "POST", "", 200, "", true, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n", row.status, row.fields))
			cfg := before(up.url())
			cfg.Routes[0].Control = ControlRule{Value: "public, max-age=60", Force: row.force}
			_, address := started(t, cfg)
			got := converse(t, address, row.method+" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+row.extra+"\r\n")
			res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), &http.Request{Method: row.method})
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if got := strings.Join(res.Header.Values("Cache-Control"), " + "); got != row.want || row.want == "public, max-age=60" && res.Header.Get("Expires") != "" {
				t.Errorf("Cache-Control is %q, want %q (%v)", got, row.want, res.Header)
			}
		})
	}
}

func TestWhatAFileSaysOfCompressionAndControl(t *testing.T) {
	const text = `upstreams: [http://127.0.0.1:1]
compression: {codings: [gzip], types: [text/, +json], least: 2KB}
routes:
  - {path: /a, cache_control: "public, max-age=60"}
  - {path: /b, cache_control: {value: "public", force: true}}
`
	cfg, err := ParseConfig("f", text, Defaults(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := cfg.Compress; !c.On || fmt.Sprint(c.Codings, c.Types, c.Least) != "[gzip] [text/ +json] 2000" {
		t.Errorf("got %+v", c)
	}
	if a, b := cfg.Routes[0].Control, cfg.Routes[1].Control; a.Value != "public, max-age=60" || a.Force || b.Value != "public" || !b.Force {
		t.Errorf("got %+v and %+v", a, b)
	}
	for wrong, want := range map[string]string{
		"compression: {codings: [br]}":             `"br" is no coding: gzip and zstd are`,
		"compression: {types: [html]}":             `"html" is no type`,
		"haproxy: {backend: app}":                  "haproxy needs the socket",
		"routes: [{cache_control: \"\"}]":          "cache_control is empty",
		"routes: [{cache_control: {force: true}}]": "cache_control needs a value",
	} {
		if _, err := ParseConfig("f", "upstreams: [http://a]\n"+wrong+"\n", Defaults(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", wrong, err, want)
		}
	}
}
