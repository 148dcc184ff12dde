package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/export"
	"mltop/internal/loadtest"
	"mltop/internal/units"
	"mltop/internal/wire"
	"mltop/ui/chart"
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
	fmt.Fprintln(b.w.err, tuneSoFar(doc.Before, b.f.attach, b.o.duration))
	entries, declined, err := b.applyAll(ctx)
	for _, e := range entries {
		doc.Applied = append(doc.Applied, e.ID)
	}
	if err != nil {
		return err
	}
	if len(entries) == 0 && declined > 0 {
		doc.Verdict = wire.BenchFinding{Rule: "tune", Level: "info", Text: "nothing was applied: " + units.Plural(declined, "change") + " declined"}
		return errors.Join(b.emitTune(&doc), errNotConfirmed)
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
func (b *bench) applyAll(ctx context.Context) (done []advisor.Entry, declined int, _ error) {
	a, err := openApp(ctx, b.w, b.o, b.f.attach, purpose{changes: true, past: seenPast, whole: true, statements: true})
	if err != nil {
		return nil, 0, err
	}
	done, declined, err = a.applyFound(ctx)
	return done, declined, errors.Join(err, a.Close())
}

// applyFound goes on past what is declined: the rest may help as well.
func (a *app) applyFound(ctx context.Context) (done []advisor.Entry, declined int, _ error) {
	if _, err := a.recover(ctx); err != nil {
		return nil, 0, err
	}
	ids, err := a.applicable(ctx)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range ids {
		made, err := a.applyOne(ctx, id, done)
		done = append(done, made...)
		switch {
		case errors.Is(err, errNotConfirmed):
			declined++
		case err != nil:
			return done, declined, fmt.Errorf("apply %s: %w", id, err)
		}
	}
	return done, declined, nil
}

// tuneSoFar is said before the search, which takes a while.
func tuneSoFar(before *wire.Bench, target string, most time.Duration) string {
	return fmt.Sprintf("the first test: P50 %s, P95 %s, errors %s; looking for advice on %s now, for %v at most",
		units.Or(before.Latency.P50, units.Seconds), units.Or(before.Latency.P95, units.Seconds), units.Or(before.ErrorRatio, units.Percent), safeLines(target), most)
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
	if b.o.output == "table" && doc.After != nil {
		curves, err := b.curvesHere(doc)
		if err != nil {
			return err
		}
		v.tables = append(v.tables, curves)
	}
	if b.o.output == "html" && doc.After != nil {
		return b.deliverPage(tuneCurves(doc), v.tables)
	}
	return b.o.emit(b.w, v)
}

// How large the curves are on a terminal.
const tuneWidth, tuneHeight = 100, 12

// drawnCurves are both tests over one axis, as text.
func drawnCurves(doc *tuneDoc, graph chart.Graph, width int) export.Table {
	zero := time.Unix(0, 0).UTC()
	length := time.Duration((doc.Before.Warmup + doc.Before.Duration) * float64(time.Second))
	lines := []chart.Series{{Name: "before", Ink: chart.InkA, Dashed: true, Values: p95s(doc.Before)}, {Name: "after", Ink: chart.InkB, Values: p95s(doc.After)}}
	frame := chart.Frame{Graph: graph, Zero: zero, Start: zero, End: zero.Add(length)}
	t := export.Table{Title: "P95 before (dashed) and after", Columns: export.Cols("")}
	for _, l := range chart.Line(width, tuneHeight, lines, frame, chart.Scale{Format: units.Seconds}).Lines() {
		t.Rows = append(t.Rows, []string{l})
	}
	return t
}

// curvesHere draws them as this terminal can show them.
func (b *bench) curvesHere(doc *tuneDoc) (export.Table, error) {
	look, err := (&app{w: b.w, o: b.o}).uiOptions()
	if err != nil {
		return export.Table{}, err
	}
	width := tuneWidth
	if w := b.w.width(); w > 0 {
		width = min(w-tableIndent, width)
	}
	return drawnCurves(doc, look.Graph, width), nil
}

// tableIndent is what a table of text stands from the edge.
const tableIndent = 2

// p95s are those of each stretch of a test, without what was answered later.
func p95s(b *wire.Bench) (out []float64) {
	for _, s := range b.Series {
		if s.At >= b.Warmup+b.Duration {
			break
		}
		v := math.NaN()
		if s.Latency.P95 != nil {
			v = *s.Latency.P95
		}
		out = append(out, v)
	}
	return out
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
