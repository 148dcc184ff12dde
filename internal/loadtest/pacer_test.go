package loadtest

import (
	"testing"
	"time"
)

func TestRequestsAreDueAsTheStagesSay(t *testing.T) {
	sec := time.Second
	for _, c := range []struct {
		name   string
		stages []Stage
		total  uint64
		n      uint64
		want   time.Duration
	}{
		{"the first is due at once", []Stage{{5 * sec, 1000, 1000}}, 5000, 0, 0},
		{"a steady rate spaces evenly", []Stage{{5 * sec, 1000, 1000}}, 5000, 2500, 2500 * time.Millisecond},
		{"the last is due before the end", []Stage{{5 * sec, 1000, 1000}}, 5000, 4999, 4999 * time.Millisecond},
		{"half of a ramp's requests are due after 1/√2 of it", []Stage{{10 * sec, 0, 100}}, 500, 250, 7071067811},
		{"a ramp downwards begins at its top", []Stage{{10 * sec, 100, 0}}, 500, 375, 5 * sec},
		{"a spike after a hold", []Stage{{sec, 10, 10}, {sec, 1000, 1000}}, 1010, 510, 1500 * time.Millisecond},
		{"nothing is due in a pause", []Stage{{sec, 10, 10}, {sec, 0, 0}, {sec, 10, 10}}, 20, 10, 2 * sec},
		{"a rate below one a second", []Stage{{10 * sec, 0.25, 0.25}}, 3, 2, 8 * sec},
		{"a rate that does not divide the second", []Stage{{3 * sec, 1.0 / 3, 1.0 / 3}}, 1, 0, 0},
	} {
		p := NewPacer(c.stages)
		if got := p.Total(); got != c.total {
			t.Errorf("%s: got %d requests, want %d", c.name, got, c.total)
		}
		got, ok := p.Due(c.n)
		if !ok || (got-c.want).Abs() > time.Microsecond {
			t.Errorf("%s: request %d is due at %v (%v), want %v", c.name, c.n, got, ok, c.want)
		}
		if _, ok := p.Due(c.total); ok {
			t.Errorf("%s: a request is due after the last", c.name)
		}
	}
}

func TestDueNeverGoesBack(t *testing.T) {
	p := NewPacer([]Stage{{time.Second, 0, 900}, {time.Second, 900, 30}, {time.Second, 0, 0}, {2 * time.Second, 30, 777}})
	last := time.Duration(-1)
	for n := range p.Total() {
		at, ok := p.Due(n)
		if !ok || at < last || at > 5*time.Second {
			t.Fatalf("request %d is due at %v (%v) after %v", n, at, ok, last)
		}
		last = at
	}
}

func TestUsersComeAndGoWithTheStages(t *testing.T) {
	stages := []Stage{{10 * time.Second, 0, 10}, {5 * time.Second, 10, 10}, {5 * time.Second, 2, 2}, {5 * time.Second, 2, 12}}
	for _, c := range []struct {
		name string
		user float64
		at   time.Duration
		want time.Duration
		ok   bool
	}{
		{"the first user is wanted almost at once", 0, 0, 0, true},
		{"the sixth in the middle of the ramp", 5, 0, 5 * time.Second, true},
		{"who is wanted now does not wait", 5, 7 * time.Second, 7 * time.Second, true},
		{"who is sent away in the third stage comes back in the fourth", 5, 16 * time.Second, 21500 * time.Millisecond, true},
		{"who is above every level never comes", 12, 0, 0, false},
		{"after the end nobody is wanted", 0, 25 * time.Second, 0, false},
	} {
		got, ok := rises(stages, c.at, c.user)
		if ok != c.ok || ok && (got-c.want).Abs() > time.Millisecond {
			t.Errorf("%s: got %v %v, want %v %v", c.name, got, ok, c.want, c.ok)
		}
	}
}
