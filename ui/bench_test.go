package ui

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/charmbracelet/x/exp/teatest"
	"github.com/muesli/termenv"

	"mltop/internal/wire"
	"mltop/ui/chart"
)

// A fakeBench is a load test that is as it is told to be.
type fakeBench struct {
	mu     sync.Mutex
	live   wire.BenchLive
	factor float64
	did    []string
}

func (f *fakeBench) Live() wire.BenchLive {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.live
	l.Factor = f.factor
	return l
}

func (f *fakeBench) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.did = append(f.did, fmt.Sprintf(format, args...))
}

func (f *fakeBench) Scale(factor float64) float64 {
	f.note("scale %.4g", factor)
	return min(factor, 10)
}
func (f *fakeBench) Stop()      { f.note("stop") }
func (f *fakeBench) Interrupt() { f.note("interrupt") }

func (f *fakeBench) told() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.did, ", ")
}

func quantilesOf(v float64, n uint64) wire.BenchQuantiles {
	return wire.BenchQuantiles{Count: n, Mean: ptr(1.1 * v), P50: ptr(v), P90: ptr(2 * v), P95: ptr(3 * v), P99: ptr(6 * v), P999: ptr(8 * v), Max: ptr(11 * v)}
}

// runningBench is a test of 60 s after 42 s, which was calm until a route
// became slow.
func runningBench() *fakeBench {
	const at = 42
	l := wire.BenchLive{Phase: wire.BenchRunning, At: at + .3, Length: 60, Asked: ptr(1000.0), InFlight: 37}
	l.Name, l.Model, l.Warmup, l.Sent, l.ErrorCount = "shop.yaml", "open", 5, 37_300, 121
	l.Time = time.Unix(1000, 0)
	l.ErrorRatio, l.Offered, l.PerSecond = ptr(0.0032), ptr(1000.0), 996
	l.Latency, l.ServiceTime, l.SendLag = quantilesOf(.0021, 37_000), quantilesOf(.0019, 37_000), quantilesOf(41e-6, 37_300)
	l.Connections = wire.BenchConnections{Opened: 64, Most: 64, Limit: 1000}
	l.Generator.CPURatio = 0.11
	for i := range at + 1 {
		v := .002 * (1 + .1*math.Sin(float64(i)))
		if i > 30 {
			v *= 12
		}
		l.Series = append(l.Series, wire.BenchSecond{At: float64(i), Width: 1, Sent: 1000, Answered: uint64(1000 - 40*(i%3)), Errors: uint64(i / 10), InFlight: ptr(int64(3 + i%7)), Latency: quantilesOf(v, 1000), SendLag: quantilesOf(4e-5, 1000)})
		l.Heat = append(l.Heat, heatAround(v))
	}
	l.HeatBounds = []float64{100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, .1, .2, .5, 1, 2, 5, 10}
	for i, name := range []string{"GET /orders/{id}", "GET /customers/{id}/orders", "POST /orders", "GET /products"} {
		l.Routes = append(l.Routes, wire.BenchRoute{Name: name, Sent: uint64(20_000 >> i), PerSecond: 500 / float64(i+1), ErrorRatio: ptr(.001 * float64(i)),
			Latency: quantilesOf(.001*float64(4-i), 100), ServiceTime: quantilesOf(.0009*float64(4-i), 100), TailShare: ptr([]float64{.91, .06, .02, .01}[i])})
	}
	l.Errors = []wire.BenchError{
		{Kind: "status", Side: "server", Route: "POST /orders", Message: "503 Service Unavailable", Count: 118, First: time.Unix(1031, 0)},
		{Kind: "timeout", Side: "server", Route: "GET /orders/{id}", Message: "no whole answer within the timeout", Count: 3, First: time.Unix(1033, 0)},
	}
	l.Thresholds = []wire.BenchThreshold{
		{Text: "p95 < 5ms", Unit: "seconds", Value: ptr(.0063), Limit: .005, Broken: true}, {Text: "error_ratio < 1%", Unit: "ratio", Value: ptr(.0032), Limit: .01},
		{Text: "list: p99 < 1s", Route: "list", Unit: "seconds", Limit: 1, Broken: true},
	}
	l.Moves = []wire.BenchMove{{At: 12, Factor: 1.25}, {At: 24, Factor: 1}}
	l.Analysis = []wire.BenchFinding{{Rule: "tail", Level: "warn", Text: "GET /orders/{id} is 54 % of the requests, and 91 % of the slowest hundredth: P99 24ms"}}
	return &fakeBench{live: l, factor: 1}
}

