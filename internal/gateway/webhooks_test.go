package gateway

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"mltop/internal/gateway/webhook"
)

func TestTheConfigurationOfWebhooks(t *testing.T) {
	c, err := ParseConfig("g.yaml", `webhooks:
  queue: 9
  workers: 2
  attempts: 3
  delay: 1s
  longest_delay: 1m
  timeout: 2s
  to:
    - {url: https://a.example/x, path: /api/, methods: [post, PUT], status: [5xx, 404], secret_file: s}
    - {url: http://b, status: 2xx}
`, Defaults(), files(map[string]string{"s": "0123456789abcdef\n"}))
	want := webhook.Rule{Queue: 9, Workers: 2, Attempts: 3, Delay: time.Second, Longest: time.Minute, Timeout: 2 * time.Second, Hooks: []webhook.Hook{
		{URL: "https://a.example/x", Path: "/api/", Methods: []string{"POST", "PUT"}, Statuses: []webhook.StatusSet{{From: 500, To: 599}, {From: 404, To: 404}}, Secret: "0123456789abcdef"},
		{URL: "http://b", Statuses: []webhook.StatusSet{{From: 200, To: 299}}},
	}}
	if err != nil || !reflect.DeepEqual(c.Webhooks, want) {
		t.Errorf("got  %+v, %v\nwant %+v", c.Webhooks, err, want)
	}
	for _, row := range []struct{ text, want string }{
		{"{url: ftp://x}", "a webhook's url begins with http:// or https:// and a host"},
		{"{path: /x}", "a webhook needs a url"},
		{"{url: http://x, status: bad}", `"bad" is no status: 5xx, 404 and 500-599 are`},
		{"{url: http://x, methods: ['A B']}", `"A B" is no method`},
		{"{url: http://x, secret_file: short}", "the secret in short has fewer than 16 characters"},
		{"{url: http://x, secret: y}", "unknown key secret in a webhook: it may have methods, path, secret_file, status, url"},
	} {
		_, err := ParseConfig("g.yaml", "webhooks: {to: ["+row.text+"]}", Defaults(), files(map[string]string{"short": "x"}))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", row.text, err, row.want)
		}
	}
}

func TestWebhooksAreToldAfterTheAnswer(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/bad") {
			w.WriteHeader(500)
		}
	}))
	defer up.Close()
	told := make(chan string, 10)
	hold := make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-hold
		text, _ := io.ReadAll(r.Body)
		told <- string(text)
	}))
	defer hook.Close()
	u, err := ParseUpstream(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Listen, cfg.Admin = "127.0.0.1:0", NoAdmin
	cfg.Routes = []RouteRule{{Path: "/", Balance: RoundRobin, Upstreams: []UpstreamRule{u}}}
	cfg.Webhooks.Hooks = []webhook.Hook{{URL: hook.URL, Path: "/bad", Statuses: []webhook.StatusSet{{From: 500, To: 599}}}}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	at, err := g.Listen()
	if err != nil {
		t.Fatal(err)
	}
	go g.Serve(at)
	for _, path := range []string{"/fine", "/bad/1", "/badly", "/bad/2"} {
		if res, err := http.Get("http://" + at.Addr().String() + path); err != nil { // none waits for the hook
			t.Fatal(err)
		} else {
			res.Body.Close()
		}
	}
	close(hold)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	g.Stop(ctx)
	close(told)
	var all []string
	for text := range told {
		all = append(all, text)
	}
	if s := g.State().Webhooks; len(all) != 2 || !strings.Contains(strings.Join(all, ""), `"path":"/bad/1","status":500`) || s.Hooks[0].Sent != 2 {
		t.Errorf("told was %q, the state is %+v; want the two below /bad that failed", all, s)
	}
}
