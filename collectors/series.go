package collectors

import (
	"math"
	"time"

	"mltop/internal/stat"
)

// A bin is one point of a series before it is a number.
type bin struct {
	n       [4]float64
	sum     float64 // of latencies
	timed   float64 // how many they are
	lat     stat.Sketch
	seconds float64 // covered
}

// bins cuts (end-d, end] into n spans, on multiples of their width so that a
// chart does not waver as it slides, and adds up what one id did in each. A
// cell that lies across spans is shared out by overlap.
func (s *stream[K]) bins(id uint32, from, width float64, n int) []bin {
	bs := make([]bin, n)
	for i := range bs {
		lo := from + float64(i)*width
		bs[i].seconds = overlap(lo, lo+width, float64(max(s.first, s.lost)), float64(s.settled))
	}
	to := min(from+width*float64(n), float64(s.settled))
	var t tally
	s.walk(from-60, to+60, func(start, w int64, data []byte) {
		if start >= s.settled {
			return
		}
		t.reset()
		if findPacked(data, id, &t) {
			spread(bs, from, width, float64(start), float64(w), &t)
		}
	})
	return bs
}

func overlap(a1, a2, b1, b2 float64) float64 { return max(0, min(a2, b2)-max(a1, b1)) }

func spread(bs []bin, from, width, start, w float64, t *tally) {
	first := int(math.Floor((start - from) / width))
	last := int(math.Ceil((start+w-from)/width)) - 1
	middle := int(math.Floor((start + w/2 - from) / width))
	for i := max(0, first); i <= min(last, len(bs)-1); i++ {
		lo := from + float64(i)*width
		bs[i].add(t, overlap(lo, lo+width, start, start+w)/w, i == middle || w > width)
	}
}

func (b *bin) add(t *tally, part float64, whole bool) {
	for i := range b.n {
		b.n[i] += part * float64(t.n[i])
	}
	b.sum += part * t.lat.Sum()
	b.timed += part * float64(t.lat.Count())
	if whole {
		b.lat.Merge(&t.lat)
	}
}

func (b *bin) rate() float64 {
	if b.seconds <= 0 {
		return math.NaN()
	}
	return b.n[0] / b.seconds
}

func (b *bin) mean() float64 { return b.sum / b.timed } // 0/0 is NaN: a gap

func (b *bin) concurrency() float64 {
	if b.n[0] == 0 {
		return b.rate()
	}
	return b.rate() * b.mean()
}

// value reads a metric of requests, or of statements, off a bin; false if it
// is neither.
func (b *bin) value(m MetricName) (v float64, ok bool) {
	switch m {
	case MetricRequestRate, MetricStatementRate, MetricQueryRate:
		return b.rate(), true
	case MetricMean, MetricStatementMean, MetricMeanQuery:
		return b.mean(), true
	case MetricStatementTime:
		return b.sum / b.seconds, true
	case MetricP50:
		return b.lat.Quantile(0.50), true
	case MetricP95, MetricStatementP95:
		return b.lat.Quantile(0.95), true
	case MetricP99:
		return b.lat.Quantile(0.99), true
	case MetricMax:
		return b.lat.Max(), true
	case MetricErrorRatio:
		return (b.n[2] + b.n[3]) / b.n[1], true
	case MetricClientErrors:
		return b.n[2] / b.n[1], true
	case MetricServerErrors:
		return b.n[3] / b.n[1], true
	case MetricConcurrency:
		return b.concurrency(), true
	}
	return math.NaN(), false
}

// Series answers n points of one metric over (end-d, end], oldest first; NaN
// is a gap. The seconds that are still filling are not drawn. Points begin on
// multiples of their width, so that a chart does not waver as it slides: the
// newest one reaches over end and holds what there is of it.
func (h *History) Series(m Metric, end time.Time, d time.Duration, n int) []float64 {
	if n <= 0 || d <= 0 {
		return nil
	}
	width := d.Seconds() / float64(n)
	from := (math.Ceil(seconds(end)/width) - float64(n)) * width
	if g := h.gauges.byKey[gaugeKey{m.Name, m.Device}]; g != nil {
		return h.gaugeSeries(g, from, width, seconds(end), n)
	}
	bs := h.binsOf(m, from, width, n)
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
		if i < len(bs) {
			out[i], _ = bs[i].value(m.Name)
		}
	}
	return out
}

func (h *History) gaugeSeries(g *gauge, from, width, end float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		lo := from + float64(i)*width
		out[i], _ = g.merge(lo, min(lo+width, math.Floor(end)+1), h.now)
	}
	return out
}

