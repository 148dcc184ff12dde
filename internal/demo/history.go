package demo

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// A logged request is a row of the request log before it is one.
type logged struct {
	at     time.Time
	call   call
	took   time.Duration // handler time, with its wait for the connection
	status int
	size   int
	port   int
}

// A past is what the history is made of. The same past makes the same rows.
type past struct {
	seed  int64
	end   time.Time // the history covers the HistorySpan before
	cliff time.Time
	costs calibration
	sizes sizes
	// connections is how many calls are answered at once.
	connections int
}

// cliffBefore is the full minute of the cliff in a history that ends at end.
func cliffBefore(end time.Time) time.Time {
	return end.Add(-cliffAge).Truncate(time.Minute)
}

const (
	minutes = int(HistorySpan / time.Minute)
	// Until steadyMinutes ago the load grew to what it is now, by a factor of
	// e in rampMinutes.
	steadyMinutes, rampMinutes = 20, 18
)

// perMinute spreads exactly n rows over the minutes of the history, oldest
// first: steady at live rows a minute of late, a day's wave before that.
func perMinute(n int, live float64) []int {
	fixed, wave := make([]float64, minutes), make([]float64, minutes)
	var sumFixed, sumWave float64
	for m := range minutes {
		age := float64(minutes - 1 - m)
		fixed[m] = live * math.Exp(-max(age-steadyMinutes, 0)/rampMinutes)
		wave[m] = 1 + 0.5*math.Cos(2*math.Pi*age/float64(minutes))
		if age <= steadyMinutes {
			wave[m] = 0
		}
		sumFixed += fixed[m]
		sumWave += wave[m]
	}
	rows, carry := make([]int, minutes), 0.0
	for m := range rows {
		carry += fixed[m] + wave[m]*(float64(n)-sumFixed)/sumWave
		rows[m] = int(carry + 0.5)
		carry -= float64(rows[m])
	}
	return rows
}

// each calls yield for every row of the history, oldest first. The latencies
// come from the shop's own model: calls arrive as the client sends them, and
// wait for a connection, in order, each as long as the calibration says.
func (p past) each(yield func(logged)) {
	visitors := newVisitors(uint64(p.seed), p.sizes)
	rng := rand.New(rand.NewPCG(uint64(p.seed), 1))
	calls := 0.0
	for _, n := range callsPerView() {
		calls += n
	}
	start := p.end.Add(-HistorySpan)
	free := make([]time.Time, max(p.connections, 1))
	for m, n := range perMinute(HistoryRows, p.costs.views()*calls*60) {
		minute := start.Add(time.Duration(m) * time.Minute)
		for _, row := range arrivals(visitors, rng, minute, n) {
			next := soonest(free)
			free[next] = p.serve(&row, free[next], rng)
			yield(row)
		}
	}
}

// arrivals draws page views of n calls in all within one minute, in the order
// of their times.
func arrivals(v *visitors, rng *rand.Rand, minute time.Time, n int) []logged {
	rows := make([]logged, 0, n)
	var calls []call
	var views []int // rows of each
	for len(rows) < n {
		calls = v.view(calls[:0])
		calls = calls[:min(len(calls), n-len(rows))]
		port := 32768 + rng.IntN(28000)
		for _, c := range calls {
			rows = append(rows, logged{call: c, port: port})
		}
		views = append(views, len(calls))
	}
	at := 0
	for i, offset := range offsets(rng, len(views)) {
		for end := at + views[i]; at < end; at++ {
			rows[at].at = minute.Add(offset)
		}
	}
	return rows
}

// offsets draws n instants of a minute and sorts them.
func offsets(rng *rand.Rand, n int) []time.Duration {
	drawn := make([]time.Duration, n)
	for i := range drawn {
		drawn[i] = time.Duration(rng.Int64N(int64(time.Minute)))
	}
	slices.Sort(drawn)
	return drawn
}

// soonest is the place of the earliest time.
func soonest(times []time.Time) int {
	best := 0
	for i, t := range times {
		if t.Before(times[best]) {
			best = i
		}
	}
	return best
}

// serve completes a row that finds the connection taken until free, and
// answers until when it takes it itself.
func (p past) serve(row *logged, free time.Time, rng *rand.Rand) time.Time {
	begin := row.at
	if free.After(begin) {
		begin = free
	}
	end := begin.Add(p.service(row, rng))
	row.took = end.Sub(row.at)
	return end.Add(p.costs.commit)
}

// service draws how long the connection works for a row, and sets what it
// answers.
func (p past) service(row *logged, rng *rand.Rand) time.Duration {
	costs := p.costs.before
	if !row.at.Before(p.cliff) {
		costs = p.costs.now
	}
	row.status, row.size = http.StatusOK, 300+rng.IntN(900)
	took := costs[row.call.route]
	switch {
	case row.call.route == routeCheckout:
		row.status, row.size = http.StatusCreated, 12
	case row.call.route == routeOrder && row.call.id > p.sizes.orders:
		row.status, row.size = http.StatusNotFound, 22
		took = costs[routeCustomerOrders]
	}
	// A tenth of scatter, and now and then a page that is not in memory.
	scatter := 0.95 + 0.1*rng.Float64()
	if rng.IntN(100) == 0 {
		scatter *= 1.5
	}
	return time.Duration(float64(took) * scatter)
}
