package collectors

import (
	"testing"
	"time"

	"mltop/internal/db"
)

func TestCountersStandBesideTheirMean(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	stats := func(seconds int, deadlocks float64, since time.Time) db.Stats {
		return db.Stats{At: at.Add(time.Duration(seconds) * time.Second), Since: since, Queries: &deadlocks, Counters: []db.Counter{
			{Name: "deadlocks", Value: deadlocks}, {Name: "connected", Value: 7, Gauge: true},
		}}
	}
	old := at.Add(-1000 * time.Second)
	for _, row := range []struct {
		name          string
		before        *db.Stats
		now           db.Stats
		nowIs, meanIs float64 // -1: not known
	}{
		{"the first look knows the mean alone", nil, stats(0, 500, old), -1, 0.5},
		{"ten a second, twenty times the mean", ptrTo(stats(-1, 490, old)), stats(0, 500, old), 10, 0.5},
		{"a server that began anew", ptrTo(stats(-1, 490, old)), stats(0, 5, at.Add(-time.Second)), -1, 5},
		{"nobody knows since when", ptrTo(stats(-1, 490, old)), stats(0, 500, time.Time{}), 10, -1},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, c := range counterRates(row.before, row.now) {
				want := [2]float64{row.nowIs, row.meanIs}
				if c.Gauge {
					want = [2]float64{-1, -1}
				}
				if got := [2]float64{orMinus1(c.Now), orMinus1(c.Mean)}; got != want {
					t.Errorf("%s: got now and mean %v, want %v", c.Name, got, want)
				}
			}
		})
	}
	if got := counterRates(nil, db.Stats{Queries: new(float64)}); got != nil {
		t.Errorf("a file counts nothing of its own: got %v", got)
	}
}

func ptrTo[T any](v T) *T { return &v }

func orMinus1(p *float64) float64 {
	if p == nil {
		return -1
	}
	return *p
}
