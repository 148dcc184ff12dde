package loadtest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func noFiles(string) ([]byte, error) { return nil, fs.ErrNotExist }

func TestMistakesInAScenarioAreSaidAllAtOnce(t *testing.T) {
	_, err := ParseScenario("shop.yaml", `name: shop
base: localhost:8080
users: 10
rate: 5
durration: 10s
warmup: soon
requests:
  - name: list
    url: items
    wieght: 3
  - name: list
    url: http://127.0.0.1/{{nobody}}
    json: {a: 1}
    body: text
    check: {status: 2yy, containz: x}
    think: {min: 2s, max: 1s}
  - {method: GET}
thresholds: ["p95 < fast", "other: p99 < 1s"]
`, noFiles)
	want := `shop.yaml:2:7: "localhost:8080" does not begin with http:// or https://
shop.yaml:4:7: either a rate or users: a rate is sent whether or not others have been answered, users wait
shop.yaml:5:1: unknown key durration in a scenario: did you mean duration?
shop.yaml:6:9: "soon" is no duration: 1s, 250ms, 5m are
shop.yaml:10:5: unknown key wieght in a request: did you mean weight?
shop.yaml:11:5: there are two requests of the name "list"
shop.yaml:11:5: a request has one of json, form and body
shop.yaml:12:10: {{nobody}} is given nowhere: vars, data or take would
shop.yaml:15:21: "2yy" is no status: 200 and 2xx are
shop.yaml:15:26: unknown key containz in check: did you mean contains?
shop.yaml:16:12: max is less than min
shop.yaml:17:5: a request needs a url
shop.yaml:18:14: "fast" is no duration: 300ms, 1.5s are
shop.yaml:18:28: there is no request of the name "other"`
	if err == nil || sorted(err.Error()) != sorted(want) {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// sorted makes the order of what stands in one place no matter.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		for j := i; j > 0 && lines[j] < lines[j-1]; j-- {
			lines[j], lines[j-1] = lines[j-1], lines[j]
		}
	}
	return strings.Join(lines, "\n")
}

func TestAMistakeInAScenario(t *testing.T) {
	ok := "base: http://127.0.0.1:1\nusers: 1\nrequests: [{url: /}]\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing at all", "", "s.yaml:1:1: there is nothing in it"},
		{"no YAML", "a: [", "s.yaml:1:1: did not find expected node content"},
		{"a list", "- a", "s.yaml:1:1: a scenario has to be keys and values"},
		{"a key twice", ok + "users: 2\n", "s.yaml:4:1: users is given twice in a scenario"},
		{"no requests", "users: 1", "there are no requests"},
		{"an empty list of requests", "users: 1\nrequests: []", "s.yaml:2:11: there are no requests"},
		{"no load", "requests: [{url: 'http://127.0.0.1/'}]", "neither a rate, nor users, nor stages"},
		{"no users", "base: http://127.0.0.1\nusers: 0\nrequests: [{url: /}]", "s.yaml:2:8: it has to be above zero"},
		{"a path without a base", "users: 1\nrequests: [{url: /a}]", `s.yaml:2:18: "/a" is below no base`},
		{"a host that is a variable", "users: 1\nvars: {h: x}\nrequests: [{url: 'http://{{h}}/'}]", "s.yaml:3:18:"},
		{"stages of both kinds", ok[:25] + "requests: [{url: /}]\nstages: [{for: 1s, rate: 5}, {for: 1s, users: 5}]", "of rates or of users, not of both"},
		{"stages of nobody knows what", ok[:25] + "requests: [{url: /}]\nstages: [{for: 1s, to: 5}]", "whether these are rates or users"},
		{"a stage without an end", ok + "stages: [{to: 5}]", "s.yaml:4:10: a stage has to say how long it lasts"},
		{"a stage of two minds", ok + "stages: [{for: 1s, to: 5, users: 3}]", "one of rate, users"},
		{"a file that is not there", ok + "data: {file: users.csv}", "s.yaml:4:14: read users.csv: file does not exist"},
		{"a variable that is not closed", ok + "headers: {a: '{{b'}", "s.yaml:4:14: {{b is not closed by }}"},
		{"a warm-up of everything", ok + "warmup: 10s", "leaves nothing"},
		{"a regular expression that is none", "base: http://127.0.0.1:1\nusers: 1\nrequests:\n  - url: /\n    check: {matches: '('}", "s.yaml:5:22: \"(\" is no regular expression"},
		{"a take from nowhere", "base: http://127.0.0.1:1\nusers: 1\nrequests:\n  - url: /\n    take: {id: {}}", "s.yaml:5:16: a variable is taken from json, header or matches"},
		{"a password in the base", "base: http://joe:pw@127.0.0.1\nusers: 1\nrequests: [{url: /}]", "Authorization header"},
		{"a path with a space", "base: http://127.0.0.1:1\nusers: 1\nrequests: [{url: '/a b'}]", "s.yaml:3:18: \"http://127.0.0.1:1/a b\" holds a space"},
		{"steps without a name", "base: http://127.0.0.1:1\nusers: 1\nrequests:\n  - steps: [{url: /}]", "s.yaml:4:5: steps need a name together"},
	} {
		_, err := ParseScenario("s.yaml", c.text, noFiles)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: a password is repeated: %v", c.name, err)
		}
	}
	if _, err := ParseScenario("s.yaml", ok, noFiles); err != nil {
		t.Errorf("a scenario without mistakes: %v", err)
	}
}

