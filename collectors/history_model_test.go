package collectors

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mltop/internal/stat"
)

// model is a History told naively: a list of everything that was put.
type model struct {
	list []told
	now  time.Time
}

type told struct {
	start   time.Time
	width   time.Duration
	route   Route
	seconds float64
}

func (m *model) in(from, to time.Time, r *Route) (n uint64, sum float64, lat *stat.Sketch) {
	lat = &stat.Sketch{}
	for _, x := range m.list {
		if (r == nil || x.route == *r) && !x.start.Before(from) && x.start.Before(to) {
			n, sum = n+1, sum+x.seconds
			lat.Add(x.seconds)
		}
	}
	return n, sum, lat
}

// story puts the same random past into a History and into a model: live
// seconds, late ones, minutes of the past, pauses, old and future rows.
func story(seed uint64, steps int) (*History, *model) {
	r := rand.New(rand.NewPCG(seed, 1))
	h, m := NewHistory(0), &model{now: noon}
	put := func(start time.Time, width time.Duration) {
		route := Route{"GET", fmt.Sprintf("/r%d", r.IntN(6))}
		seconds := math.Exp(r.NormFloat64() - 4)
		m.list = append(m.list, told{start, width, route, seconds})
		h.Put(requestsAt(m.now, bucket(start, width, route, seconds)))
	}
	for range steps {
		switch r.IntN(12) {
		case 0: // late
			put(m.now.Add(-time.Duration(2+r.IntN(1200))*time.Second).Truncate(time.Second), time.Second)
		case 1: // of the past, in minutes
			put(m.now.Add(-time.Duration(r.IntN(20*60))*time.Minute).Truncate(time.Minute), time.Minute)
		case 2: // of the past, in tens of seconds
			put(m.now.Add(-time.Duration(10+r.IntN(7000))*time.Second).Truncate(10*time.Second), 10*time.Second)
		case 3:
			m.now = m.now.Add(time.Duration(r.IntN(400)) * time.Second)
		default:
			m.now = m.now.Add(time.Second)
			put(m.now.Add(-time.Second).Truncate(time.Second), time.Second)
		}
	}
	m.now = m.now.Truncate(time.Minute).Add(2 * time.Minute)
	h.Put(requestsAt(m.now.Add(time.Second)))
	return h, m
}

func TestNothingIsLostOrCountedTwice(t *testing.T) {
	for seed := range uint64(20) {
		h, m := story(seed, 1500)
		n, sum, lat := m.in(time.Time{}, m.now.Add(time.Hour), nil)
		w := h.Window(m.now, 0).Requests[0]
		if w.Total.Count != n || math.Abs(w.Total.Latency.Sum()-sum) > 1e-6*sum {
			t.Fatalf("seed %d: in all got %d requests of %g s, want %d of %g", seed, w.Total.Count, w.Total.Latency.Sum(), n, sum)
		}
		if got, want := w.Total.Latency.Quantile(0.95), lat.Quantile(0.95); math.Abs(got-want) > 1e-5*want {
			t.Errorf("seed %d: got P95 %g, want %g", seed, got, want)
		}
		for _, d := range []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour, 20 * time.Hour} {
			checkWindow(t, fmt.Sprintf("seed %d, last %s", seed, d), h, m, d)
		}
	}
}

// checkWindow compares on whole minutes, which no cell crosses.
func checkWindow(t *testing.T, name string, h *History, m *model, d time.Duration) {
	t.Helper()
	n, sum, _ := m.in(m.now.Add(-d), m.now, nil)
	w := h.Window(m.now, d).Requests[0]
	if w.Total.Count != n {
		t.Errorf("%s: window: got %d requests, want %d", name, w.Total.Count, n)
	}
	for _, g := range w.Routes {
		if want, _, _ := m.in(m.now.Add(-d), m.now, &g.Route); g.Count != want {
			t.Errorf("%s: %s: got %d requests, want %d", name, g.Route, g.Count, want)
		}
	}
	if got := rateSum(h, m.now, d); math.Abs(got-float64(n)) > 1e-6*float64(n)+1e-9 {
		t.Errorf("%s: series: got %g requests, want %d", name, got, n)
	}
	if heat := heatSum(h, Route{}, m.now, d); heat != n {
		t.Errorf("%s: heat: got %d requests, want %d", name, heat, n)
	}
	for _, g := range w.Routes {
		if heat := heatSum(h, g.Route, m.now, d); heat != g.Count {
			t.Errorf("%s: heat of %s: got %d requests, want %d", name, g.Route, heat, g.Count)
		}
	}
	counted, total := uint64(0), 0.0
	for _, b := range h.Buckets(Route{}, "", m.now.Add(-d), m.now) {
		counted, total = counted+b.Latency.Count(), total+b.Latency.Sum()
	}
	if counted != n || math.Abs(total-sum) > 1e-6*sum {
		t.Errorf("%s: buckets: got %d requests of %g s, want %d of %g", name, counted, total, n, sum)
	}
}

