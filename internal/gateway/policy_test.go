package gateway

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var errTest = errors.New("connection refused")

// A story is what happens to an upstream, one word at a time: ok and bad are
// checks, yes and no are requests, a number is seconds that pass.
func tell(h *health, story string, may bool) (standings []Standing, events []string) {
	now := t0
	for _, word := range strings.Fields(story) {
		var text string
		switch word {
		case "ok":
			text = h.checked(nil, now)
		case "bad":
			text = h.checked(errTest, now)
		case "yes":
			text = h.served(now)
		case "no":
			text = h.failedOnce(errTest, now, func() bool { return may })
		default:
			d, err := time.ParseDuration(word)
			if err != nil {
				panic(err)
			}
			now = now.Add(d)
		}
		standings = append(standings, h.standing(now))
		if text != "" {
			events = append(events, text)
		}
	}
	return standings, events
}

func TestHealth(t *testing.T) {
	rule := HealthRule{Rise: 2, Fall: 3, Failures: 3, Ejection: time.Second, SlowStart: 10 * time.Second}
	for _, row := range []struct {
		name, story string
		may         bool
		want        string
		events      string
	}{
		{"the first check decides", "ok", true, "up", ""},
		{"a first check that fails", "bad", true, "down", "down: a check failed: connection refused"},
		{"two failed checks are not three", "ok bad bad ok bad bad", true, "up", ""},
		{"three in a row", "ok bad bad bad", true, "down", "down: 3 checks in a row failed: connection refused"},
		{"back after two checks, slowly", "bad ok ok", true, "starting", "down: a check failed: connection refused|up: 2 checks in a row passed; it gets its share within 10s"},
		{"all of its share in the end", "bad ok ok 10s", true, "up", "*"},
		{"failures that are not in a row", "ok no no yes no no yes", true, "up", ""},
		{"three requests in a row", "ok no no no", true, "ejected", "ejected: 3 requests in a row failed, the last one: connection refused; one on trial in 1s"},
		{"a trial after the pause", "ok no no no 1s", true, "trial", "*"},
		{"a trial that succeeds", "ok no no no 1s yes", true, "starting", "*|back: the request on trial was answered; it gets its share within 10s"},
		{"a trial that fails doubles the pause", "ok no no no 1s no 1s", true, "ejected", "*|ejected again: the request on trial failed: connection refused; the next is in 2s"},
		{"and no more than half a minute", "ok no no no 1s no 2s no 4s no 8s no 16s no 30s no 29s", true, "ejected", "*"},
		{"until the half minute is over", "ok no no no 1s no 2s no 4s no 8s no 16s no 30s no 30s", true, "trial", "*"},
		{"an answer to an older request does not end an ejection", "ok no no no yes", true, "ejected", "*"},
		{"not when too many are out", "ok no no no no", false, "up", ""},
		{"checks that fail outweigh", "ok no no no bad bad bad 5s", true, "down", "*"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := &health{rule: rule}
			standings, events := tell(h, row.story, row.may)
			if got := string(standings[len(standings)-1]); got != row.want {
				t.Errorf("it stands %v, want %s", standings, row.want)
			}
			got := strings.Join(events, "|")
			if row.events != "*" && got != row.events && !(strings.HasPrefix(row.events, "*|") && strings.HasSuffix(got, row.events[1:])) {
				t.Errorf("it said %q, want %q", got, row.events)
			}
		})
	}
}

func TestASlowStartRises(t *testing.T) {
	h := &health{rule: HealthRule{Rise: 1, Fall: 1, SlowStart: 10 * time.Second}}
	h.checked(errTest, t0)
	h.checked(nil, t0)
	for after, want := range map[time.Duration]float64{0: 0.1, time.Second / 2: 0.1, 5 * time.Second: 0.5, 10 * time.Second: 1, time.Hour: 1} {
		if got := h.ramp(t0.Add(after)); got != want {
			t.Errorf("after %v its share is %.2f, want %.2f", after, got, want)
		}
	}
}

