package advisor

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"mltop/internal/db"
)

// slower is how much worse a statement may get before a card warns of it.
const slower = 1.05

// A served statement and what an index does for it.
type served struct {
	b             *bound
	before, after measure
}

// card writes the recommendation for one chosen index. Its numbers are those
// of this index alone; where it helps only beside others, those of the last
// index added, and the card says so.
func (s *search) card(ctx context.Context, c *candidate, d db.Dialect) (Recommendation, bool) {
	list, worse, alone := s.effects(ctx, c)
	if len(list) == 0 {
		return Recommendation{}, false
	}
	if !c.evaluated { // nothing is written to the table now; it may be later
		e, err := s.what.lab.WriteCost(ctx, c.index)
		c.rowCost, c.rowUnit, c.evaluated = max(e.Value, 0), e.Unit, err == nil
	}
	return s.cardOf(c, d, list, worse, alone), true
}

func (s *search) cardOf(c *candidate, d db.Dialect, list, worse []served, alone bool) Recommendation {
	step := d.CreateIndex(c.index)
	r := Recommendation{
		ID:        c.id(),
		Kind:      KindCreateIndex,
		Title:     "Create index on " + describe(c.index),
		Object:    "index " + c.index.Name,
		Table:     c.index.Table,
		Columns:   c.index.ColumnNames(),
		Statement: statements(step.Do),
		Undo:      statements(step.Undo),
		Change:    db.Change{step},
		Scope:     "the database: every process that uses it",
		SizeBytes: &c.bytes,
		WriteCost: c.writeCost(),
		Estimate:  effectOf(list),
		Build:     buildOf(c, step),
		Warnings:  s.warnings(c, worse),
	}
	r.serve(list)
	r.SavedRatio = (savedRatio(list) - c.writes()) * s.secondsOf(list[0].before.unit)
	r.Severity = severityOf(r.SavedRatio)
	r.Evidence = evidence(list, c)
	r.Reason = reason(list, c, alone) + s.rangeInstead(c.index, d)
	r.Confidence, r.MayBeWrong = doubts(list, c)
	r.MayBeWrong = s.borderline(c) + r.MayBeWrong
	r.Risk = fmt.Sprintf("%s on disk; %s more for each row written; writers wait while it is built", size(c.bytes), c.costText())
	if d.Name() == "sqlite" { // elsewhere a column's type sees to it
		r.Risk += mayRefuse(c.index)
	}
	return r
}

// writeCost is the time that one row written takes longer; nil: not measured,
// or in another unit.
func (c *candidate) writeCost() *float64 {
	if !c.evaluated || !inSeconds(c.rowUnit) {
		return nil
	}
	return &c.rowCost
}

func inSeconds(u db.Unit) bool { return u == db.UnitSeconds || u == "" }

// plannerSeconds is what a unit of a planner's cost takes where nothing tells:
// a page read from memory.
const plannerSeconds = 1e-5

// secondsOf is what one unit of a lab takes in seconds: the median over the
// statements of which both the time and the cost are known.
func (s *search) secondsOf(u db.Unit) float64 {
	if inSeconds(u) {
		return 1
	}
	var each []float64
	for b, m := range s.base {
		if b.MeanSeconds > 0 && m.value > 0 {
			each = append(each, b.MeanSeconds/m.value)
		}
	}
	if len(each) == 0 {
		return plannerSeconds
	}
	slices.Sort(each)
	return each[len(each)/2]
}

func (c *candidate) costText() string {
	switch {
	case !c.evaluated:
		return "an unmeasured time"
	case c.rowCost == 0:
		return "nothing that could be measured"
	}
	return inUnit(c.rowCost, c.rowUnit)
}

// effects measures every statement of an index's tables with it alone, and,
// when that helps nobody, beside the others that were chosen.
func (s *search) effects(ctx context.Context, c *candidate) (better, worse []served, alone bool) {
	better, worse = s.compare(ctx, c, nil)
	if len(better) > 0 {
		return better, worse, true
	}
	var others []db.Index
	for _, have := range s.chosen {
		if have != c {
			others = append(others, have.index)
		}
	}
	better, worse = s.compare(ctx, c, others)
	return better, worse, false
}

