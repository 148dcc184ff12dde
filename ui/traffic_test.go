package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"

	"mltop/collectors"
	"mltop/internal/stat"
	"mltop/internal/wire"
)

// A fakeGateway notes its orders.
type fakeGateway struct{ orders []string }

func (f *fakeGateway) Look(context.Context) (wire.Gateway, collectors.Sample, error) {
	return trafficState(100), collectors.Sample{}, nil
}

func (f *fakeGateway) Order(_ context.Context, what, url string) (string, error) {
	f.orders = append(f.orders, what+" "+url)
	if url == "http://" {
		return "", errors.New("no upstream")
	}
	return what + "ed " + url, nil
}

func trafficState(requests uint64) wire.Gateway {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(requests) * time.Second / 100)
	half := 0.5
	return wire.Gateway{
		Time: at, Since: at.Add(-time.Hour), Listen: "127.0.0.1:8080", Requests: requests, Statuses: map[string]uint64{"2xx": requests},
		Cache: &wire.GatewayCache{Size: 64 << 20, Bytes: 12 << 20, MemoryHits: 90, RedisHits: 5, Misses: 5, Stale: 2,
			Redis: &wire.GatewayRedis{Address: "127.0.0.1:6379", Why: "no answer"}},
		Queue: wire.GatewayQueue{InFlight: 3, MostInFlight: 10, Size: 20},
		Upstreams: []wire.GatewayUpstream{
			{URL: "http://127.0.0.1:9001", State: "up", Weight: 1, Current: 1, Share: &half, Requests: requests / 2},
			{URL: "http://日本.example\x1b[31m:9002", State: "ejected", Why: "connection refused", Failures: 3},
			{URL: "http://127.0.0.1:9003", State: "draining"},
		},
		Events: []wire.GatewayEvent{{Time: at, Upstream: "http://127.0.0.1:9002", Text: "ejected: 3 requests in a row failed"}},
	}
}

// trafficPast are two minutes up to an instant.
func trafficPast(end time.Time) collectors.Sample {
	out := collectors.Sample{Time: end}
	r := &collectors.Requests{At: end, Source: collectors.RequestSource{Kind: "gateway", Name: "127.0.0.1:8081"}, State: "ok"}
	for i := range 120 {
		at := end.Add(time.Duration(i-119) * time.Second)
		var took stat.Sketch
		for range 10 + i%7 {
			took.Add(0.01 * float64(1+i/30))
		}
		r.Buckets = append(r.Buckets, collectors.RequestBucket{Start: at.Add(-2 * time.Second), Width: time.Second, Total: collectors.Group{Count: took.Count(), StatusCount: took.Count(), Latency: &took}})
		hits := 0.5 + 0.4*float64(i)/120
		out.Sections = append(out.Sections, &collectors.Gateway{
			At: at, Interval: time.Second, InFlight: float64(3 + i%5), Queued: float64(i % 3), HitRatio: &hits,
			Upstreams: []collectors.GatewayUpstream{{URL: "http://127.0.0.1:9001", Answers: 10, Seconds: 0.12}},
		})
	}
	out.Sections = append(out.Sections, r)
	return out
}

func newTraffic(w, h int) (*traffic, *fakeGateway) {
	f := &fakeGateway{}
	t := newTrafficView(f, time.Second, Options{Theme: ThemeMono, Colors: termenv.Ascii}.withDefaults())
	t.Update(tea.WindowSizeMsg{Width: w, Height: h})
	t.Update(trafficMsg{state: trafficState(100), sample: trafficPast(trafficState(100).Time)})
	t.Update(trafficMsg{state: trafficState(300), sample: trafficPast(trafficState(300).Time)})
	return t, f
}

// presses presses keys, and carries out what they order.
func presses(t *traffic, keys ...string) (left bool) {
	for _, k := range keys {
		_, cmd := t.Update(keyMsg(k))
		if cmd == nil {
			continue
		}
		switch done := cmd().(type) {
		case tea.QuitMsg:
			return true
		default:
			t.Update(done)
		}
	}
	return false
}