func heatAround(v float64) []uint64 {
	out := make([]uint64, 17)
	i := 4
	if v > .01 {
		i = 8
	}
	out[i-1], out[i], out[i+1], out[i+3] = 300, 600, 90, 4
	return out
}

// attached has a target beside it.
func (f *fakeBench) attached() *fakeBench {
	t := &wire.BenchTarget{Name: "app.db", Engine: "sqlite"}
	for i := range 43 {
		cpu := .3 + .01*float64(i)
		t.Series = append(t.Series, wire.BenchTargetSecond{At: float64(i) + .4, CPU: &cpu, DiskBusy: ptr(.1), Queries: ptr(2100.0), QueryMean: ptr(.0004), Waiting: ptr(float64(i / 20))})
	}
	t.Statements = []wire.BenchTargetStatement{
		{Text: slowSQL, Route: "GET /orders/{id}", Calls: 20_000, Seconds: 38.2, Share: ptr(.91), P95: ptr(.004)},
		{Text: "INSERT INTO orders (customer_id, total) VALUES (?, ?)", Route: "POST /orders", Calls: 5000, Seconds: 2.1, Share: ptr(.05), P95: ptr(.001)},
	}
	f.live.Target = t
	return f
}

// settingUp is before the first request.
func settingUp() *fakeBench {
	f := &fakeBench{factor: 1}
	f.live = wire.BenchLive{Phase: wire.BenchSetup, Length: 60}
	f.live.Name, f.live.Model = "shop.yaml", "open"
	f.live.Thresholds = []wire.BenchThreshold{{Text: "p95 < 5ms", Unit: "seconds", Broken: true}}
	return f
}

// hostileBench has texts that would steer a terminal wherever one may be.
func hostileBench() *fakeBench {
	f := runningBench().attached()
	long := hostile + strings.Repeat("x漢", 1<<16)
	l := &f.live
	l.Name, l.Target.Name, l.Target.Statements[0].Text, l.Target.Statements[0].Route = long, long, long, hostile
	l.Routes[0].Name, l.Errors[0].Message, l.Errors[0].Kind, l.Errors[0].Route = long, long, hostile, long
	l.Thresholds[0].Text, l.Analysis[0].Text = long, long
	l.Sent, l.InFlight, l.Asked, l.Latency = math.MaxUint64>>1, math.MaxInt64, ptr(math.Inf(1)), wire.BenchQuantiles{Max: ptr(1e300)}
	l.Series[3].At, l.Heat = -5, nil
	l.Thresholds = append(l.Thresholds, l.Thresholds...)
	return f
}

func benchOptions() Options {
	return Options{Theme: ThemeDark, Colors: termenv.TrueColor, Zone: time.UTC}
}

// benchAt is a screen that has looked once.
func benchAt(f *fakeBench, o Options, w, h int, keys ...string) *bench {
	b := newBench(f, o)
	b.Update(tea.WindowSizeMsg{Width: w, Height: h})
	b.Update(b.look())
	for _, k := range keys {
		b.Update(keyMsg(k))
	}
	return b
}

func TestGoldenBench(t *testing.T) {
	for _, c := range []struct {
		name string
		f    *fakeBench
		keys []string
	}{
		{"running", runningBench(), nil}, {"attached", runningBench().attached(), nil}, {"setup", settingUp(), nil},
		{"question", runningBench(), []string{"q"}}, {"paused", runningBench(), []string{" "}}, {"statements", runningBench().attached(), []string{"tab", "tab", "e"}},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			t.Run(fmt.Sprintf("%s %dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				golden.RequireEqual(t, []byte(ansi.Strip(benchAt(c.f, benchOptions(), size[0], size[1], c.keys...).View())))
			})
		}
	}
}