func (s *search) compare(ctx context.Context, c *candidate, beside []db.Index) (better, worse []served) {
	for _, b := range s.measured() {
		before, err1 := s.what.measure(ctx, b, db.Config{Add: beside})
		after, err2 := s.what.measure(ctx, b, db.Config{Add: append(append([]db.Index(nil), beside...), c.index)})
		if err1 != nil || err2 != nil {
			continue
		}
		d := before.saves(after)
		switch {
		case d >= min(s.bar(c), 1)*minGain*before.value && after.uses[c.index.Name]:
			better = append(better, served{b, before, after})
		case d < 0 && after.value > slower*before.value:
			worse = append(worse, served{b, before, after})
		}
	}
	return better, worse
}

// adviceID is stable over runs: the same advice has the same ID.
func adviceID(kind Kind, object, definition string) string {
	return digest(8, string(kind), strings.ToLower(object), definition)
}

// describe writes an index as people say it: "t(a, b) where c < 4".
func describe(ix db.Index) string {
	var keys []string
	for _, c := range ix.Columns {
		key := c.Key()
		if c.Collation != "" {
			key += " collate " + c.Collation
		}
		if c.Desc {
			key += " desc"
		}
		keys = append(keys, key)
	}
	text := ix.Table + "(" + strings.Join(keys, ", ") + ")"
	if ix.Where != "" {
		text += " where " + ix.Where
	}
	return text
}

func (r *Recommendation) serve(list []served) {
	sort.SliceStable(list, func(i, j int) bool { return list[i].saved() > list[j].saved() })
	seen := map[string]bool{}
	for _, v := range list {
		r.Queries = append(r.Queries, v.b.Label())
		r.Fingerprints = append(r.Fingerprints, v.b.Fingerprint)
		if v.b.Route != "" && !seen[v.b.Route] {
			seen[v.b.Route] = true
			r.Routes = append(r.Routes, v.b.Route)
		}
		r.relies = append(r.relies, usesOf(v.after.first.Plan)...)
		r.Plans = append(r.Plans, PlanPair{v.b.Label(), v.b.Fingerprint, v.before.first, v.after.first})
	}
}

// saved is what is saved in seconds a second. Where the live time of a call
// is known, the measured share is taken of that.
func (v served) saved() float64 {
	d := v.before.value - v.after.value
	if v.b.MeanSeconds > 0 && !math.IsInf(v.b.MeanSeconds, 0) && v.before.value > 0 {
		d *= v.b.MeanSeconds / v.before.value
	}
	return v.b.load() * d
}

func savedRatio(list []served) float64 {
	var sum float64
	for _, v := range list {
		sum += v.saved()
	}
	return sum
}

// effectOf is the time of one call of the statements served, weighted by how
// often each is called.
func effectOf(list []served) *Effect {
	var e Effect
	var weight float64
	for _, v := range list {
		w := max(v.b.load(), 1e-12) // statements without calls weigh alike
		e.Before, e.After = e.Before+w*v.before.value, e.After+w*v.after.value
		e.Low, e.High = e.Low+w*v.after.low, e.High+w*v.after.high
		weight += w
	}
	e.Before, e.After, e.Low, e.High = e.Before/weight, e.After/weight, e.Low/weight, e.High/weight
	e.Unit, e.Method = list[0].before.unit, list[0].before.method
	return &e
}

func buildOf(c *candidate, step db.Step) *BuildEstimate {
	return &BuildEstimate{Seconds: step.Blocks.For.Seconds(), Method: step.Blocks.Method, DiskBytes: c.bytes}
}

// Severity by what is saved of each second: a tenth of a core is worth waking
// somebody, a thousandth is worth a look.
const (
	criticalRatio = 0.1
	warningRatio  = 0.001
)

func severityOf(saved float64) Severity {
	switch {
	case saved >= criticalRatio:
		return SeverityCritical
	case saved >= warningRatio:
		return SeverityWarning
	}
	return SeverityInfo
}