// A shop notes what it is asked for, and hands out what later requests need.
type shop struct {
	mu    sync.Mutex
	asked map[string]int
	next  atomic.Int64
	bad   []string
}

func (s *shop) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad = append(s.bad, fmt.Sprintf(format, args...))
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.Method+" "+strings.Split(r.URL.Path, "/")[1]]++
	s.mu.Unlock()
	switch {
	case r.URL.Path == "/login":
		fmt.Fprint(w, `{"token": "t-1"}`)
	case r.Header.Get("X-Token") != "t-1":
		s.note("%s without the token of the setup", r.URL.Path)
	case r.Method == "POST" && r.URL.Path == "/carts":
		http.SetCookie(w, &http.Cookie{Name: "cart", Value: "c1", Path: "/carts"})
		if err := r.ParseForm(); err != nil || r.Form.Get("who") != "ann & co" && r.Form.Get("who") != "bob" {
			s.note("cart of %q", r.Form.Get("who"))
		}
		w.Header().Set("Location", fmt.Sprintf("/carts/%d", s.next.Add(1)))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"cart": {"items": [{"id": %d}]}}`, s.next.Load())
	case strings.HasPrefix(r.URL.Path, "/carts/"):
		if c, err := r.Cookie("cart"); err != nil || c.Value != "c1" {
			s.note("%s without its cookie", r.URL.Path)
		}
		fmt.Fprint(w, "total: 5")
	}
}

const shopScenario = `
name: shop
base: %s
seed: 42
cookies: true
rate: 100
duration: 1s
vars: {size: big one}
data: {file: people.csv}
headers: {X-Token: "{{token}}"}
setup:
  - {url: /login, json: {user: root}, take: {token: {json: token}}}
  - {command: prepare}
teardown:
  - {command: clean}
requests:
  - {name: list, url: "/items?size={{size}}", weight: 3}
  - name: buy
    steps:
      - name: cart
        url: /carts
        form: {who: "{{who}}"}
        check: {status: 201, json: {cart.items.0.id: "*"}}
        take: {where: {header: Location}, id: {json: cart.items.0.id}}
      - {name: look, url: "/carts/{{id}}?from={{where}}", check: {status: 2xx, contains: "total: 5"}, think: 5ms}
thresholds: [p95 < 5s, "list: error_ratio < 1%%"]
`

func TestAScenarioFromSetupToTeardown(t *testing.T) {
	s := &shop{asked: map[string]int{}}
	url := serve(t, s.ServeHTTP)
	files := func(string) ([]byte, error) { return []byte("who\nann & co\nbob\n"), nil }
	text := strings.Replace(fmt.Sprintf(shopScenario, url), `, json: {cart.items.0.id: "*"}`, "", 1)
	p, err := ParseScenario("shop.yaml", text, files)
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	res := doWith(t, p, func(line string) error { ran = append(ran, line); return nil })
	if res.ErrorCount != 0 || len(s.bad) != 0 || res.Dropped != 0 {
		t.Errorf("errors %+v, and the shop says %v", res.Errors, s.bad)
	}
	lists, carts := s.asked["GET items"], s.asked["POST carts"]
	if lists+carts != 100 || lists < 60 || lists > 90 {
		t.Errorf("%d lists and %d carts, want 100 in all, and 3 to 1", lists, carts)
	}
	if s.asked["GET carts"] < carts-5 || s.asked["POST login"] != 1 || strings.Join(ran, " ") != "prepare clean" {
		t.Errorf("asked for %v, ran %v", s.asked, ran)
	}
	var names []string
	for _, r := range res.Routes {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, ", "); got != "list, buy / cart, buy / look" {
		t.Errorf("got routes %s", got)
	}
	for _, th := range res.Thresholds {
		if th.Broken {
			t.Errorf("%+v", th)
		}
	}
}

func TestTheSameSeedSendsTheSameMix(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	counts := map[uint64]string{}
	for range 2 {
		for _, seed := range []uint64{1, 2} {
			p, err := ParseScenario("s", fmt.Sprintf("base: %s\nrate: 200\nduration: 500ms\nseed: %d\nrequests: [{url: /a}, {url: /b}, {url: /c}]", url, seed), noFiles)
			if err != nil {
				t.Fatal(err)
			}
			res := do(t, p)
			got := ""
			for _, r := range res.Routes {
				got += fmt.Sprint(r.Sent, " ")
			}
			if before, ok := counts[seed]; ok && before != got {
				t.Errorf("seed %d: %s and then %s", seed, before, got)
			}
			counts[seed] = got
		}
	}
	if counts[1] == counts[2] {
		t.Errorf("two seeds have the same mix %s", counts[1])
	}
}

func TestWhatIsTakenFromAnAnswerCannotWriteHeaders(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Injected") != "" || r.URL.Query().Get("b") != "" {
			t.Error("a value of an answer became a header or a parameter")
		}
		fmt.Fprint(w, `{"v": "x\r\nInjected: 1\r\n\r\n&b=1"}`)
	})
	p, err := ParseScenario("s", "base: "+url+`
