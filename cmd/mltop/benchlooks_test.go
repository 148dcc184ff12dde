package main

import (
	"math"
	"reflect"
	"testing"
	"time"

	"mltop/internal/wire"
)

// What is kept of a target has a bound, however long the test: the looks of a
// day are its means over stretches of the same length.
func TestALongTestKeepsSoManyLooksAtItsTarget(t *testing.T) {
	began := time.Unix(1000, 0)
	for _, c := range []struct {
		name            string
		looks, want     int
		stretch, within float64 // seconds
	}{
		{"a minute", 60, 60, 1, 0},
		{"as many as are kept", mostBenchLooks, mostBenchLooks, 1, 0},
		{"one more", mostBenchLooks + 1, mostBenchLooks/2 + 1, 2, .5},
		{"a day", 86_400, 338, 256, 127.5},
	} {
		var l benchLooks
		for i := range c.looks {
			v := float64(i)
			one := wire.BenchTargetSecond{CPU: &v}
			if i%2 == 0 {
				one.Queries = &v
			}
			l.add(benchLook{began.Add(time.Duration(i) * time.Second), one})
		}
		if len(l.list) != c.want || cap(l.list) > 2*mostBenchLooks || l.taken != c.looks {
			t.Errorf("%s: %d kept in room for %d, %d taken; want %d kept", c.name, len(l.list), cap(l.list), l.taken, c.want)
		}
		for i, look := range l.list[:len(l.list)-1] {
			at := look.time.Sub(began).Seconds()
			if at != float64(i)*c.stretch || math.Abs(*look.CPU-(at+c.within)) > 1e-6 {
				t.Fatalf("%s: look %d is of %v s with a mean of %v; want %v s, %v", c.name, i, at, *look.CPU, float64(i)*c.stretch, at+c.within)
			}
			if c.stretch > 1 && look.Queries == nil {
				t.Fatalf("%s: what half of the looks have seen is lost in look %d", c.name, i)
			}
		}
	}
}

func TestEveryGaugeOfATargetIsThinned(t *testing.T) {
	var s wire.BenchTargetSecond
	if got, want := len(gauges(&s)), reflect.TypeFor[wire.BenchTargetSecond]().NumField()-1; got != want {
		t.Errorf("%d gauges, want all %d fields but the time", got, want)
	}
}
