package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for end := time.Now().Add(time.Minute); code == 0; {
		err := goleak.Find()
		if err == nil {
			break
		}
		if time.Now().After(end) {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

func TestStatuses(t *testing.T) {
	for _, row := range []struct {
		text string
		want StatusSet
		ok   bool
	}{
		{"5xx", StatusSet{500, 599}, true}, {"404", StatusSet{404, 404}, true}, {"500-504", StatusSet{500, 504}, true}, {"2XX", StatusSet{200, 299}, true},
		{"", StatusSet{}, false}, {"600", StatusSet{}, false}, {"504-500", StatusSet{}, false}, {"bad", StatusSet{}, false}, {"9xx", StatusSet{}, false}, {"5xx-6xx", StatusSet{}, false},
	} {
		if got, err := ParseStatuses(row.text); got != row.want || (err == nil) != row.ok {
			t.Errorf("%q gives %v, %v; want %v", row.text, got, err, row.want)
		}
	}
}

func TestWhoIsToldOfWhat(t *testing.T) {
	h := Hook{Path: "/api", Methods: []string{"POST"}, Statuses: []StatusSet{{500, 599}, {404, 404}}}
	for _, row := range []struct {
		name, method, path string
		status             int
		want               bool
	}{
		{"all fits", "POST", "/api/x", 503, true},
		{"the path itself", "POST", "/api", 404, true},
		{"another path that begins so", "POST", "/apis", 503, false},
		{"another method", "GET", "/api/x", 503, false},
		{"another status", "POST", "/api/x", 200, false},
	} {
		if got := h.wants(row.method, row.path, row.status); got != row.want {
			t.Errorf("%s: got %v", row.name, got)
		}
	}
	if all := (&Hook{}); !all.wants("GET", "/x", 200) {
		t.Error("a hook without bounds wants everything")
	}
}

// A receiver answers as it is told, and notes what it gets.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	body []string
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter)) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		text, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.got, r.body = append(r.got, req), append(r.body, string(text))
		n := len(r.got)
		r.mu.Unlock()
		answer(n, w)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func sender(t *testing.T, hooks ...Hook) *Sender {
	r := Defaults()
	r.Hooks, r.Delay, r.Longest = hooks, time.Millisecond, 5*time.Millisecond
	s := New(r, func(string) {})
	t.Cleanup(func() {
		if !s.closing.Load() {
			s.Close(t.Context())
		}
	})
	return s
}

func event(path string, status int) *Event {
	return &Event{At: time.Unix(1_700_000_000, 0), Took: 1500 * time.Millisecond, ID: "abc", Method: "GET", Path: path, Normal: path, Status: status, Client: "10.0.0.1", Sent: 12}
}

func sooner(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func TestADeliveryIsSignedJSON(t *testing.T) {
	r := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(204) })
	s := sender(t, Hook{URL: r.URL + "/hook", Secret: "between us", Statuses: []StatusSet{{500, 599}}})
	s.Tell(event("/fine", 200))
	s.Tell(event("/api/x", 503))
	sooner(t, "it is delivered", func() bool { return s.State().Hooks[0].Sent == 1 })
	req, body := r.got[0], r.body[0]
	var doc map[string]any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["path"] != "/api/x" || doc["status"] != 503.0 || doc["duration_seconds"] != 1.5 || doc["request_id"] != "abc" || doc["time"] != "2023-11-14T22:13:20Z" || doc["schema_version"] != 1.0 {
		t.Errorf("it got %s", body)
	}
	stamp, _, _ := strings.Cut(strings.TrimPrefix(req.Header.Get(SignatureField), "t="), ",")
	unix, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || req.Header.Get(SignatureField) != Sign("between us", time.Unix(unix, 0), []byte(body)) || req.Header.Get(IDField) != "abc" || req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("its fields are %v", req.Header)
	}
	if got, want := Sign("k", time.Unix(1, 0), []byte("{}")), "t=1,v1=3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158"; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
	if r.count() != 1 {
		t.Errorf("%d deliveries, want only that of the status that was asked for", r.count())
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	for _, row := range []struct {
		name     string
		answer   func(n int, w http.ResponseWriter)
		attempts int
		sent     uint64
		why      string
	}{
		{"twice busy, then well", func(n int, w http.ResponseWriter) {
			if n < 3 {
				w.WriteHeader(503)
			}
		}, 3, 1, ""},
		{"too many requests", func(n int, w http.ResponseWriter) {
			if n < 2 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(429)
			}
		}, 2, 1, ""},
		{"never well", func(_ int, w http.ResponseWriter) { w.WriteHeader(500) }, 5, 0, "it answered 500"},
		{"not wanted", func(_ int, w http.ResponseWriter) { w.WriteHeader(400) }, 1, 0, "it answered 400"},
		{"sent elsewhere", func(_ int, w http.ResponseWriter) {
			w.Header().Set("Location", "http://169.254.169.254/")
			w.WriteHeader(307)
		}, 1, 0, "it answered 307"},
		{"cut off", func(_ int, w http.ResponseWriter) {
			c, _, _ := w.(http.Hijacker).Hijack()
			c.Close()
		}, 5, 0, "EOF"},
	} {
		r := newReceiver(t, row.answer)
		s := sender(t, Hook{URL: r.URL + "/?key=s3cret"})
		s.Tell(event("/x", 200))
		sooner(t, row.name, func() bool { h := s.State().Hooks[0]; return h.Sent+h.Failed == 1 })
		if h := s.State().Hooks[0]; h.Sent != row.sent || r.count() != row.attempts || !strings.Contains(h.Why, row.why) || h.Retries != uint64(row.attempts-1) || strings.Contains(h.URL+h.Why, "s3cret") {
			t.Errorf("%s: %d attempts, %+v; want %d attempts, %d sent, %q", row.name, r.count(), h, row.attempts, row.sent, row.why)
		}
		if last := r.got[len(r.got)-1].Header.Get(AttemptField); last != strconv.Itoa(row.attempts) {
			t.Errorf("%s: the last attempt calls itself %s", row.name, last)
		}
	}
}

