package gateway

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the log's database

	"mltop/internal/gateway/rowlog"
)

// A loggedRow is one row of a request log.
type loggedRow struct {
	method, path, query, headers, client, upstream, id, request, response string
	status                                                                int
	received, sent                                                        int64
}

func logged(t *testing.T, path string) (out []loggedRow) {
	t.Helper()
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := d.Query(`SELECT coalesce(method, '(null)'), coalesce(path, '(null)'), coalesce(query_params, ''), coalesce(headers, ''), client_host, coalesce(upstream, ''), correlation_id,
		coalesce(request_body, ''), coalesce(response_body, ''), status_code, request_size, response_size FROM request_logs ORDER BY path`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r loggedRow
		if err := rows.Scan(&r.method, &r.path, &r.query, &r.headers, &r.client, &r.upstream, &r.id, &r.request, &r.response, &r.status, &r.received, &r.sent); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func TestEachRequestBecomesARow(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"got":%d,"token":"s3cret"}`, len(body))
	}))
	defer up.Close()
	dir := t.TempDir()
	u, err := ParseUpstream(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Listen, cfg.Admin = "127.0.0.1:0", NoAdmin
	cfg.Routes = []RouteRule{{Path: "/a", Balance: RoundRobin, Upstreams: []UpstreamRule{u}}}
	cfg.Log.Target, cfg.Log.Spill, cfg.Log.Bodies = filepath.Join(dir, "log.db"), filepath.Join(dir, "spill"), 64
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
	long := strings.Repeat("x", 300_000) // its head is gone from the buffer when the answer comes
	for _, text := range []string{
		"GET /a/1?token=s3cret&q=2 HTTP/1.1\r\nHost: h\r\nAuthorization: s3cret\r\n\r\n",
		"POST /a/2 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n{\"user\":\"ann\",\"password\":\"s3cret\"}",
		"PUT /a/3 HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 300000\r\n\r\n" + long,
		"GET /b HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /a/4 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	} {
		answered(t, at.Addr().String(), text)
	}
	if s := g.State(); s.Log == nil || s.Log.Target != "log" || s.Log.Size != 16384 {
		t.Errorf("the state of the log is %+v", s.Log)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	g.Stop(ctx)
	if err := l.Close(ctx); err != nil {
		t.Fatal(err)
	}
	rows := logged(t, cfg.Log.Target)
	slices.SortFunc(rows, func(a, b loggedRow) int { return strings.Compare(a.path, b.path) }) // an answer may be there before its row
	if len(rows) != 5 {
		t.Fatalf("there are %d rows, want 5: %+v", len(rows), rows)
	}
	for i := range rows {
		if len(rows[i].id) != 16 || rows[i].client != "127.0.0.1" {
			t.Errorf("row %d is of %q, request %q", i, rows[i].client, rows[i].id)
		}
		rows[i].id, rows[i].client = "", ""
	}
	response := func(n int) string { return fmt.Sprintf(`{"got":%d,"token":"***"}`, n) }
	sent := func(n int) int64 { return int64(len(response(n)) + len("s3cret") - len("***")) }
	for i, want := range []loggedRow{
		{method: "GET", path: "/a/1", query: "token=***&q=2", headers: `{"host":"h","authorization":"***"}`, upstream: up.URL, status: 200, sent: sent(0), response: response(0)},
		{method: "POST", path: "/a/2", headers: `{"host":"h","content-type":"application/json","content-length":"34"}`, upstream: up.URL, status: 200, received: 34, sent: sent(34),
			request: `{"user":"ann","password":"***"}`, response: response(34)},
		{method: "PUT", path: "/a/3", headers: `{"host":"h","content-type":"text/plain","content-length":"300000"}`, upstream: up.URL, status: 200, received: 300000, sent: sent(300000),
			request: long[:64], response: response(300000)},
		{method: "GET", path: "/a/4", headers: `{"host":"h","content-length":"1","content-length":"2"}`, status: 400, response: "Content-Length is given twice"},
		{method: "GET", path: "/b", headers: `{"host":"h"}`, status: 404, response: "no route leads there"},
	} {
		if rows[i] != want {
			t.Errorf("row %d is\n%+v, want\n%+v", i, rows[i], want)
		}
	}
}

// answered sends a request as it stands, and waits for all of the answer.
func answered(t *testing.T, address, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
}

func TestTheRequestLogCannotMove(t *testing.T) {
	dir := t.TempDir()
	cfg := Defaults()
	cfg.Routes = []RouteRule{{Path: "/", Balance: RoundRobin, Upstreams: []UpstreamRule{{URL: "http://127.0.0.1:1", Address: "127.0.0.1:1", Weight: 1}}}}
	cfg.Log.Target, cfg.Log.Spill = filepath.Join(dir, "log.db"), filepath.Join(dir, "spill")
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop(t.Context())
	l, err := rowlog.Open(t.Context(), rowlog.Target{Kind: rowlog.SQLite, Name: "log", Path: cfg.Log.Target}, cfg.Log, g.Note)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	g.LogTo(l)
	cfg.Log.Batch, cfg.Log.Keep.Rows = 7, 1000
	if err := g.Reload(cfg); err != nil || l.Rule().Batch != 7 || l.Rule().Keep.Rows != 1000 {
		t.Errorf("a batch of 7 and a bound: %v, the rule is %+v", err, l.Rule())
	}
	cfg.Log.Target = "elsewhere.db"
	if err := g.Reload(cfg); err == nil || !strings.Contains(err.Error(), "cannot change while the gateway runs: it writes to log") {
		t.Errorf("another file: got %v", err)
	}
}
