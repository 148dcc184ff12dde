package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mltop/internal/export"
	"mltop/internal/loadtest"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// Where a search begins when nobody says it, how long it warms up at each rate,
// how long it is tried, and the rest after it: a queue that one rate left must not be the next one's.
const (
	kneeStart  = 20
	kneeStep   = 5 * time.Second
	kneeWarmup = time.Second
	kneeRest   = 500 * time.Millisecond
)

// findKnee tries rates until the highest that is sustained is known.
func (b *bench) findKnee(ctx context.Context, p *loadtest.Plan) error {
	start := float64(kneeStart)
	if p.Open {
		start = p.Most()
	}
	doc := wire.BenchKnee{SchemaVersion: wire.BenchVersion, Name: p.Name, Steps: []wire.BenchKneeStep{}}
	k := loadtest.NewKnee(start, b.f.maxRate)
	for rate, ok := k.Next(); ok; rate, ok = k.Next() {
		step, saturated, err := b.tryRate(ctx, p.AtRate(rate, kneeWarmup, b.f.kneeStep))
		if err != nil {
			return errors.Join(err, b.emitKnee(&doc))
		}
		doc.Steps = append(doc.Steps, step)
		if saturated && !step.Sustained {
			doc.Reason = "generator saturated: mltop itself is the limit; the target may sustain more"
			break
		}
		k.Put(step.Sustained)
		if err := sleep(ctx, kneeRest); err != nil {
			return errors.Join(errors.New("stopped by a signal"), b.emitKnee(&doc))
		}
	}
	good, bad := k.Found()
	doc.Rate, doc.Broken = aboveZero(good), aboveZero(bad)
	if doc.Reason == "" {
		doc.Reason = kneeReason(&doc)
	}
	return b.emitKnee(&doc)
}

func aboveZero(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

// tryRate runs a plan, and answers how it went and whether mltop was its
// limit.
func (b *bench) tryRate(ctx context.Context, p *loadtest.Plan) (wire.BenchKneeStep, bool, error) {
	r, err := loadtest.New(ctx, p, loadtest.Config{Gate: &b.f.gate, Command: b.commands.run})
	if err != nil {
		return wire.BenchKneeStep{}, false, err
	}
	res, err := b.do(ctx, r, nil)
	if err == nil && res.Stopped != "" {
		err = errors.New("stopped " + res.Stopped)
	}
	if err != nil {
		return wire.BenchKneeStep{}, false, err
	}
	why := loadtest.Sustained(&res.Bench)
	return wire.BenchKneeStep{
		Rate: p.Most(), Answered: res.PerSecond, ErrorRatio: res.ErrorRatio, Latency: res.Latency, Sustained: why == "", Reason: why,
	}, res.Generator.Saturated, nil
}

// kneeReason says what the next higher rate broke.
func kneeReason(doc *wire.BenchKnee) string {
	if doc.Broken == nil {
		return "nothing more may be sent: --max-rate"
	}
	for _, s := range doc.Steps {
		if s.Rate == *doc.Broken {
			return fmt.Sprintf("at %s %s", units.PerSecond(s.Rate), s.Reason)
		}
	}
	return ""
}

func (b *bench) emitKnee(doc *wire.BenchKnee) error {
	head := export.Table{Title: doc.Name, Columns: export.Cols("", "~"), Rows: [][]string{
		{"sustained", units.Or(doc.Rate, units.PerSecond)}, {"why not more", doc.Reason},
	}}
	t := export.Table{Title: "Rates tried", Columns: export.Cols(">rate", ">answered", ">P50", ">P95", ">P99", ">errors", "~")}
	for _, s := range doc.Steps {
		word := "● sustained"
		if !s.Sustained {
			word = "■ " + s.Reason
		}
		t.Rows = append(t.Rows, []string{
			units.PerSecond(s.Rate), units.PerSecond(s.Answered), units.Or(s.Latency.P50, units.Seconds), units.Or(s.Latency.P95, units.Seconds),
			units.Or(s.Latency.P99, units.Seconds), units.Or(s.ErrorRatio, units.Percent), word,
		})
	}
	return b.o.emit(b.w, view{doc: doc, tables: []export.Table{head, t}, csv: t})
}
