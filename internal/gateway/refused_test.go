package gateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mltop/internal/gateway/rowlog"
)

// keepingRows is a gateway with a request log. rows stops both, and answers
// what is in it.
func keepingRows(t *testing.T, cfg Config) (g *Gateway, address string, rows func() []loggedRow) {
	t.Helper()
	dir := t.TempDir()
	cfg.Log.Target, cfg.Log.Spill = filepath.Join(dir, "log.db"), filepath.Join(dir, "spill")
	cfg.Listen = "127.0.0.1:0"
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l, err := rowlog.Open(t.Context(), rowlog.Target{Kind: rowlog.SQLite, Name: "log", Path: cfg.Log.Target}, cfg.Log, g.Note)
	if err != nil {
		t.Fatal(err)
	}
	g.LogTo(l)
	at, err := g.Listen()
	if err != nil {
		t.Fatal(err)
	}
	go g.Serve(at)
	return g, at.Addr().String(), func() []loggedRow {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		g.Stop(ctx)
		if err := l.Close(ctx); err != nil {
			t.Fatal(err)
		}
		return logged(t, cfg.Log.Target)
	}
}

// told is a row's status, method, path, query and fields.
func (r loggedRow) told() string {
	return fmt.Sprint(r.status, " ", r.method, " ", r.path, " ", r.query, " ", r.headers)
}

func metricsOf(g *Gateway) string {
	var out bytes.Buffer
	writeMetrics(&out, g.State())
	return out.String()
}

