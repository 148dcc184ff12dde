package main

import "mltop/internal/wire"

// benchLooks are the looks at a target: each one at first. When there are too
// many, two and two become their mean, so that a test of any length takes the
// same memory.
type benchLooks struct {
	list  []benchLook
	taken int // all that were put in
	each  int // looks that one of the list stands for, but the last one, which may get more
	last  int // that the last one stands for
}

// mostBenchLooks as many as the stretches of a test's own series.
const mostBenchLooks = 600

func (l *benchLooks) add(look benchLook) {
	l.taken++
	l.each = max(l.each, 1)
	if n := len(l.list); n > 0 && l.last < l.each {
		l.last++
		l.list[n-1].BenchTargetSecond = meanOf(l.list[n-1].BenchTargetSecond, look.BenchTargetSecond, 1/float64(l.last))
		return
	}
	if len(l.list) == mostBenchLooks {
		l.halve()
	}
	l.list, l.last = append(l.list, look), 1
}

// halve puts two and two looks together.
func (l *benchLooks) halve() {
	for i := range mostBenchLooks / 2 {
		a, b := l.list[2*i], l.list[2*i+1]
		a.BenchTargetSecond = meanOf(a.BenchTargetSecond, b.BenchTargetSecond, 0.5)
		l.list[i] = a
	}
	l.list, l.each = l.list[:mostBenchLooks/2], 2*l.each
}

// meanOf is the mean of two, of which b has a share; what only one of them
// knows is that one's. Neither is changed: they may have been handed out.
func meanOf(a, b wire.BenchTargetSecond, share float64) wire.BenchTargetSecond {
	into, from := gauges(&a), gauges(&b)
	for i, p := range into {
		switch v := *from[i]; {
		case *p == nil:
			*p = v
		case v != nil:
			mean := **p*(1-share) + *v*share
			*p = &mean
		}
	}
	return a
}

// gauges are all that was measured.
func gauges(s *wire.BenchTargetSecond) []**float64 {
	return []**float64{&s.CPU, &s.Memory, &s.DiskRead, &s.DiskWrite, &s.DiskBusy, &s.Queries, &s.QueryMean, &s.Pool, &s.Waiting}
}
