package advisor

import (
	"context"
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

// mostListings is how often what is left is settled when an index turned out to be
// a loss: without it others may be planned otherwise.
const mostListings = 3

// cards writes the recommendations for the chosen indexes. What turns out to be a
// loss is not offered, nor what builds on it.
func (s *search) cards(ctx context.Context, d db.Dialect, made written) []Recommendation {
	for range mostListings {
		out, losses := s.listing(ctx, d, made)
		s.leave(ctx, losses)
		left := slices.Clone(s.chosen)
		if len(losses) == 0 {
			return out
		}
		if s.settle(ctx); slices.Equal(left, s.chosen) {
			return out
		}
		clear(made)
	}
	out, losses := s.listing(ctx, d, made)
	s.leave(ctx, losses)
	return out
}

// listing writes the cards in the order in which they are listed: next comes the
// one that saves most beside those before it, of those whose company is there
// already. So no saving is told twice.
func (s *search) listing(ctx context.Context, d db.Dialect, made written) (out []Recommendation, losses []*candidate) {
	list, losses := s.offers(ctx)
	drafts := make([]draft, len(list))
	for i, o := range list {
		drafts[i].offer = o
	}
	var placed []*candidate
	for len(drafts) > 0 {
		i := s.next(ctx, drafts, placed, d)
		best := drafts[i]
		drafts = slices.Delete(drafts, i, i+1)
		if !best.ok || best.card.SavedRatio < 0 || !includesAll(placed, best.on) {
			losses = append(losses, best.members...)
			continue
		}
		made.put(&best.card, best.offer)
		placed, out = append(placed, best.members...), append(out, best.card)
	}
	return out, losses
}

// A draft is an offer's card beside those placed before it.
type draft struct {
	offer
	card    Recommendation
	ok      bool
	written bool
	beside  int // how many placed indexes it was measured beside
}

// next finds the draft that comes next. One is written anew only when an index
// has been placed that matters to it.
func (s *search) next(ctx context.Context, drafts []draft, placed []*candidate, d db.Dialect) int {
	best := 0
	for i := range drafts {
		one := &drafts[i]
		if !includesAll(placed, one.on) {
			continue
		}
		if beside := company(placed, one.offer); !one.written || len(beside) != one.beside {
			one.card, one.ok = s.card(ctx, one.offer, beside, d)
			one.written, one.beside = true, len(beside)
		}
		if one.ok && (!drafts[best].ok || one.card.SavedRatio > drafts[best].card.SavedRatio) {
			best = i
		}
	}
	return best
}

// company are the placed indexes that an offer is measured beside.
func company(placed []*candidate, o offer) []*candidate {
	near := related(placed, o.members...)
	return slices.DeleteFunc(slices.Clone(placed), func(c *candidate) bool {
		return !slices.Contains(near, c) && !slices.Contains(o.on, c)
	})
}

func includesAll(list, all []*candidate) bool {
	return !slices.ContainsFunc(all, func(c *candidate) bool { return !slices.Contains(list, c) })
}

// card writes the recommendation for an offer. Its numbers are what it adds
// to the indexes beside it; it is none where it adds nothing.
func (s *search) card(ctx context.Context, o offer, beside []*candidate, d db.Dialect) (Recommendation, bool) {
	list, worse := s.compare(ctx, o.members, beside)
	if len(list) == 0 {
		return Recommendation{}, false
	}
	for _, c := range o.members {
		if !c.evaluated { // nothing is written to the table now; it may be later
			e, err := s.what.lab.WriteCost(ctx, c.index)
			c.costs(e, err)
		}
	}
	return s.cardOf(o, d, list, worse), true
}

func (s *search) cardOf(o offer, d db.Dialect, does, worse []served) Recommendation {
	c := o.members[0]
	list, detours := s.asToday(does)
	r := Recommendation{
		ID:        o.id(),
		Kind:      KindCreateIndex,
		Title:     o.title(),
		Table:     c.index.Table,
		Scope:     "the database: every process that uses it",
		WriteCost: o.writeCost(),
		WriteWhy:  o.writeWhy(),
		Estimate:  s.effectOf(list),
		Warnings:  s.slowerWarnings(worse),
		detours:   detours,
	}
	for _, c := range o.members {
		r.create(c, d, s.schema)
		r.Warnings = append(r.Warnings, s.writerWarnings(c)...)
	}
	r.serve(list)
	r.SavedRatio = s.savedSeconds(slices.Concat(does, worse)) - o.writes()*s.secondsOf(measure{unit: list[0].before.unit})
	r.Severity = severityOf(r.SavedRatio)
	r.Evidence = evidence(list, o)
	for _, c := range o.members {
		r.Evidence = append(r.Evidence, s.hotEvidence(c)...)
	}
	r.Reason = reason(list, o)
	r.Confidence, r.MayBeWrong = doubts(list, o, r.Estimate)
	r.doubtChecks(list, d)
	r.MayBeWrong = s.borderline(c) + r.MayBeWrong + blockDoubts(o.members)
	r.Risk = size(*r.SizeBytes) + " on disk; " + each(o, "%s more for each row written; ") + whileBuilt(r.Change) + later(r.Change)
	for _, c := range o.members {
		r.Reason += s.rangeInstead(c.index, d)
		if d.Name() == "sqlite" { // elsewhere a column's type sees to it
			r.Risk += mayRefuse(c.index)
		}
	}
	return r
}

// create adds the making of one index to advice.
func (r *Recommendation) create(c *candidate, d db.Dialect, schema *db.Schema) {
	change, err := db.MakeIndex(d, schema, c.index)
	if err != nil { // it is among the advice only where it could be made
		r.MayBeWrong = "it cannot be applied: " + err.Error()
	}
	if r.Build == nil {
		r.Object, r.Columns, r.Build, r.SizeBytes = "index "+c.index.Name, c.index.ColumnNames(), &BuildEstimate{}, new(int64)
	} else {
		r.Object, r.Columns = r.Object+", "+c.index.Name, nil // whose columns, nobody could tell
	}
	for _, step := range change {
		r.Statement = joined(r.Statement, statements(step.Do))
		r.Undo = joined(statements(step.Undo), r.Undo)
		if len(change) == 1 || len(step.Sweep) > 0 { // else it builds nothing
			r.Build.add(step.Lasts())
		}
	}
	r.Change = append(r.Change, change...)
	*r.SizeBytes += c.bytes
	r.Build.DiskBytes += c.bytes
}

// add is the time of one build more; it is not known where one is not.
func (b *BuildEstimate) add(t db.Took) {
	first := b.Method == "" && b.Seconds == nil
	b.Method = t.Method
	switch took := t.For.Seconds(); {
	case took <= 0:
		b.Seconds = nil
		b.Method = firstOf(b.Method, "not known")
	case first:
		b.Seconds = &took
	case b.Seconds != nil:
		took += *b.Seconds
		b.Seconds = &took
	}
}

// joined are two scripts, one after the other.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

func inSeconds(u db.Unit) bool { return u == db.UnitSeconds || u == "" }

// plannerSeconds is what a unit of a planner's cost takes where nothing tells:
// a page read from memory.
const plannerSeconds = 1e-5

// farAway is how many times dearer than all whose time is known a statement is
// from which on their time says little of it.
const farAway = 10

// secondsOf is what one unit of a cost takes in seconds, by the statements of
// which both the time and the cost are known: their sums, so that the dear
// ones tell, as what a call takes besides its reads weighs least in them.
func (s *search) secondsOf(m measure) float64 {
	if inSeconds(m.unit) {
		return 1
	}
	var seconds, units, largest float64
	for b, known := range s.base {
		if b.MeanSeconds > 0 && !math.IsInf(b.MeanSeconds, 0) && known.value > 0 && !b.Sampled {
			seconds, units, largest = seconds+b.MeanSeconds, units+known.value, max(largest, known.value)
		}
	}
	switch {
	case units == 0:
		return plannerSeconds
	case m.value > farAway*largest:
		return min(seconds/units, plannerSeconds)
	}
	return seconds / units
}

// compare measures what indexes do to every statement beside others.
func (s *search) compare(ctx context.Context, members, on []*candidate) (better, worse []served) {
	beside := indexesOf(on)
	for _, b := range s.measured() {
		if len(relevant(indexesOf(members), b)) == 0 {
			continue // its plan is the same one
		}
		without, with := db.Config{Add: beside}, db.Config{Add: slices.Concat(beside, indexesOf(members))}
		before, err1 := s.what.measure(ctx, b, without)
		after, err2 := s.what.measure(ctx, b, with)
		if err1 != nil || err2 != nil {
			continue
		}
		judged := before.byTime(after)
		d := before.saves(judged)
		switch {
		case d >= min(s.bar(members[0]), 1)*minGain*before.value && after.usesAny(members):
			better = append(better, served{b, s.predict(ctx, b, b, without, before), s.predict(ctx, b, b, with, after)})
		case d < 0 && judged.value > slower*before.value:
			worse = append(worse, served{b, before, after})
		}
	}
	return better, worse
}

func (m measure) usesAny(list []*candidate) bool {
	return slices.ContainsFunc(list, func(c *candidate) bool { return m.uses[c.index.Name] })
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
		if c.Nulls != "" {
			key += " nulls " + c.Nulls
		}
		keys = append(keys, key)
	}
	text := ix.Table + "(" + strings.Join(keys, ", ") + ")"
	if m := methodOf(ix); m != "btree" {
		text += " using " + m
	}
	if len(ix.Include) > 0 {
		text += " include (" + strings.Join(ix.Include, ", ") + ")"
	}
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
		r.Plans = append(r.Plans, v.plans())
	}
}