// Whatever the test is like, whatever was pressed, at every size a frame has
// exactly as many lines and cells as the terminal.
func TestEveryFrameOfALoadTestFits(t *testing.T) {
	empty := &fakeBench{factor: 1, live: wire.BenchLive{Phase: wire.BenchRunning}}
	tests := map[string]func() *fakeBench{
		"empty": func() *fakeBench { return empty }, "setup": settingUp, "running": runningBench, "hostile": hostileBench,
		"attached": func() *fakeBench { return runningBench().attached() },
	}
	for name, make := range tests {
		for _, keys := range [][]string{nil, {"q"}, {" "}, {"+", "z"}, {"x"}, {"?"}, {"tab"}, {"tab", "e"}, {"shift+tab", "e"}, {"tab", "tab", "tab"}, {"S", "s", "G"}} {
			for _, size := range sizes {
				b := benchAt(make(), benchOptions(), size[0], size[1], keys...)
				checkFrame(t, fmt.Sprintf("%s after %v, %d×%d", name, keys, size[0], size[1]), b.View(), size[0], size[1])
			}
		}
	}
}

func TestALoadTestInASCII(t *testing.T) {
	o := benchOptions()
	o.Graph = chart.ASCII
	v := ansi.Strip(benchAt(runningBench().attached(), o, 120, 40).View())
	if i := strings.IndexFunc(v, func(r rune) bool { return r > 0x7e }); i >= 0 {
		t.Errorf("%q", v[i:min(i+20, len(v))])
	}
}

func TestTheKeysOfALoadTest(t *testing.T) {
	for _, c := range []struct {
		name, keys, want, shows string
	}{
		{"faster", "+", "scale 1.25", "1.25×"},
		{"faster twice, by another key", "= +", "scale 1.25, scale 1.562", "1.56×"},
		{"slower", "-", "scale 0.8", "0.8×"},
		{"a key that is held comes as several at once", "---", "scale 0.8, scale 0.64, scale 0.512", "0.512×"},
		{"a text that is pasted is no key", "+-x", "", "space pause"},
		{"pause", "space", "scale 0", "PAUSED"},
		{"pause and go on as before", "+ space space", "scale 1.25, scale 0, scale 1.25", "1.25×"},
		{"faster out of a pause", "space +", "scale 0, scale 1.25", "1.25×"},
		{"q asks", "q", "", "stop the test?"},
		{"q asks, and Esc goes on", "q esc", "", "space pause"},
		{"q asks, and other keys say nothing", "q x q space", "", "stop the test?"},
		{"q and y stop", "q y", "stop", "waiting for the last answers"},
		{"x stops", "x", "stop", "waiting for the last answers"},
		{"nothing is changed any more while it ends", "x + space x q", "stop", "waiting for the last answers"},
		{"Ctrl+C is handed on each time", "ctrl+c ctrl+c", "interrupt, interrupt", "waiting for the last answers"},
		{"Ctrl+C in the question too", "q ctrl+c", "interrupt", "waiting for the last answers"},
		{"help, and a letter in it searches", "? x", "", "search: x"},
		{"maximised", "tab e", "", "503 Service Unavailable"},
	} {
		f := runningBench()
		keys := strings.Fields(c.keys)
		for i := range keys {
			if keys[i] == "space" {
				keys[i] = " "
			}
		}
		b := benchAt(f, benchOptions(), 120, 40, keys...)
		if got := f.told(); got != c.want {
			t.Errorf("%s: did %q, want %q", c.name, got, c.want)
		}
		if v := ansi.Strip(b.View()); !strings.Contains(v, c.shows) {
			t.Errorf("%s: want %q in\n%s", c.name, c.shows, v)
		}
	}
}

func TestTheVerdictOfALoadTestIsTheWorstThatCanBeSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*wire.BenchLive)
		want   string
	}{
		{"a broken threshold", func(*wire.BenchLive) {}, "■ 1 of 3 thresholds broken so far: p95 < 5ms is 6.3 ms"},
		{"else the first finding", func(l *wire.BenchLive) { l.Thresholds = nil }, "▲ GET /orders/{id} is 54 %"},
		{"before the first request", func(l *wire.BenchLive) { l.Phase = wire.BenchSetup }, "○ the setup is under way"},
	} {
		f := runningBench()
		c.change(&f.live)
		if v := ansi.Strip(benchAt(f, benchOptions(), 120, 40).View()); !strings.Contains(v, c.want) {
			t.Errorf("%s: want %q in\n%s", c.name, c.want, v)
		}
	}
}

