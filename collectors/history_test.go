package collectors

import (
	"math"
	"testing"
	"time"

	"mltop/internal/stat"
)

// noon is a whole minute, so that slots are easy to name.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return noon.Add(d) }

var table = RequestSource{Kind: "table", Name: "request_logs", Resolution: time.Millisecond}

func groupOf(seconds ...float64) Group {
	g := Group{Count: uint64(len(seconds)), StatusCount: uint64(len(seconds)), Latency: &stat.Sketch{}}
	for _, s := range seconds {
		g.Latency.Add(s)
	}
	return g
}

func bucket(start time.Time, width time.Duration, r Route, seconds ...float64) RequestBucket {
	g := groupOf(seconds...)
	return RequestBucket{Start: start, Width: width, Total: g, Routes: []RouteGroup{{r, g}}}
}

func requestsAt(at time.Time, bs ...RequestBucket) Sample {
	return Sample{Time: at, Sections: []Section{&Requests{At: at, Source: table, Buckets: bs, State: "ok"}}}
}

var orders = Route{"GET", "/orders/{id}"}

// live puts n requests a second for some seconds, each of the same length.
func live(h *History, from time.Time, secs int, n int, seconds float64) {
	values := make([]float64, n)
	for i := range values {
		values[i] = seconds
	}
	for i := range secs {
		start := from.Add(time.Duration(i) * time.Second)
		h.Put(requestsAt(start.Add(1300*time.Millisecond), bucket(start, time.Second, orders, values...)))
	}
}

func TestAWindowOfSixtySecondsAddsUpItsBuckets(t *testing.T) {
	h := NewHistory(0)
	live(h, noon, 120, 3, 0.1)
	w := h.Window(after(121300*time.Millisecond), time.Minute).Requests[0]
	if w.Seconds < 58 || w.Seconds > 60 || w.Total.Count != uint64(3*w.Seconds) {
		t.Errorf("got %d requests in %g s, want 3 a second in about 60", w.Total.Count, w.Seconds)
	}
	if math.Abs(w.Concurrency-0.3) > 0.01 {
		t.Errorf("got concurrency %g, want 3/s × 0.1 s", w.Concurrency)
	}
	if len(w.Routes) != 1 || w.Routes[0].Route != orders || w.Routes[0].Count != w.Total.Count {
		t.Errorf("got routes %v, want the one route with all requests", w.Routes)
	}
}

func TestAWindowSaysBetweenWhichInstantsItsRequestsCame(t *testing.T) {
	h := NewHistory(0)
	end := after(121300 * time.Millisecond)
	put := func(sec int) {
		source := table
		source.First, source.Last = after(100*time.Millisecond), after(time.Duration(sec)*time.Second+400*time.Millisecond)
		h.Put(Sample{Time: end, Sections: []Section{&Requests{At: end, Source: source, State: "ok",
			Buckets: []RequestBucket{bucket(after(time.Duration(sec)*time.Second), time.Second, orders, 0.1)}}}})
	}
	for _, sec := range []int{0, 70, 80, 110} {
		put(sec)
	}
	for _, c := range []struct {
		name        string
		window      time.Duration
		first, last time.Time
	}{
		{"the window's own, not the source's", time.Minute, after(70 * time.Second), after(110400 * time.Millisecond)},
		{"all of it is the source's", 0, after(100 * time.Millisecond), after(110400 * time.Millisecond)},
		{"from the first row on", 3 * time.Minute, after(100 * time.Millisecond), after(110400 * time.Millisecond)},
		{"no request, no bounds", 5 * time.Second, time.Time{}, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := h.Window(end, c.window).Requests[0]
			if !w.First.Equal(c.first) || !w.Last.Equal(c.last) {
				t.Errorf("%d requests between %v and %v, want %v and %v", w.Total.Count, w.First, w.Last, c.first, c.last)
			}
		})
	}
}

func TestTheSecondThatIsStillFillingIsNotDrawnAsADip(t *testing.T) {
	h := NewHistory(0)
	live(h, noon, 60, 10, 0.1)
	h.Put(requestsAt(after(60500*time.Millisecond), bucket(after(60*time.Second), time.Second, orders, 0.1)))
	rates := h.Series(Metric{Name: MetricRequestRate}, after(60500*time.Millisecond), 30*time.Second, 30)
	for i, v := range rates {
		if !math.IsNaN(v) && math.Abs(v-10) > 1e-9 {
			t.Errorf("point %d of %d: got %g requests/s, want 10 or a gap", i, len(rates), v)
		}
	}
	if math.IsNaN(rates[len(rates)-2]) {
		t.Errorf("got a gap for the last whole second: %v", rates)
	}
}

func TestABackfilledMinuteAndLiveSecondsOfItAreBothCountedOnce(t *testing.T) {
	h := NewHistory(0)
	live(h, after(30*time.Second), 60, 2, 0.1)
	h.Put(requestsAt(after(91*time.Second), bucket(noon, time.Minute, orders, 0.2, 0.2, 0.2)))
	w := h.Window(after(92*time.Second), 0)
	if got := w.Requests[0].Total.Count; got != 123 {
		t.Errorf("got %d requests in all, want 120 live and 3 of the past", got)
	}
	if got := h.Window(after(92*time.Second), time.Hour).Requests[0].Total.Count; got != 123 {
		t.Errorf("got %d requests in the last hour, want 123", got)
	}
}