func TestOrdersOfTheTrafficView(t *testing.T) {
	for _, row := range []struct {
		name string
		keys []string
		want string
		foot string
	}{
		{"drain the first", []string{"d"}, "drain http://127.0.0.1:9001", "drained http://127.0.0.1:9001"},
		{"end the draining of the third", []string{"G", "d"}, "undrain http://127.0.0.1:9003", "undrained"},
		{"purge the cache", []string{"c", "x", "enter"}, "purge /*x", "purgeed /*x"},
		{"a purge that is thought better of", []string{"c", "esc"}, "", "c purge"},
		{"removing asks", []string{"x"}, "", "takes it out   esc keeps it"},
		{"and Enter does not", []string{"x", "enter"}, "", "↑ ↓ choose"},
		{"y does", []string{"x", "y"}, "remove http://127.0.0.1:9001", "removeed"},
		{"letters type in the field", []string{"a", "q", "d", "x", "enter"}, "add http://qdx", "added http://qdx"},
		{"a whole URL pasted behind the scheme", []string{"a", "https://b:1", "enter"}, "add https://b:1", "added https://b:1"},
		{"or typed", []string{"a", "http:/", "/", "b:1", "enter"}, "add http://b:1", "added http://b:1"},
		{"Esc leaves the field", []string{"a", "q", "esc"}, "", "↑ ↓ choose"},
		{"what fails is said", []string{"a", "enter"}, "add http://", "not done: no upstream"},
	} {
		v, f := newTraffic(120, 30)
		if presses(v, row.keys...) {
			t.Errorf("%s: it left", row.name)
		}
		if got := strings.Join(f.orders, "|"); got != row.want {
			t.Errorf("%s: ordered %q, want %q", row.name, got, row.want)
		}
		if foot := lastLine(ansi.Strip(v.View())); !strings.Contains(foot, row.foot) {
			t.Errorf("%s: the foot is %q, want %q", row.name, foot, row.foot)
		}
	}
}