func (v served) plans() PlanPair {
	return PlanPair{v.b.Label(), v.b.Fingerprint, v.before.first, v.after.first, v.before.live.seconds, v.after.live.seconds}
}

// saved is what is saved in a second, in the lab's unit.
func (v served) saved() float64 { return v.b.load() * (v.before.value - v.after.value) }

// savedSeconds is what is saved in seconds a second. Where the live time of a
// call is known, the measured share is taken of that.
func (s *search) savedSeconds(list []served) float64 {
	var sum float64
	for _, v := range list {
		second := s.secondsOf(v.before)
		if v.b.MeanSeconds > 0 && !math.IsInf(v.b.MeanSeconds, 0) && v.before.value > 0 {
			second = v.b.MeanSeconds / v.before.value
		}
		sum += v.saved() * second
	}
	return sum
}

func savedRatio(list []served) float64 {
	var sum float64
	for _, v := range list {
		sum += v.saved()
	}
	return sum
}

// leastLoad has statements without calls weigh alike.
const leastLoad = 1e-12

// effectOf is the time of one call of the statements served, weighted by how
// often each is called.
func (s *search) effectOf(list []served) *Effect {
	e := Effect{Time: s.prediction(list)}
	var weight float64
	for _, v := range list {
		w := max(v.b.load(), leastLoad)
		e.Before, e.After = e.Before+w*v.before.value, e.After+w*v.after.value
		e.Low, e.High = e.Low+w*v.after.low, e.High+w*v.after.high
		weight += w
	}
	e.Before, e.After, e.Low, e.High = e.Before/weight, e.After/weight, e.Low/weight, e.High/weight
	e.Unit, e.Method = list[0].before.unit, list[0].before.method
	return &e
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