// With one row of room the table of routes shows the worst, whichever that
// becomes, until somebody looks for another one.
func TestTheWorstRouteIsShownWhereThereIsRoomForOne(t *testing.T) {
	const first, later = "GET /orders/{id}", "GET /products"
	for _, c := range []struct{ name, keys, want string }{
		{"the worst is another one now", "", later},
		{"the other way round, the least", "S", "POST /orders"},
		{"somebody looks at the second", "down", "GET /customers/{id}/orders"},
		{"and goes back to the first", "down home", later},
	} {
		f := runningBench()
		b := benchAt(f, benchOptions(), 120, 40, strings.Fields(c.keys)...)
		shown := func() string {
			b.drawTable(newGrid(120, 2), benchRoutes)
			return b.tables[benchRoutes].shown[b.tables[benchRoutes].first].id
		}
		if got := shown(); c.keys == "" && got != first {
			t.Fatalf("%s: got %s at first, want %s", c.name, got, first)
		}
		f.live.Routes[3].Latency = quantilesOf(1, 100)
		b.Update(b.look())
		if got := shown(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Keys pressed soon after each other leave no room for each rate on the axis:
// ◆1 of ◆1.25× would be read as another rate.
func TestARateOnTheAxisIsWrittenWholeOrNotAtAll(t *testing.T) {
	for _, c := range []struct {
		name   string
		second float64 // between two keys
		want   []string
	}{
		{"far from each other", 20, []string{"1.25×", "1.56×"}},
		{"soon after each other", 3, []string{"1.56×"}},
	} {
		f := runningBench()
		f.live.Moves = []wire.BenchMove{{At: 12, Factor: 1.25}, {At: 12 + c.second, Factor: 1.5625}}
		b := benchAt(f, benchOptions(), 120, 40)
		var got []string
		v := ansi.Strip(b.View())
		for _, part := range strings.Split(v[strings.Index(v, "P95"):], "◆")[1:] {
			if text, _, _ := strings.Cut(part, "─"); strings.TrimSpace(text) != "" {
				got = append(got, text)
			}
		}
		// All three line charts and the heatmap have the same marks.
		if slices.Sort(got); !slices.Equal(slices.Compact(got), c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Where a pattern has steps an arrival is more than one request: two numbers
// that differ for that reason have two names.
func TestArrivalsAndRequestsHaveTheirNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps float64
		want  []string
	}{
		{"an arrival is a request", 1, []string{" asked    1k /s", " answered ▲920 /s"}},
		{"an arrival is more than one", 1.24, []string{"arrivals asked    1k /s", "requests answered ▲920 /s"}},
	} {
		f := runningBench()
		f.live.Steps = c.steps
		v := strings.Join(strings.Split(ansi.Strip(benchAt(f, benchOptions(), 120, 40).View()), "\n")[:8], "\n")
		for _, w := range c.want {
			if !strings.Contains(strings.ReplaceAll(v, "answered  ", "answered "), w) {
				t.Errorf("%s: want %q in\n%s", c.name, w, v)
			}
		}
		if many := strings.Contains(v, "arrivals"); many != (c.steps > 1) {
			t.Errorf("%s: says arrivals: %v", c.name, many)
		}
	}
}

// Once through Bubble Tea itself: what the test becomes is drawn by itself.
func TestALoadTestInAProgram(t *testing.T) {
	f := runningBench()
	p := teatest.NewTestModel(t, newBench(f, benchOptions()), teatest.WithInitialTermSize(120, 40))
	see := func(want string) {
		t.Helper()
		teatest.WaitFor(t, p.Output(), func(b []byte) bool { return bytes.Contains([]byte(ansi.Strip(string(b))), []byte(want)) }, teatest.WithDuration(time.Minute))
	}
	see("shop.yaml")
	f.mu.Lock()
	f.live.Sent = 48_211
	f.mu.Unlock()
	see("48,211")
	p.Send(keyMsg("q"))
	see("stop the test?")
	p.Send(keyMsg("y"))
	see("waiting for the last answers")
	if got := f.told(); got != "stop" {
		t.Errorf("did %q, want stop", got)
	}
	_ = p.Quit()
	p.WaitFinished(t, teatest.WithFinalTimeout(time.Minute))
}