// heatSum is how many requests a heatmap has.
func heatSum(h *History, r Route, end time.Time, d time.Duration) (sum uint64) {
	for _, column := range h.Heat(r, end, d, int(d/time.Minute), []float64{0.01, 0.1}) {
		for _, c := range column {
			sum += c
		}
	}
	return sum
}

// rateSum adds up a series of rates over the minutes that are covered.
func rateSum(h *History, end time.Time, d time.Duration) (sum float64) {
	n := int(d / time.Minute)
	for i, v := range h.Series(Metric{Name: MetricRequestRate}, end, d, n) {
		from := end.Add(-d).Add(time.Duration(i) * time.Minute)
		if !math.IsNaN(v) {
			sum += v * overlap(seconds(from), seconds(from)+60, float64(h.requests[0].first), math.Inf(1))
		}
	}
	return sum
}

func TestQuantilesOfASeriesAreThoseOfItsMinutes(t *testing.T) {
	h, m := story(3, 2500)
	p95 := h.Series(Metric{Name: MetricP95}, m.now, 3*time.Hour, 180)
	for i, got := range p95 {
		from := m.now.Add(time.Duration(i-180) * time.Minute)
		_, _, lat := m.in(from, from.Add(time.Minute), nil)
		if want := lat.Quantile(0.95); !same(got, want) && math.Abs(got-want) > 1e-5*want {
			t.Errorf("minute %d: got P95 %g, want %g", i, got, want)
		}
	}
}

func TestRowsWithBrokenClocksAreCountedButStretchNothing(t *testing.T) {
	h := NewHistory(0)
	live(h, noon, 120, 1, 0.1)
	for _, at := range []time.Time{time.Unix(-1e9, 0), time.Unix(0, 0), after(365 * 24 * time.Hour)} {
		h.Put(requestsAt(after(122*time.Second), bucket(at, time.Second, orders, 9)))
	}
	w := h.Window(after(122*time.Second), 0).Requests[0]
	if w.Total.Count != 123 || w.Seconds > 300 {
		t.Errorf("got %d requests in %g s, want all 123, in about 120", w.Total.Count, w.Seconds)
	}
	if got := h.Window(after(122*time.Second), time.Minute).Requests[0].Total.Latency.Max(); got > 1 {
		t.Errorf("a row of another year shows in the last minute: maximum %g s", got)
	}
}

func TestAWindowOfThePastIsMergedOnceUntilThePastChanges(t *testing.T) {
	h := NewHistory(0)
	live(h, noon, 300, 2, 0.1)
	at, d := after(2*time.Minute), time.Minute
	first := h.Window(at, d).Requests[0]
	live(h, after(300*time.Second), 5, 2, 0.1)
	if again := h.Window(at, d).Requests[0]; again.Total.Latency != first.Total.Latency {
		t.Errorf("the past was merged anew though only the present changed")
	}
	h.Put(requestsAt(after(306*time.Second), bucket(after(100*time.Second), time.Second, orders, 0.1)))
	if got := h.Window(at, d).Requests[0].Total.Count; got != first.Total.Count+1 {
		t.Errorf("after a late row got %d requests, want %d", got, first.Total.Count+1)
	}
}

func manyRoutes(n int, start time.Time, width time.Duration, r *rand.Rand) RequestBucket {
	b := RequestBucket{Start: start, Width: width}
	for i := range n {
		g := groupOf(math.Exp(r.NormFloat64()-4)*(1+float64(n-i)/100), 0.01)
		b.Routes = append(b.Routes, RouteGroup{Route{"GET", fmt.Sprintf("/some/longer/path/of/a/route/%d/{id}", i)}, g})
		b.Total.Count += g.Count
		b.Total.StatusCount += g.StatusCount
		if b.Total.Latency == nil {
			b.Total.Latency = &stat.Sketch{}
		}
		b.Total.Latency.Merge(g.Latency)
	}
	return b
}