func TestTheTrafficViewShowsWhatPasses(t *testing.T) {
	v, _ := newTraffic(120, 30)
	got := v.View()
	for _, want := range []string{
		"gateway 127.0.0.1:8080", "100 /s", "300 in all", "2xx 300", "queue 0 of 20", "3 under way of at most 10",
		"● UP", "50 %", "12 ms", "■ EJECTED", "▲ DRAINING", "ejected: 3 requests in a row failed",
		"cache 13 MB of 67 MB; memory 90 %, Redis 5.0 %, missed 5.0 %; 2 stale", "▲ Redis at 127.0.0.1:6379 is away, answers come from memory and the upstreams: no answer",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	presses(v, "down")
	if !strings.Contains(v.View(), "connection refused") {
		t.Errorf("the cursor does not show why:\n%s", v.View())
	}
	v.Update(trafficMsg{err: errors.New("gone away")})
	if got := v.View(); !strings.Contains(got, "no answer, what is shown is of") || !strings.Contains(got, "gone away") || !strings.Contains(got, "● UP") {
		t.Errorf("a gateway that is lost:\n%s", got)
	}
}

func TestAPauseOfTheTrafficView(t *testing.T) {
	v, _ := newTraffic(120, 30)
	presses(v, " ")
	v.Update(trafficMsg{state: trafficState(900)})
	if got := v.View(); !strings.Contains(got, "PAUSED 1 sample behind") || !strings.Contains(got, "300 in all") {
		t.Errorf("paused:\n%s", got)
	}
	presses(v, " ")
	if got := v.View(); strings.Contains(got, "PAUSED") || !strings.Contains(got, "900 in all") {
		t.Errorf("no longer paused:\n%s", got)
	}
	if !presses(v, "q") {
		t.Error("q did not leave")
	}
}

func TestTheTrafficViewFitsEverySize(t *testing.T) {
	for w := 1; w < 150; w += 7 {
		for h := 1; h < 45; h += 3 {
			v, _ := newTraffic(w, h)
			for _, keys := range [][]string{nil, {"a"}, {"esc", "x"}} {
				presses(v, keys...)
				lines := strings.Split(v.View(), "\n")
				if len(lines) != h {
					t.Fatalf("%dx%d: %d lines", w, h, len(lines))
				}
				for _, l := range lines {
					if strings.Contains(l, "\x1b[31m") || ansi.StringWidth(l) > w {
						t.Fatalf("%dx%d: the line %q", w, h, l)
					}
				}
			}
		}
	}
}

func TestAHAProxyThatFollowsIsSeen(t *testing.T) {
	at, took := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local), 0.05
	servers := []wire.GatewayServer{
		{Server: "app/a", Upstream: "http://127.0.0.1:9001", Status: "UP", Weight: 128, Sessions: 2, Failures: 7, Response: &took},
		{Server: "app/b", Upstream: "http://127.0.0.1:9003", Status: "MAINT", Held: "somebody put it there"},
	}
	for _, row := range []struct {
		name string
		h    wire.GatewayHAProxy
		want []string
	}{
		{"it follows", wire.GatewayHAProxy{Version: "2.6", Servers: servers[:1], Orders: 4, Drifts: 1}, []string{"haproxy 2.6 follows: 1 server, 4 orders, 1 drift repaired", "haproxy app/a: UP, weight 128, 2 sessions, 7 failed, answers in 50 ms"}},
		{"not all does", wire.GatewayHAProxy{Servers: servers, Missing: []string{"http://x"}, Strange: []string{"app/z"}}, []string{"2 servers, 1 of them not as decided", "not there: http://x; not steered: app/z"}},
		{"it is away", wire.GatewayHAProxy{Error: "connection refused", AwaySince: &at}, []string{"■ haproxy does not answer since 03:04:05, it keeps what was set: connection refused"}},
	} {
		m, _ := newTraffic(160, 30)
		state := trafficState(400)
		state.HAProxy = &row.h
		m.Update(trafficMsg{state: state})
		for _, want := range row.want {
			if got := ansi.Strip(m.View()); !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", row.name, want, got)
			}
		}
	}
}

// Golden frames: what passes, one upstream away, the log's database and Redis
// away too.
func TestGoldenTraffic(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 60}} {
		for _, v := range []struct {
			name string
			keys []string
		}{{"traffic", nil}, {"help", []string{"?"}}, {"question", []string{"x"}}, {"field", []string{"c"}}} {
			t.Run(fmt.Sprintf("%s %dx%d", v.name, size[0], size[1]), func(t *testing.T) {
				m, _ := newTraffic(size[0], size[1])
				m.Update(trafficMsg{state: busyGateway()})
				presses(m, v.keys...)
				golden.RequireEqual(t, []byte(ansi.Strip(m.View())))
			})
		}
	}
}

// busyGateway has all its parts, and trouble in some.
func busyGateway() wire.Gateway {
	s := trafficState(500)
	lag := 12.5
	s.Log = &wire.GatewayLog{Target: "/var/lib/mltop/gateway.db", State: "away", Why: "database is locked", Size: 16384, Lag: &lag, Written: 12345, Spilled: 70,
		Spill: wire.GatewaySpill{Rows: 70, Bytes: 20480, Most: 256 << 20}, Pool: wire.GatewayLogPool{Open: 2, InUse: 1}}
	s.Webhooks = &wire.GatewayWebhooks{Size: 1000, Hooks: []wire.GatewayWebhook{{URL: "https://ops.example/hook", Sent: 5}}}
	s.Memory = wire.GatewayMemory{Heap: 10 << 20, GCs: 7, GCPause: 0.001, Buffers: wire.GatewayBuffers{Free: 3, Most: 1024}}
	for i := range 40 {
		s.Events = append(s.Events, wire.GatewayEvent{Time: s.Since.Add(-time.Duration(i) * time.Minute), Upstream: "http://127.0.0.1:9001", Text: fmt.Sprintf("weight 0.%02d: CPU 30 %%, memory 40 %%, response time 12 ms", 99-i)})
	}
	return s
}