// binsOf finds the stream that a metric is about: the first source of
// requests, or all live statements.
func (h *History) binsOf(m Metric, from, width float64, n int) []bin {
	switch m.Name {
	case MetricStatementRate, MetricStatementMean, MetricStatementTime, MetricStatementP95, MetricQueryRate, MetricMeanQuery:
		return h.statementBins(m.Fingerprint, from, width, n)
	}
	if len(h.requests) == 0 {
		return nil
	}
	r := h.requests[0]
	id, ok := uint32(idTotal), true
	if m.Route != (Route{}) {
		id, ok = r.names.ids[m.Route]
	}
	if !ok {
		return nil
	}
	return r.bins(id, from, width, n)
}

func (h *History) statementBins(fingerprint string, from, width float64, n int) []bin {
	var all []bin
	for _, s := range h.statements {
		id, ok := uint32(idTotal), s.source.Live
		if fingerprint != "" {
			id, ok = s.names.ids[fingerprint]
		}
		if ok {
			all = addBins(all, s.bins(id, from, width, n))
		}
	}
	return all
}

// addBins adds up bins of sources that each see a part of the calls.
func addBins(a, b []bin) []bin {
	if a == nil {
		return b
	}
	for i := range a {
		for j := range a[i].n {
			a[i].n[j] += b[i].n[j]
		}
		a[i].sum += b[i].sum
		a[i].timed += b[i].timed
		a[i].lat.Merge(&b[i].lat)
		a[i].seconds = max(a[i].seconds, b[i].seconds)
	}
	return a
}

// Mean is the mean of a gauge in (end-d, end]; NaN for what is not one.
func (h *History) Mean(m Metric, end time.Time, d time.Duration) float64 {
	g := h.gauges.byKey[gaugeKey{m.Name, m.Device}]
	if g == nil {
		return math.NaN()
	}
	mean, _ := g.merge(math.Floor(seconds(end.Add(-d)))+1, math.Floor(seconds(end))+1, h.now)
	return mean
}

// UpstreamMean is the mean time of the answers of a server behind a gateway;
// NaN without one.
func (h *History) UpstreamMean(url string, end time.Time, d time.Duration) float64 {
	rate := h.Mean(Metric{Name: MetricUpstreamRate, Device: url}, end, d)
	return h.Mean(Metric{Name: MetricUpstreamTime, Device: url}, end, d) / rate
}

// Peak is the largest value that a gauge had in (end-d, end], where Series
// shows means; NaN for what is not a gauge.
func (h *History) Peak(m Metric, end time.Time, d time.Duration) float64 {
	g := h.gauges.byKey[gaugeKey{m.Name, m.Device}]
	if g == nil {
		return math.NaN()
	}
	_, peak := g.merge(seconds(end.Add(-d)), seconds(end), h.now)
	return peak
}

// Heat answers counts of requests, of one route or of all when r is zero, by
// n spans of time (columns, oldest first)
// and bands of latency (rows, bounds in seconds, rising; the last band is
// open): heat[column][row]. Columns begin where the points of Series do.
func (h *History) Heat(r Route, end time.Time, d time.Duration, n int, bounds []float64) [][]uint64 {
	if n <= 0 || d <= 0 {
		return nil
	}
	heat := make([][]uint64, n)
	for i := range heat {
		heat[i] = make([]uint64, len(bounds)+1)
	}
	if len(h.requests) > 0 {
		s := h.requests[0]
		if id, ok := s.heatID(r); ok {
			s.heat(id, heat, seconds(end), d.Seconds(), bounds)
		}
	}
	return heat
}

// heatID is under which name a route's times are kept.
func (r *requestStream) heatID(route Route) (id uint32, ok bool) {
	if route == (Route{}) {
		return idTotal, true
	}
	id, ok = r.names.ids[route]
	return id, ok
}

func (r *requestStream) heat(id uint32, heat [][]uint64, end, d float64, bounds []float64) {
	width := d / float64(len(heat))
	from := (math.Ceil(end/width) - float64(len(heat))) * width
	r.walk(from, min(from+d, float64(r.settled)), func(start, w int64, data []byte) {
		var t tally
		findPacked(data, id, &t)
		first := int(math.Floor((float64(start) + min(width, float64(w))/2 - from) / width))
		columns := max(1, int(math.Round(float64(w)/width)))
		t.lat.Each(func(v float64, n uint64) { pour(heat, first, columns, band(bounds, v), n) })
	})
}

// band is where a value of a sketch belongs, which knows it to 1 %: what a log
// of whole milliseconds calls 2 ms is not above a bound of 2 ms.
func band(bounds []float64, v float64) int {
	i := 0
	for i < len(bounds) && v > 1.01*bounds[i] {
		i++
	}
	return i
}

// pour shares n out among the columns from first on; the first get what does
// not divide, and those off the edge their part too, at the edge.
func pour(heat [][]uint64, first, columns, row int, n uint64) {
	each, extra := n/uint64(columns), n%uint64(columns)
	for i := range columns {
		c := min(max(first+i, 0), len(heat)-1)
		heat[c][row] += each
		if uint64(i) < extra {
			heat[c][row]++
		}
	}
}
