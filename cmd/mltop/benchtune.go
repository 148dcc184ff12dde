package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mltop/advisor"
	"mltop/internal/export"
	"mltop/internal/loadtest"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// A tuneDoc is a test before and after advice was applied.
type tuneDoc struct {
	SchemaVersion int               `json:"schema_version"`
	Before        *wire.Bench       `json:"before"`
	After         *wire.Bench       `json:"after"`   // null: nothing was applied
	Applied       []string          `json:"applied"` // entries of the journal
	Verdict       wire.BenchFinding `json:"verdict"`
}

// tune tests, applies what the advisor finds after asking, and tests again.
func (b *bench) tune(ctx context.Context, p *loadtest.Plan) error {
	doc := tuneDoc{SchemaVersion: wire.BenchVersion, Applied: []string{}}
	var err error
	if doc.Before, err = b.round(ctx, p); err != nil {
		return err
	}
	b.o.duration = defaultDuration // it bounded the test; now it bounds the search
	entries, err := b.applyAll(ctx)
	for _, e := range entries {
		doc.Applied = append(doc.Applied, e.ID)
	}
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		doc.Verdict = wire.BenchFinding{Rule: "tune", Level: "info", Text: "the advisor has nothing to apply: mltop advise " + b.f.attach + " says why"}
		return b.emitTune(&doc)
	}
	if doc.After, err = b.round(ctx, p); err != nil {
		return fmt.Errorf("the second test (what was applied stays; mltop undo takes it back): %w", err)
	}
	doc.Verdict = loadtest.Tuned(doc.Before, doc.After)
	return b.emitTune(&doc)
}

// round is one test with its target beside it, kept like any other.
func (b *bench) round(ctx context.Context, p *loadtest.Plan) (*wire.Bench, error) {
	r, err := loadtest.New(ctx, p, loadtest.Config{Gate: &b.f.gate, Command: b.commands.run})
	if err != nil {
		return nil, err
	}
	res, err := b.watched(ctx, r)
	if err != nil {
		return nil, err
	}
	if res.Stopped != "" {
		return nil, errors.New("stopped " + res.Stopped)
	}
	return &res.Bench, b.keep(res)
}

// applyAll applies what speeds something up and can be undone, one after the
// other, each after asking.
func (b *bench) applyAll(ctx context.Context) ([]advisor.Entry, error) {
	a, err := openApp(ctx, b.w, b.o, b.f.attach, purpose{changes: true, past: seenPast, whole: true, statements: true})
	if err != nil {
		return nil, err
	}
	done, err := a.applyFound(ctx)
	return done, errors.Join(err, a.Close())
}

func (a *app) applyFound(ctx context.Context) (done []advisor.Entry, _ error) {
	if _, err := a.recover(ctx); err != nil {
		return nil, err
	}
	ids, err := a.applicable(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		made, err := a.applyOne(ctx, id, done)
		done = append(done, made...)
		if err != nil {
			return done, fmt.Errorf("apply %s: %w", id, err)
		}
	}
	return done, nil
}

func (b *bench) emitTune(doc *tuneDoc) error {
	head := export.Table{Title: "Verdict", Columns: export.Cols("", "~"), Rows: [][]string{{levelMark(doc.Verdict.Level), doc.Verdict.Text}}}
	if len(doc.Applied) > 0 {
		head.Rows = append(head.Rows, []string{"", units.Plural(len(doc.Applied), "change") + " applied, each of which mltop undo " + b.f.attach + " ENTRY takes back: " + strings.Join(doc.Applied, ", ")})
	}
	times := export.Table{Title: "Latency", Columns: export.Cols("", ">mean", ">p50", ">p90", ">p95", ">p99", ">p99.9", ">max", ">errors")}
	for _, side := range []struct {
		name string
		of   *wire.Bench
	}{{"before", doc.Before}, {"after", doc.After}} {
		if side.of != nil {
			times.Rows = append(times.Rows, append(append([]string{side.name}, quantileCells(side.of.Latency)...), units.Or(side.of.ErrorRatio, units.Percent)))
		}
	}
	v := view{doc: doc, tables: []export.Table{head, times}, csv: times}
	if b.o.output == "html" && doc.After != nil {
		return b.deliverPage(tuneCurves(doc), v.tables)
	}
	return b.o.emit(b.w, v)
}

// tuneCurves are both tests over one axis.
func tuneCurves(doc *tuneDoc) []export.Curves {
	curve := func(name string, b *wire.Bench) export.Curve {
		c := export.Curve{Name: name}
		for _, s := range b.Series {
			c.At, c.Values = append(c.At, s.At+s.Width/2), append(c.Values, s.Latency.P95)
		}
		return c
	}
	return []export.Curves{{
		Title: "P95 before and after", To: doc.Before.Warmup + doc.Before.Duration, Write: units.Seconds,
		Lines: []export.Curve{curve("before", doc.Before), curve("after", doc.After)},
	}}
}