func TestTheTrafficViewBeforeAnAnswer(t *testing.T) {
	v := newTrafficView(&fakeGateway{}, time.Second, Options{Theme: ThemeMono, Colors: termenv.Ascii}.withDefaults())
	v.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if got := ansi.Strip(v.View()); !strings.Contains(got, "asking the gateway") || strings.Contains(got, "0 /s") {
		t.Errorf("nothing is known yet:\n%s", got)
	}
	v.Update(trafficMsg{err: errors.New("connection refused")})
	if got := ansi.Strip(v.View()); !strings.Contains(got, "■ no answer: connection refused") || !strings.Contains(got, "asked again every 1 s") {
		t.Errorf("it does not answer:\n%s", got)
	}
	v.Update(trafficMsg{state: trafficState(100)})
	if got := ansi.Strip(v.View()); !strings.Contains(got, "gateway 127.0.0.1:8080  –") {
		t.Errorf("one look makes no rate:\n%s", got)
	}
}

// Whatever the size, the question says what answers it.
func TestTheQuestionIsNeverWithoutItsKeys(t *testing.T) {
	for _, w := range []int{60, 80, 120} {
		v, _ := newTraffic(w, 24)
		presses(v, "down", "x")
		if foot := lastLine(ansi.Strip(v.View())); !strings.Contains(foot, "take out http://") || !strings.Contains(foot, "y takes it out") {
			t.Errorf("%d wide: %q", w, foot)
		}
	}
}

func TestWhenNoUpstreamTakesRequests(t *testing.T) {
	v, _ := newTraffic(80, 24)
	state := trafficState(600)
	state.Statuses["5xx"] = 62
	for i := range state.Upstreams {
		state.Upstreams[i].Current, state.Upstreams[i].State = 0, []string{"draining", "down", "down"}[i]
	}
	v.Update(trafficMsg{state: state})
	for _, want := range []string{"■ no upstream takes requests: they are answered 503; 1 draining, 2 down", "5xx 62", "draining: it gets no new requests"} {
		if got := ansi.Strip(v.View()); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestTheTrafficViewsOtherKeys(t *testing.T) {
	for _, row := range []struct {
		name string
		keys []string
		want []string
	}{
		{"help names the keys", []string{"?"}, []string{"take an upstream out", "forget answers of the cache", "close"}},
		{"and closes", []string{"?", "esc"}, []string{"● UP", "↑ ↓ choose"}},
		{"the interval", []string{"-"}, []string{"live 2 s"}},
		{"older events", []string{"pgdown", "pgdown", "pgdown", "pgdown", "pgdown"}, []string{"weight 0.60", "0 older"}},
		{"Esc does not leave", []string{"esc"}, []string{"● UP"}},
	} {
		v, _ := newTraffic(120, 40)
		v.Update(trafficMsg{state: busyGateway()})
		v.View() // how many events there is room for
		if presses(v, row.keys...) {
			t.Errorf("%s: it left", row.name)
		}
		for _, want := range row.want {
			if got := ansi.Strip(v.View()); !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", row.name, want, got)
			}
		}
	}
	v, f := newTraffic(120, 40)
	state := trafficState(600)
	state.Cache, state.Upstreams = nil, nil
	v.Update(trafficMsg{state: state})
	presses(v, "c")
	if got := ansi.Strip(v.View()); !strings.Contains(got, "nothing is kept: cache in the file") || v.typing != "" {
		t.Errorf("a purge without a cache:\n%s", got)
	}
	presses(v, "d", "y", "x")
	if len(f.orders) > 0 || !strings.Contains(v.View(), "there is no upstream here") {
		t.Errorf("ordered %v of no upstream:\n%s", f.orders, v.View())
	}
}