func TestFiveThousandRoutesStayInTheBudget(t *testing.T) {
	const budget, routes = 2 << 20, 5000
	r, h := rand.New(rand.NewPCG(1, 1)), NewHistory(budget)
	total := uint64(0)
	put := func(at, start time.Time, width time.Duration) {
		b := manyRoutes(routes, start, width, r)
		total += b.Total.Count
		h.Put(requestsAt(at, b))
		if got := h.Bytes(); got > budget {
			t.Fatalf("%d bytes are held, the budget is %d", got, budget)
		}
		if got, part := h.requests[0].size(), int(requestPart*budget); got > part {
			t.Fatalf("requests hold %d bytes, their part is %d", got, part)
		}
	}
	for m := range 30 { // the past, newest first
		put(noon, after(-time.Duration(m+1)*time.Minute), time.Minute)
	}
	for s := range 30 {
		put(after(time.Duration(s+1)*time.Second), after(time.Duration(s)*time.Second), time.Second)
	}
	w := h.Window(after(30*time.Second), 0).Requests[0]
	if w.Total.Count != total {
		t.Errorf("got %d requests in all, want %d: totals must survive the budget", w.Total.Count, total)
	}
	if len(w.Routes) == 0 || len(w.Routes) > namesKept || w.Other.Count == 0 {
		t.Errorf("got %d routes by name and %d other requests, want at most %d and the rest", len(w.Routes), w.Other.Count, namesKept)
	}
	named := w.Other.Count
	for _, g := range w.Routes {
		named += g.Count
	}
	if named != total {
		t.Errorf("named and other routes have %d requests, want %d", named, total)
	}
}

func TestTheHeaviestRoutesKeepTheirNames(t *testing.T) {
	h, r := NewHistory(0), rand.New(rand.NewPCG(1, 1))
	for s := range 30 {
		b := manyRoutes(1000, after(time.Duration(s)*time.Second), time.Second, r)
		g := groupOf(30)
		b.Routes = append(b.Routes, RouteGroup{orders, g})
		b.Total.Count++
		h.Put(requestsAt(after(time.Duration(s+1)*time.Second), b))
	}
	w := h.Window(after(35*time.Second), 0).Requests[0]
	if w.Routes[0].Route != orders || w.Routes[0].Count != 30 {
		t.Errorf("got %s with %d requests first, want the slow route with all 30", w.Routes[0].Route, w.Routes[0].Count)
	}
}

func TestFiveThousandStatementsStayInTheBudget(t *testing.T) {
	const budget = 4 << 20
	h := NewHistory(budget)
	for s := range 40 {
		sec := &Statements{At: after(time.Duration(s) * time.Second), Interval: time.Second, Source: StatementSource{Kind: "query log", Live: true}}
		for i := range 5000 {
			text := fmt.Sprintf("SELECT column_%d, another, and_one_more FROM a_table WHERE id_%d = ?", i, i)
			sec.Rows = append(sec.Rows, StatementGroup{Fingerprint: fmt.Sprintf("%016x", i+s*1000), Text: text, Calls: 1, Latency: groupOf(0.01).Latency})
		}
		h.Put(Sample{Time: sec.At, Sections: []Section{sec}})
		if got, part := h.statements[0].size(), int(statementPart*budget); got > part {
			t.Fatalf("statements hold %d bytes, their part is %d", got, part)
		}
	}
	ws := h.Window(after(40*time.Second), 0).Statements
	calls := uint64(0)
	for _, w := range ws {
		calls += w.Calls
	}
	if calls != 40*5000 || len(ws) > namesKept+1 || len(h.statements[0].meta) > 5000 {
		t.Errorf("got %d calls of %d statements, %d texts; want all calls, 200 names and other, few texts", calls, len(ws), len(h.statements[0].meta))
	}
}

// busy is a history as a day of a real server leaves it.
func busy(tb testing.TB) *History {
	tb.Helper()
	r, h := rand.New(rand.NewPCG(1, 1)), NewHistory(0)
	for m := range 24*60 - 10 {
		h.Put(requestsAt(noon, manyRoutes(20, after(-time.Duration(m+1)*time.Minute), time.Minute, r)))
	}
	for s := range 600 {
		h.Put(requestsAt(after(time.Duration(s+1)*time.Second), manyRoutes(20, after(time.Duration(s)*time.Second), time.Second, r)))
	}
	tb.Logf("a day of 20 routes: %d kB", h.Bytes()/1000)
	return h
}

func BenchmarkPut(b *testing.B) {
	h, r := busy(b), rand.New(rand.NewPCG(1, 1))
	bucket := manyRoutes(20, after(600*time.Second), time.Second, r)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		bucket.Start = after(time.Duration(600+n) * time.Second)
		h.Put(requestsAt(bucket.Start.Add(time.Second), bucket))
	}
}

func BenchmarkWindow(b *testing.B) {
	h := busy(b)
	for _, d := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour, 0} {
		b.Run(d.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Window(after(600*time.Second), d)
			}
		})
	}
}

func BenchmarkSeries(b *testing.B) {
	h := busy(b)
	for _, d := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
		b.Run(d.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Series(Metric{Name: MetricP95}, after(600*time.Second), d, 120)
			}
		})
	}
}