func TestWeightsFromMetrics(t *testing.T) {
	nan := math.NaN()
	rule := Defaults().Weights
	rule.Smooth, rule.Change = 1, 1
	slow := rule
	slow.Smooth, slow.Change = 0.5, 0.1
	for _, row := range []struct {
		name   string
		rule   WeightRule
		load   Load
		age    time.Duration
		want   float64
		saying string
		usual  float64 // beside it
	}{
		{"idle and quick", rule, Load{CPU: 0, Memory: 0, ResponseTime: 0}, 0, 1, "× 1.00 as before: cpu 0 %, memory 0 %, answers in <1 ms", nan},
		{"the document's formula", rule, Load{CPU: 0.5, Memory: 0.2, ResponseTime: 0.25}, 0, 0.5 * 0.8 * 0.75, "× 1.00 → × 0.30: cpu 50 %, memory 20 %, answers in 250 ms", nan},
		{"more than a second counts as a tenth", rule, Load{CPU: 0, Memory: 0, ResponseTime: 7}, 0, 0.1, "*", nan},
		{"all of the processor is not all of the weight", rule, Load{CPU: 1, Memory: 0.9, ResponseTime: 3}, 0, rule.Floor, "*", nan},
		{"what is not measured takes nothing off", rule, Load{CPU: nan, Memory: nan, ResponseTime: 0.5}, 0, 0.5, "× 1.00 → × 0.50: cpu not measured, memory not measured, answers in 500 ms", nan},
		{"no requests", rule, Load{CPU: 0.5, Memory: nan, ResponseTime: nan}, 0, 0.5, "× 1.00 → × 0.50: cpu 50 %, memory not measured, no requests", nan},
		{"a change is bounded", slow, Load{CPU: 0.9, Memory: 0, ResponseTime: 0}, 0, 0.9, "× 1.00 → × 0.90: cpu 90 %, memory 0 %, answers in <1 ms (on its way to 0.10)", nan},
		{"old numbers do not count", rule, Load{CPU: 1}, time.Hour, 1, "× 1.00 as before: nothing was measured in the last 15s", nan},
		{"ten times what is usual beside it", rule, Load{ResponseTime: 0.05, CPU: nan, Memory: nan}, 0, 0.95 * 0.125, "× 1.00 → × 0.12: cpu not measured, memory not measured, answers in 50 ms where 5.0 ms is usual", 0.005},
		{"a quarter more is chance", rule, Load{ResponseTime: 0.006}, 0, 0.994, "× 1.00 → × 0.99: cpu 0 %, memory 0 %, answers in 6.0 ms", 0.005},
		{"so is what is below half a millisecond", rule, Load{ResponseTime: 0.0004}, 0, 0.9996, "*", 0.00001},
	} {
		w := &weighing{smooth: Load{CPU: nan, Memory: nan, ResponseTime: nan}, factor: 1}
		row.load.At = t0
		fresh := w.take(row.load, t0.Add(row.age), row.rule)
		got := weigh1(w, fresh, row.usual, row.rule)
		if math.Abs(w.factor-row.want) > 1e-9 {
			t.Errorf("%s: the factor is %v, want %v", row.name, w.factor, row.want)
		}
		if row.saying != "*" && got != row.saying {
			t.Errorf("%s: said %q, want %q", row.name, got, row.saying)
		}
	}
}

func TestWeightsAreSmoothed(t *testing.T) {
	r, nan := Defaults().Weights, math.NaN()
	w := &weighing{smooth: Load{CPU: 0, Memory: 0, ResponseTime: 0}, factor: 1}
	for range 40 {
		weigh1(w, w.take(Load{At: t0, CPU: 0.6, Memory: 0, ResponseTime: 0}, t0, r), nan, r)
	}
	if math.Abs(w.factor-0.4) > 0.001 {
		t.Errorf("after many looks the factor is %v, want 0.4", w.factor)
	}
}

func TestWhenAllAreSickNoneIsSpared(t *testing.T) {
	r := WeightRule{Floor: 0.05}
	sick, fair := &weighing{factor: 0.05}, &weighing{factor: 0.2}
	if !failOpen([]*weighing{sick, sick}, r) {
		t.Error("two at the floor: want all to be equal")
	}
	if failOpen([]*weighing{sick, fair}, r) {
		t.Error("one is better: want it to get more")
	}
}

func TestAQueueIsFirstInFirstOut(t *testing.T) {
	a := &admission{rule: QueueRule{InFlight: 1, Size: 3, Wait: patience}}
	if err := a.enter(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []int
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			if err := a.enter(); err != nil {
				t.Errorf("%d: %v", i, err)
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			a.leave()
		})
		eventually(t, "the next one waits", func() bool { return a.state().Depth == i+1 })
	}
	if err := a.enter(); !errors.Is(err, errQueueFull) {
		t.Errorf("a fourth one: got %v, want %v", err, errQueueFull)
	}
	a.leave()
	all.Wait()
	if order[0] != 0 || order[1] != 1 || order[2] != 2 {
		t.Errorf("they came in as %v, want 0 1 2", order)
	}
	if s := a.state(); s.InFlight != 0 || s.Depth != 0 || s.Deepest != 3 || s.Overflowed != 1 || s.Waited != 3 {
		t.Errorf("at the end: %+v", s)
	}
}

func TestWhoWaitsTooLongIsSentAwayAndLeavesNoTrace(t *testing.T) {
	a := &admission{rule: QueueRule{InFlight: 1, Size: 10, Wait: time.Millisecond}}
	a.enter()
	for range 5 {
		if err := a.enter(); !errors.Is(err, errQueueLong) {
			t.Fatalf("got %v, want %v", err, errQueueLong)
		}
	}
	if s := a.state(); s.Depth != 0 || s.Expired != 5 || a.first != nil || a.last != nil {
		t.Errorf("five have given up: %+v", s)
	}
	a.leave()
	if err := a.enter(); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestAWiderLimitLetsThoseInWhoWait(t *testing.T) {
	a := &admission{rule: QueueRule{InFlight: 1, Size: 10, Wait: patience}}
	a.enter()
	in := make(chan *refusal, 1)
	go func() { in <- a.enter() }()
	eventually(t, "it waits", func() bool { return a.state().Depth == 1 })
	a.follow(QueueRule{InFlight: 2, Size: 10, Wait: patience})
	if err := <-in; err != nil {
		t.Error(err)
	}
}