func TestAFullQueueDropsAndCounts(t *testing.T) {
	hold := make(chan struct{})
	r := newReceiver(t, func(int, http.ResponseWriter) { <-hold })
	rule := Defaults()
	rule.Queue, rule.Workers, rule.Hooks = 3, 1, []Hook{{URL: r.URL}}
	s := New(rule, func(string) {})
	s.Tell(event("/x", 200))
	sooner(t, "one is under way", func() bool { return r.count() == 1 })
	for range 10 {
		s.Tell(event("/x", 200))
	}
	if st := s.State(); st.Queue != 3 || st.Hooks[0].Dropped != 7 || st.Busy != 1 {
		t.Errorf("the state is %+v, want 3 waiting, 7 dropped, 1 under way", st)
	}
	close(hold)
	s.Close(t.Context())
	if st := s.State(); st.Hooks[0].Sent != 4 || st.Queue != 0 {
		t.Errorf("a stop leaves %+v, want all 4 delivered", st)
	}
	s.Tell(event("/x", 200))
	if st := s.State(); st.Hooks[0].Dropped != 8 {
		t.Errorf("behind the stop %d are dropped, want 8", st.Hooks[0].Dropped)
	}
}

func TestAStopDoesNotWaitForEver(t *testing.T) {
	hold := make(chan struct{})
	r := newReceiver(t, func(int, http.ResponseWriter) { <-hold })
	defer close(hold)
	rule := Defaults()
	rule.Workers, rule.Timeout, rule.Hooks = 1, time.Hour, []Hook{{URL: r.URL}}
	s := New(rule, func(string) {})
	for range 5 {
		s.Tell(event("/x", 200))
	}
	sooner(t, "one is under way", func() bool { return r.count() == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	s.Close(ctx)
	if h := s.State().Hooks[0]; h.Failed != 5 {
		t.Errorf("given up are %d, want all 5", h.Failed)
	}
}

func TestAReloadKeepsTheCounts(t *testing.T) {
	r := newReceiver(t, func(int, http.ResponseWriter) {})
	s := sender(t, Hook{URL: r.URL})
	s.Tell(event("/x", 200))
	sooner(t, "it is delivered", func() bool { return s.State().Hooks[0].Sent == 1 })
	rule := s.rule.Load().Rule
	rule.Hooks = []Hook{{URL: r.URL, Statuses: []StatusSet{{500, 599}}}, {URL: r.URL + "/b"}}
	s.Follow(rule)
	s.Tell(event("/x", 200))
	sooner(t, "the new one is told", func() bool { return s.State().Hooks[1].Sent == 1 })
	if st := s.State(); st.Hooks[0].Sent != 1 {
		t.Errorf("the state is %+v", st)
	}
}

func TestLinkLocalAddressesAreMeantOnlyWhereTheyAreNamed(t *testing.T) {
	for text, want := range map[string]bool{
		"169.254.169.254": true, "fe80::1%eth0": true, "fd00:ec2::254": true, "::ffff:169.254.169.254": true, "0.0.0.0": true, "224.0.0.1": true,
		"127.0.0.1": false, "10.0.0.1": false, "192.0.2.1": false, "2001:db8::1": false,
	} {
		if got := risky(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	hooks := []*hook{{Hook: Hook{URL: "http://169.254.1.1:80/x"}}, {Hook: Hook{URL: "http://metadata.example/"}}}
	if !named(hooks, netip.MustParseAddr("169.254.1.1")) || named(hooks, netip.MustParseAddr("169.254.169.254")) {
		t.Error("what a hook names is meant, and nothing else")
	}
	// 0.0.0.0 is a name that leads nowhere else than where it says: named, it is asked.
	s := sender(t, Hook{URL: "http://[::ffff:0.0.0.0]:1/"})
	s.Tell(event("/x", 200))
	sooner(t, "it fails", func() bool { return s.State().Hooks[0].Failed == 1 })
	if why := s.State().Hooks[0].Why; strings.Contains(why, "link-local") {
		t.Errorf("the named address was refused: %s", why)
	}
}
