package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// Two measurements that are made one after the other may find the machine at
// another pace: the clock of a processor that others share was seen to halve
// and to double within a second. Neighbours in time share it, so the ratio of
// two that are made in turns holds where their difference does not.
const (
	mostPairs = 5
	fewPairs  = 3
	quickPair = 0.5 // seconds: five of them take no longer than a search may for one doubt
	slowPair  = 2.0 // seconds: one that lasts so long has every pace in it
)

// pairsOf is how many pairs are made of two runs that take so many seconds
// together: an odd number, for its median.
func pairsOf(seconds float64) int {
	switch {
	case seconds <= quickPair:
		return mostPairs
	case seconds <= slowPair:
		return fewPairs
	}
	return 1
}

// pair measures a statement in turns under two configurations, and keeps the
// lowest figure of the first and that figure times the median ratio for the
// second. Only seconds need it: other units are counted.
func (w *whatIf) pair(ctx context.Context, b *bound, without, with db.Config) error {
	without.Add, with.Add = relevant(without.Add, b), relevant(with.Add, b)
	for _, q := range b.queries {
		if err := w.pairOne(ctx, q, without, with); err != nil {
			return err
		}
	}
	return nil
}

func (w *whatIf) pairOne(ctx context.Context, q db.Query, without, with db.Config) error {
	first, firstKey, err := w.known(ctx, q, without)
	if err != nil {
		return err
	}
	second, secondKey, err := w.known(ctx, q, with)
	if err != nil || firstKey == secondKey || first.Unit != db.UnitSeconds {
		return err
	}
	var ratios []float64
	for range pairsOf(first.Value + second.Value) {
		x, y, err := w.turn(ctx, q, without, with)
		if err != nil {
			return err
		}
		if x.AtLeast || y.AtLeast || x.Value <= 0 {
			return nil // one that was cut off is told apart without a clock
		}
		if x.Value < first.Value {
			first = x
		}
		ratios = append(ratios, y.Value/x.Value)
	}
	w.costs[firstKey], w.costs[secondKey] = first, paced(second, first.Value, ratios)
	return nil
}

// turn measures under one configuration and at once under the other.
func (w *whatIf) turn(ctx context.Context, q db.Query, without, with db.Config) (x, y db.Estimate, err error) {
	if x, err = w.ask(ctx, q, without); err != nil {
		return x, y, err
	}
	y, err = w.ask(ctx, q, with)
	return x, y, err
}

// paced is an estimate as the ratios to a base have it: their median, and
// their range without the farthest where there are enough.
func paced(e db.Estimate, base float64, ratios []float64) db.Estimate {
	slices.Sort(ratios)
	n := len(ratios)
	edge := 0
	if n >= mostPairs {
		edge = 1
	}
	e.Value, e.Low, e.High = base*ratios[n/2], base*ratios[edge], base*ratios[n-1-edge]
	return e
}