rate: 10
duration: 300ms
requests:
  - name: two
    steps:
      - {url: /, take: {v: {json: v}}}
      - {url: "/?a={{v}}", headers: {X: "{{v}}"}}
`, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	if res := do(t, p); res.ErrorCount != 0 {
		t.Errorf("%+v", res.Errors)
	}
}

func TestAFailureOfOneStepIsNotHidden(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "not JSON") })
	p, err := ParseScenario("s", "base: "+url+`
rate: 10
duration: 300ms
requests:
  - name: two
    steps:
      - {name: first, url: /, take: {v: {json: v}}}
      - {name: second, url: "/{{v}}"}
`, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	res := do(t, p)
	if len(res.Errors) != 2 || res.Errors[0].Message != "take v: the body is no JSON" || res.Errors[1].Message != "{{v}} has no value yet" || res.Errors[1].Side != "client" {
		t.Errorf("got %+v", res.Errors)
	}
}

func TestUsersThinkAndComeInStages(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	p, err := ParseScenario("s", "base: "+url+"\nusers: 0\nthink: 50ms\nstages: [{for: 500ms, users: 2}, {for: 500ms, users: 10}]\nrequests: [{url: /}]\n", noFiles)
	if err != nil {
		t.Fatal(err)
	}
	res := do(t, p)
	if res.Sent < 80 || res.Sent > 125 || res.Connections.Opened != 10 || res.Model != "closed" {
		t.Errorf("sent %d over %d connections, %s; want about 2×10 + 10×10 over 10, closed", res.Sent, res.Connections.Opened, res.Model)
	}
	if *res.SendLag.P50 > 0.01 {
		t.Errorf("users wake up %.1f ms late", *res.SendLag.P50*1e3)
	}
}

// The pause after a step is no part of any latency: the next step is due when
// it is over. The last one's is a user's, and none of an arrival.
func TestAPauseBetweenTheStepsOfAPattern(t *testing.T) {
	for _, load := range []string{"users: 1", "rate: 0.01"} {
		var mu sync.Mutex
		var seen []time.Time
		url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, time.Now())
		})
		p, err := ParseScenario("s.yaml", load+"\nduration: 1m\nbase: "+url+"\nrequests: [{name: buy, steps: [{url: /a, think: 300ms}, {url: /b, think: {min: 200ms, max: 250ms}}, {url: /c, think: 5s}]}]", nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(t.Context(), p, Config{Gate: &Gate{}})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for r.done.Load() < 3 && !isClosed(r.over) {
				time.Sleep(time.Millisecond)
			}
			r.Stop("when all steps were gone through")
		}()
		res, err := r.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != 3 || res.Sent != 3 {
			t.Fatalf("%s: %d came, %d were sent; want 3", load, len(seen), res.Sent)
		}
		if a, b := seen[1].Sub(seen[0]), seen[2].Sub(seen[1]); a < 300*time.Millisecond || b < 200*time.Millisecond {
			t.Errorf("%s: %v and %v between the steps, want 300ms and 200ms at least", load, a, b)
		}
	}
}

func TestASetupThatFailsStopsTheTestAndCleansUp(t *testing.T) {
	p, err := ParseScenario("s", "users: 1\nsetup: [{command: fail}]\nteardown: [{command: clean}]\nrequests: [{url: 'http://127.0.0.1:1/'}]\n", noFiles)
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	_, err = tryWith(t, p, func(line string) error {
		if ran = append(ran, line); line == "fail" {
			return errors.New("it failed")
		}
		return nil
	})
	if err == nil || err.Error() != "setup: it failed" || strings.Join(ran, " ") != "fail clean" {
		t.Errorf("got %v after %v", err, ran)
	}
}

func TestSecretsOfAScenarioAreNotKept(t *testing.T) {
	p, err := ParseScenario("s", "base: http://127.0.0.1\nusers: 1\nvars: {api_key: k-1}\nheaders: {Authorization: Bearer b-1, X: y-1}\nrequests: [{url: /, form: {password: p-1}}]\n", noFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"k-1", "b-1", "p-1"} {
		if strings.Contains(p.Source, secret) {
			t.Errorf("%s is kept:\n%s", secret, p.Source)
		}
	}
	if !strings.Contains(p.Source, "y-1") {
		t.Errorf("what is no secret is left out:\n%s", p.Source)
	}
}
