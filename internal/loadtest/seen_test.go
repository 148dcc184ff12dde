package loadtest

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

func TestLinesOfAccessLogs(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"nginx's combined", `10.0.0.7 - joe [22/Nov/2026:10:00:01 +0000] "GET /items?page=2 HTTP/1.1" 200 512 "-" "curl"`, "10.0.0.7 GET /items?page=2 200 10:00:01"},
		{"Apache's common", `::1 - - [22/Nov/2026:12:00:01 +0200] "POST /carts HTTP/1.0" 201 5`, "::1 POST /carts 201 10:00:01"},
		{"nginx as JSON", `{"time_iso8601": "2026-11-22T10:00:01+00:00", "remote_addr": "10.0.0.7", "request_method": "GET", "request_uri": "/a", "status": "404"}`, "10.0.0.7 GET /a 404 10:00:01"},
		{"Caddy", `{"level":"info","ts":1795341601.5,"request":{"remote_ip":"10.0.0.7","method":"GET","host":"h","uri":"/a?b"},"status":200}`, "10.0.0.7 GET /a?b 200 10:00:01"},
		{"a line of another kind", "hello", "none"},
		{"a scan for TLS", `10.0.0.7 - - [22/Nov/2026:10:00:01 +0000] "\x16\x03\x01" 400 150 "-" "-"`, "none"},
		{"a proxy's request", `10.0.0.7 - - [22/Nov/2026:10:00:01 +0000] "GET http://other/ HTTP/1.1" 400 150`, "none"},
		{"JSON that is cut", `{"method": "GET"`, "none"},
	} {
		got := "none"
		if s, ok := ParseAccessLine(c.line); ok {
			got = fmt.Sprintf("%s %s %s %d %s", s.Client, s.Method, s.Path, s.Status, s.Time.UTC().Format("15:04:05"))
		}
		if got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

func TestAScenarioIsMadeOfALog(t *testing.T) {
	var list []Seen
	for i := range 100 {
		line := fmt.Sprintf(`10.0.0.%d - - [22/Nov/2026:10:00:%02d +0000] "GET /items/%d HTTP/1.1" 200 5`, i%5, i/2, i%7)
		switch {
		case i%10 == 0:
			line = strings.Replace(line, "GET", "POST", 1)
		case i%4 == 1:
			line = strings.Replace(line, fmt.Sprintf("/items/%d", i%7), `/search?q=a\"b%20{{c`, 1)
		}
		s, ok := ParseAccessLine(strings.ReplaceAll(line, `\"`, `%22`))
		if !ok {
			t.Fatal(line)
		}
		list = append(list, s)
	}
	number := regexp.MustCompile(`/\d+`)
	traffic := Fold(list, func(p string) string { return number.ReplaceAllString(p, "/{id}") })
	text := traffic.WriteScenario("http://127.0.0.1:8080", "access.log")
	p, err := ParseScenario("made.yaml", text, noFiles)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if rate := p.Most(); math.Abs(rate-2.04) > 0.01 || !strings.Contains(text, "# users: 5\n# think: {mean: 2.5s}") && !strings.Contains(text, "think: {mean: 2s}") && !strings.Contains(text, "think: {mean: 3s}") {
		t.Errorf("rate %v, want 2.04, and what 5 clients think:\n%s", rate, text)
	}
	if len(p.Patterns) != 2 || p.Patterns[0].Weight != 65 || p.Patterns[0].Steps[0].Path.String() != "/items/{{v1}}" || len(p.Data.Rows) != 7 {
		t.Errorf("got %+v\n%s", p.Patterns, text)
	}
	if !strings.Contains(text, "# POST /items/{id}, 10 times") {
		t.Errorf("what changes things is no remark:\n%s", text)
	}
}
