package gateway

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// A scale is what the weights of one upstream are made from.
type scale struct {
	weighing
	usage Usage // of the look before
	past  []served
	fresh bool // something was measured of late
	text  string
}

// served is what an upstream had answered at a time.
type served struct {
	at          time.Time
	answered    uint64
	nanoseconds uint64
}

// weigh looks at the upstreams again and again, and follows with their
// weights.
func (g *Gateway) weigh() {
	scales := map[*upstream]*scale{}
	for {
		s := g.setup.Load()
		if s.cfg.Weights.On {
			g.weighAll(s, scales, g.usages(s, s.cfg.Weights.Interval), time.Now())
		}
		select {
		case <-g.background.Done():
			return
		case <-time.After(s.cfg.Weights.Interval):
		}
	}
}

// weighAll is one look at all upstreams: what each has used is given, as the
// time is.
func (g *Gateway) weighAll(s *setup, scales map[*upstream]*scale, usages []Usage, now time.Time) {
	rule := s.cfg.Weights
	for i, u := range s.all {
		if scales[u] == nil {
			scales[u] = &scale{weighing: weighing{smooth: unmeasured(), factor: 1}}
		}
		sc := scales[u]
		sc.fresh = sc.take(sc.load(u, usages[i], now, rule.Window), now, rule)
	}
	ws := make([]*weighing, len(s.all))
	for i, u := range s.all {
		sc := scales[u]
		sc.text = weigh1(&sc.weighing, sc.fresh, s.usualBeside(u, scales), rule)
		ws[i] = &sc.weighing
	}
	open := failOpen(ws, rule)
	for _, u := range s.all {
		g.setFactor(u, scales[u], open)
	}
	for u := range scales {
		if u.gone.Load() {
			delete(scales, u)
		}
	}
}

// usualBeside is what answers usually take on the routes of an upstream: the
// least, where they differ.
func (s *setup) usualBeside(u *upstream, scales map[*upstream]*scale) float64 {
	usual := math.NaN()
	for _, r := range s.routes {
		if !slices.Contains(r.members, u) {
			continue
		}
		var times []float64
		for _, m := range r.members {
			times = append(times, scales[m].smooth.ResponseTime)
		}
		if t := usualOf(times); math.IsNaN(usual) || t < usual {
			usual = t
		}
	}
	return usual
}

// noticeable is a change of a factor that is worth an event.
const noticeable = 0.1

// ofWeight is what a factor is one of.
const ofWeight = "configured weight "

func (g *Gateway) setFactor(u *upstream, sc *scale, open bool) {
	factor, text := sc.factor, ofWeight+sc.text
	if open {
		factor, text = 1, ofWeight+"× 1.00: all upstreams are at the floor, so none is spared: "+sc.text
	}
	u.mu.Lock()
	old := u.factor
	u.factor, u.why = factor, text
	told := math.Abs(factor-u.told) >= noticeable
	if told {
		u.told = factor
	}
	u.mu.Unlock()
	if told && old != factor {
		g.events.add(u, text)
	}
}

// load is what is seen of an upstream now.
func (sc *scale) load(u *upstream, usage Usage, now time.Time, window time.Duration) Load {
	l := Load{CPU: math.NaN(), Memory: usage.Memory}
	if !usage.At.IsZero() {
		l.At = usage.At
		if sc.usage.CPU <= usage.CPU && usage.At.After(sc.usage.At) && !sc.usage.At.IsZero() {
			l.CPU = (usage.CPU - sc.usage.CPU) / usage.At.Sub(sc.usage.At).Seconds() / cores()
		}
		sc.usage = usage
	}
	answered, nanoseconds := u.answers()
	sc.past = append(sc.past, served{now, answered, nanoseconds})
	for len(sc.past) > 1 && now.Sub(sc.past[0].at) > window {
		sc.past = sc.past[1:]
	}
	first, last := sc.past[0], sc.past[len(sc.past)-1]
	l.ResponseTime = math.NaN()
	if n := last.answered - first.answered; n > 0 {
		l.ResponseTime = float64(last.nanoseconds-first.nanoseconds) / 1e9 / float64(n)
		l.At = now
	}
	return l
}

// A Usage is what a process has used so far.
type Usage struct {
	At     time.Time // zero: nothing was measured
	CPU    float64   // seconds since it began; NaN: not measured
	Memory float64   // ratio of the machine's; NaN: not measured
}

// usages asks all upstreams at the same time, so that a slow one holds up
// none.
func (g *Gateway) usages(s *setup, timeout time.Duration) []Usage {
	ctx, cancel := context.WithTimeout(g.background, timeout)
	defer cancel()
	out := make([]Usage, len(s.all))
	var wait sync.WaitGroup
	for i, u := range s.all {
		wait.Go(func() {
			usage, err := readUsage(ctx, u)
			if err != nil {
				usage = Usage{CPU: math.NaN(), Memory: math.NaN()}
			}
			u.mu.Lock()
			u.unmeasured = err
			u.mu.Unlock()
			out[i] = usage
		})
	}
	wait.Wait()
	return out
}

// readUsage looks at the process of an upstream, or asks its metrics.
func readUsage(ctx context.Context, u *upstream) (Usage, error) {
	r := u.rule.Load()
	switch {
	case r.PID > 0:
		return processUsage(r.PID)
	case r.Metrics != "":
		return metricsUsage(ctx, u, r)
	}
	return Usage{CPU: math.NaN(), Memory: math.NaN()}, fmt.Errorf("neither a pid nor metrics are given")
}
