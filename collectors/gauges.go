package collectors

import (
	"math"
	"time"
)

// A point is the mean and the largest of the values in one slot of a gauge.
type point struct {
	n, sum, max float32
}

func (p *point) add(v float32) {
	if p.n == 0 {
		p.max = v
	}
	p.n, p.sum, p.max = p.n+1, p.sum+v, max(p.max, v)
}

// pageSlots is how many slots are kept, and thrown away, together.
const pageSlots = 60

// A page is a stretch of slots.
type page struct {
	number int64 // the first slot ÷ pageSlots
	points [pageSlots]point
}

// A gauge is the past of one number, in the widths and spans of the streams'
// tiers: each a ring of pages. A page is made when its time comes, so that a
// day that was not watched takes no room.
type gauge [3][]*page

type gaugeTier struct{ width, span int64 }

// pages is how many hold the span, the newest not being full.
func (t gaugeTier) pages() int64 { return t.span/t.width/pageSlots + 1 }

func gaugeTiers() [3]gaugeTier {
	return [3]gaugeTier{{1, 600}, {10, 3600}, {60, 86400}}
}

func (g *gauge) add(at int64, v float64) {
	for i, t := range gaugeTiers() {
		g.page(i, t, at/t.width/pageSlots).points[at/t.width%pageSlots].add(float32(v))
	}
}

// page answers the page of this number, which takes the place of the oldest.
func (g *gauge) page(i int, t gaugeTier, number int64) *page {
	if g[i] == nil {
		g[i] = make([]*page, t.pages())
	}
	p := &g[i][number%t.pages()]
	if *p == nil || (*p).number != number {
		*p = &page{number: number}
	}
	return *p
}

// at answers a slot's point; nil for one that was never filled or is gone.
func (g *gauge) at(tier int, slot int64) *point {
	if slot < 0 || g[tier] == nil {
		return nil
	}
	number := slot / pageSlots
	p := g[tier][number%int64(len(g[tier]))]
	if p == nil || p.number != number || p.points[slot%pageSlots].n == 0 {
		return nil
	}
	return &p.points[slot%pageSlots]
}

// merge answers the mean and the largest value in [from, to), unix seconds;
// NaN if none. Spans narrower than a slot take the slot they lie in.
func (g *gauge) merge(from, to float64, now int64) (mean, peak float64) {
	i, t := g.tier(from, now)
	first := int64(math.Floor(from / float64(t.width)))
	last := max(first, int64(math.Ceil(to/float64(t.width)))-1)
	n, sum, top := 0.0, 0.0, math.Inf(-1)
	for slot := first; slot <= last; slot++ {
		if p := g.at(i, slot); p != nil {
			n, sum, top = n+1, sum+float64(p.sum/p.n), max(top, float64(p.max))
		}
	}
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	return sum / n, top
}

// tier is the finest that still holds an instant.
func (g *gauge) tier(from float64, now int64) (int, gaugeTier) {
	tiers := gaugeTiers()
	for i, t := range tiers {
		if from > float64(now-t.span) {
			return i, t
		}
	}
	return len(tiers) - 1, tiers[len(tiers)-1]
}

// A gaugeKey names one gauge.
type gaugeKey struct {
	name   MetricName
	device string
}

// gauges holds the numbers of System, Database and Gateway sections.
type gauges struct {
	byKey map[gaugeKey]*gauge
	first int64 // unix seconds; 0: none yet
}

// gaugesKept bounds a host with hundreds of disks; gaugeBytes is what one
// takes when its rings are full.
const (
	gaugesKept = 64
	gaugeBytes = (8+12*pageSlots+8)*(11+7+25) + 128
)

// heldFor is the longest time that one value stands for: what lies further
// back, a suspended laptop, is a gap.
const heldFor = 60

// put sets a value for the time since the section before.
func (gs *gauges) put(k gaugeKey, at time.Time, interval time.Duration, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	g := gs.byKey[k]
	if g == nil {
		if len(gs.byKey) >= gaugesKept {
			return
		}
		if gs.byKey == nil {
			gs.byKey = map[gaugeKey]*gauge{}
		}
		g = &gauge{}
		gs.byKey[k] = g
	}
	to := at.Unix()
	from := max(at.Add(-interval).Unix()+1, to-heldFor+1)
	for s := min(from, to); s <= to; s++ {
		g.add(s, v)
	}
	if gs.first == 0 || from < gs.first {
		gs.first = min(from, to)
	}
}

func (gs *gauges) putSystem(s *System) {
	put := func(m MetricName, device string, v *float64) {
		if v != nil {
			gs.put(gaugeKey{m, device}, s.At, s.Interval, *v)
		}
	}
	put(MetricCPU, "", s.CPURatio)
	put(MetricMemory, "", ratio(float64(s.MemUsed), float64(s.MemTotal)))
	put(MetricDisk, "", sum(s.DiskRead, s.DiskWrite))
	put(MetricDiskRead, "", s.DiskRead)
	put(MetricDiskWrite, "", s.DiskWrite)
	put(MetricNetwork, "", sum(s.NetReceive, s.NetTransmit))
	put(MetricNetReceive, "", s.NetReceive)
	put(MetricNetTransmit, "", s.NetTransmit)
	for _, d := range s.Disks {
		put(MetricDiskRead, d.Name, &d.In)
		put(MetricDiskWrite, d.Name, &d.Out)
		put(MetricDisk, d.Name, sum(&d.In, &d.Out))
	}
	for _, d := range s.Networks {
		put(MetricNetReceive, d.Name, &d.In)
		put(MetricNetTransmit, d.Name, &d.Out)
		put(MetricNetwork, d.Name, sum(&d.In, &d.Out))
	}
}

func (gs *gauges) putDatabase(d *Database) {
	put := func(m MetricName, v *float64) {
		if v != nil {
			gs.put(gaugeKey{m, ""}, d.At, d.Interval, *v)
		}
	}
	put(MetricQueryRate, d.QueriesPerSecond)
	put(MetricMeanQuery, d.MeanQuerySeconds)
	put(MetricPool, d.ConnectionPoolRatio)
	put(MetricCacheHit, d.CacheHitRatio)
	put(MetricCommits, d.CommitsPerSecond)
	put(MetricBusy, d.BusyRatio)
	put(MetricFileBytes, toFloat(d.Stats.FileBytes))
	put(MetricWALBytes, toFloat(d.Stats.WALBytes))
}

func (gs *gauges) putGateway(g *Gateway) {
	put := func(m MetricName, device string, v float64) { gs.put(gaugeKey{m, device}, g.At, g.Interval, v) }
	put(MetricInFlight, "", g.InFlight)
	put(MetricQueued, "", g.Queued)
	if g.HitRatio != nil {
		put(MetricHitRatio, "", *g.HitRatio)
	}
	for _, u := range g.Upstreams {
		put(MetricUpstreamRate, u.URL, u.Answers)
		put(MetricUpstreamTime, u.URL, u.Seconds)
	}
}

func toFloat(n *int64) *float64 {
	if n == nil {
		return nil
	}
	v := float64(*n)
	return &v
}

func sum(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	v := *a + *b
	return &v
}

// ratio is nil when there is nothing to divide by.
func ratio(part, whole float64) *float64 {
	if !(whole > 0) {
		return nil
	}
	v := part / whole
	return &v
}