func TestRequestsThatAreRefusedHaveTheirRowAndTheirCount(t *testing.T) {
	cfg := before(named(t, "a").URL)
	cfg.Limits = LimitRule{Head: 1 << 10, Body: 10, Connections: 10}
	cfg.Timeouts.Head, cfg.Timeouts.Body = 100*time.Millisecond, 100*time.Millisecond
	g, address, rows := keepingRows(t, cfg)
	long := strings.Repeat("x", 2000)
	var want []string
	for _, row := range []struct{ name, send, reason, want string }{
		{"two lengths", "POST /a?token=s3cret&q=2 HTTP/1.1\r\nHost: h\r\nCookie: s3cret\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "Content-Length is given twice",
			`400 POST /a token=***&q=2 {"host":"h","cookie":"***","content-length":"1","content-length":"1"}`},
		{"what follows a field that is wrong is not kept", "GET /b HTTP/1.1\r\nHost: h\r\nAuthorization:\r\n Bearer:s3cret\r\nX: 1\r\n\r\n", "a field goes on in the next line",
			`400 GET /b  {"host":"h","authorization":"***"}`},
		{"a line that ends in LF", "GET /c HTTP/1.1\nCookie: s3cret\r\n\r\n", "a line ends in LF without CR", `400 GET (null)  `},
		{"a target with a password", "GET http://ann:s3cret@h/ HTTP/1.1\r\nHost: h\r\n\r\n", "the target is not a path from / on", `400 GET (null)  {"host":"h"}`},
		{"a target with a control character", "GET /\x1b[2J HTTP/1.1\r\nHost: h\r\n\r\n", "the target holds a character that has to be encoded", `400 GET (null)  {"host":"h"}`},
		{"no HTTP at all", "\x16\x03\x01 s3cret\r\n\r\n", "the first line is not a method, a target and a version", `400 (null) (null)  `},
		{"a version of its own", "GET /d HTTP/3.0\r\nHost: h\r\n\r\n", "this version of HTTP is not spoken here", `505 GET /d  {"host":"h"}`},
		{"a head that does not end", "GET /e HTTP/1.1\r\nHost: h\r\nX: s3c", "the head took too long", `408 GET /e  {"host":"h"}`},
		{"a first line that does not end", "GET /s3cr", "the head took too long", `408 GET (null)  `},
		{"a head that is too long", "GET /f HTTP/1.1\r\nHost: h\r\nX: " + long, "the head is too long", `431 GET /f  {"host":"h"}`},
		{"a target that is too long", "GET /" + long, "the head is too long", `431 GET (null)  `},
		{"a body that is too long", "POST /g HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", "the body is too long", `413 POST /g  {"host":"h","content-length":"11"}`},
		{"a body that grows too long", "POST /h HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nabcdefghijk\r\n", "the body is too long", `413 POST /h  {"host":"h","transfer-encoding":"chunked"}`},
		{"a body that does not come", "POST /i HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", "the body took too long", `408 POST /i  {"host":"h","content-length":"9"}`},
	} {
		before := g.State()
		got := converse(t, address, row.send)
		if !strings.HasPrefix(got, "HTTP/1.1 "+row.want[:4]) || !strings.Contains(got, row.reason) || !strings.Contains(got, "X-Request-Id: ") {
			t.Errorf("%s: the answer is %q", row.name, got)
		}
		eventually(t, row.name+": it is counted", func() bool { return g.State().Requests == before.Requests+1 })
		now, class := g.State(), row.want[:1]+"xx"
		if now.Refused[row.reason] != before.Refused[row.reason]+1 || now.Statuses[class] != before.Statuses[class]+1 {
			t.Errorf("%s: refused are %v, statuses %v; before %v, %v", row.name, now.Refused, now.Statuses, before.Refused, before.Statuses)
		}
		want = append(want, row.want)
	}
	if text := metricsOf(g); !strings.Contains(text, "\nmltop_gateway_requests_total 14\n") || !strings.Contains(text, `mltop_gateway_responses_total{class="4xx"} 13`) ||
		!strings.Contains(text, `mltop_gateway_refused_total{reason="the head is too long"} 2`) {
		t.Errorf("the metrics tell\n%s", text)
	}
	var got []string
	for _, r := range rows() {
		if got = append(got, r.told()); len(r.id) != 16 || r.client != "127.0.0.1" || strings.Contains(fmt.Sprint(r), "s3c") {
			t.Errorf("a row is %+v", r)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("the rows are\n%s\nwant\n%s", g, w)
	}
}

// refusedIn are those of a gateway's seconds that went to no route.
func refusedIn(g *Gateway) (n, timed uint64) {
	for _, s := range g.tally.after(0, time.Now().Unix()+2) {
		if r := s.routes[refusedRoute]; r != nil {
			n, timed = n+r.clientErrors, timed+r.latency.Count()
		}
	}
	return n, timed
}

func TestARefusedHeadIsNoRoutesTime(t *testing.T) {
	g, address := started(t, before(named(t, "a").URL))
	for i := range 3 {
		converse(t, address, fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", i))
	}
	eventually(t, "three are counted", func() bool { n, _ := refusedIn(g); return n == 3 })
	if _, timed := refusedIn(g); timed != 0 {
		t.Errorf("%d of them have a time, want none", timed)
	}
}

func TestWhoIsSentAwayFromTheQueueHasARow(t *testing.T) {
	hold := make(chan struct{})
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { <-hold; io.WriteString(w, "ok") })
	cfg := before(up.URL)
	cfg.Queue = QueueRule{InFlight: 1, Size: 1, Wait: patience}
	g, address, rows := keepingRows(t, cfg)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { ask(t, address, get1("/in")) })
		eventually(t, "it is inside or waits", func() bool { s := g.State().Queue; return s.InFlight+s.Depth == i+1 })
	}
	ask(t, address, get1("/full"))
	next := g.Config()
	next.Queue.Size, next.Queue.Wait = 2, time.Millisecond
	if err := g.Reload(next); err != nil {
		t.Fatal(err)
	}
	ask(t, address, get1("/long"))
	close(hold)
	all.Wait()
	eventually(t, "all are counted", func() bool { return g.State().Requests == 4 })
	if s := g.State(); s.Refused[errQueueFull.why] != 1 || s.Refused[errQueueLong.why] != 1 || s.Statuses["5xx"] != 2 {
		t.Errorf("refused are %v, statuses %v", s.Refused, s.Statuses)
	}
	var got []string
	for _, r := range rows() {
		got = append(got, fmt.Sprint(r.status, " ", r.path, " ", r.upstream != ""))
	}
	if want := "[503 /full false 200 /in true 200 /in true 503 /long false]"; fmt.Sprint(got) != want {
		t.Errorf("the rows are %v, want %s", got, want)
	}
}

func TestHTTPInTheClearToAPortOfTLSIsARequestToo(t *testing.T) {
	i := newIssuer(t)
	g, address, rows := keepingRows(t, i.secured(before(named(t, "a").URL)))
	till(t, address, get1("/"))
	eventually(t, "it is counted", func() bool { s := g.State(); return s.Requests == 1 && s.Refused[errPlain.why] == 1 })
	if got := rows(); len(got) != 1 || got[0].told() != "400 (null) (null)  " {
		t.Errorf("the rows are %+v", got)
	}
}
