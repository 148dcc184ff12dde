package advisor

import (
	"context"
	"math"
	"time"

	"mltop/internal/db"
)

// An index beside those already chosen has to save minShare of what its
// statements cost at first; or at least halve what they cost now, and with
// it a thousandth of every second, or clearShare of what all statements cost
// now. So one index that serves three beats three that are each a little
// better.
const (
	minShare   = 0.05
	clearGain  = 0.001 // seconds a second
	clearPart  = 0.5
	clearShare = 0.02
	// spentShare is that part where bytes are given to be spent (Extend's
	// min_cost_improvement is three in a thousand).
	spentShare = 0.003
	// clearCall is how many times what a call can be told apart by each call has
	// to gain where only the share says that it matters.
	clearCall = 5
)

// worth is how many times over saving that much of what statements cost now
// and cost at first, all in seconds a second, is worth an index: from 1 on it
// is; calls are those that gain, a second. What does not even halve their cost
// has to matter to the whole workload.
func (s *search) worth(saved, now, first, calls float64) float64 {
	if saved <= 0 || first <= 0 {
		return 0
	}
	halves := per(saved, clearPart*now)
	here := max(halves, per(saved, minShare*cost(s.all, s.base)))
	if s.budget > 0 {
		here = max(here, per(saved, spentShare*cost(s.all, s.now)))
	}
	clear := saved / (clearGain / clockNoise * s.noise())
	if saved >= clearCall*s.noise()*calls {
		clear = max(clear, per(saved, clearShare*cost(s.all, s.now)))
	}
	return min(here, max(saved/(minShare*first), min(clear, halves)))
}

// per is a/b, without end where nothing is asked for.
func per(a, b float64) float64 {
	if b <= 0 {
		return math.Inf(1)
	}
	return a / b
}

func (s *search) isWorth(saved, now, first, calls, bar float64) bool {
	return s.worth(saved, now, first, calls) >= bar
}

// minGain is the part of a statement's cost below which a gain is nil.
const minGain = 0.10

// A candidate is an index, what it takes, and which statements would use it.
type candidate struct {
	index     db.Index
	bytes     int64
	size      db.Estimate
	rowCost   float64 // what one row written costs more
	rowUnit   db.Unit // of rowCost
	rowWhy    string  // it is not known
	rows      float64 // rows written a second
	lost      float64 // updates a second that write to no index yet, and will to all
	others    int     // the indexes that these will write to beside this one
	users     []*bound
	refused   string
	evaluated bool  // rowCost is known
	gain      *gain // when it was chosen; nil: it took another one's place
}

// weight is a candidate's bytes as they count between two that serve equally
// well: one that begins with the columns of an index that exists stands in for
// it, which can then go.
func (s *search) weight(c *candidate) int64 { return c.bytes - s.replaces(c.index) }

// writes is what the index costs in seconds a second.
func (c *candidate) writes() float64 { return c.rowCost * (c.rows + c.lost*float64(c.others)) }

// costs keeps what a row written costs more, or why that is not known.
func (c *candidate) costs(e db.Estimate, err error) {
	c.rowCost, c.rowUnit, c.evaluated = max(e.Value, 0), e.Unit, err == nil
	if err != nil {
		c.rowWhy = err.Error()
	}
}

// A search looks for the set of indexes that saves the whole workload most.
// It is greedy by benefit, within a budget of bytes, and then improves by
// dropping and swapping; Kossmann et al. (PVLDB 13(12), 2020) compare such
// searches. It can be stopped at any time and holds the best so far.
type search struct {
	what     *whatIf
	schema   *db.Schema
	dialect  db.Dialect // nil: nothing is to be applied
	all      []*bound
	rows     map[string]float64 // rows written an hour, where seen live
	budget   int64
	pool     []*candidate
	teams    []team
	base     map[*bound]measure
	now      map[*bound]measure // under chosen
	unit     db.Unit            // of all measures: a lab has one
	chosen   []*candidate
	failed   map[*bound]error
	doubted  map[doubtful]bool // measured in turns
	tried    map[*bound]int    // how many candidates were planned
	had      incumbents
	new      newcomers
	progress func(stage string, done float64)
	from, to float64               // of the whole run: where the wave under way begins and ends
	cut      map[*bound]bool       // time was up before its wave was done
	rushed   map[*bound]bool       // time was up before all its candidates were planned
	deepest  map[*bound]float64    // seconds after which its last longer run was ended
	done     float64               // as last told
	marks    []mark                // of the course
	most     time.Duration         // that the search may take
	spared   time.Duration         // of that, kept for comparing rewritten texts
	peeled   map[*bound][]db.Index // what plans use together; see peel
	lists    map[*bound][]db.Index // candidates, where they are peeled
	wanted   map[string][]askedFor // of all lists, by table
	narrowed map[*bound]string     // beside which indexes; see narrow
	lossy    map[string]bool       // chosen sets that cost more than they gain
	unseen   []*bound              // that there was no time to look at once more
}

// doubtful is a gain of a statement by the indexes that it then uses.
type doubtful struct {
	of   *bound
	uses string
}

func newSearch(what *whatIf, schema *db.Schema, all []*bound, rows map[string]float64, budget int64) *search {
	return &search{
		what: what, schema: schema, all: all, rows: rows, budget: budget,
		base: map[*bound]measure{}, now: map[*bound]measure{},
		failed: map[*bound]error{}, doubted: map[doubtful]bool{}, lossy: map[string]bool{}, tried: map[*bound]int{},
		progress: func(string, float64) {}, cut: map[*bound]bool{}, rushed: map[*bound]bool{}, deepest: map[*bound]float64{}, peeled: map[*bound][]db.Index{}, narrowed: map[*bound]string{},
	}
}

// wave looks for what serves one wave's statements, beside what was chosen
// for those before it.
func (s *search) wave(ctx context.Context, w wave) {
	s.what.phase = phaseCandidates
	s.doubtLiterals(w.list)
	s.peel(ctx, w.list)
	s.what.phase = phaseFirst
	s.baseline(ctx, w.list)
	s.what.phase = phaseCandidates
	finding, cancel := s.portion(ctx, gatherShare)
	s.gather(finding, w.list)
	cancel()
	s.mark()
	s.what.phase = phaseGreedy
	s.greedy(ctx)
	s.improve(ctx)
	s.what.phase = phaseRest
	s.spendRest(ctx)
	s.mark()
	s.what.phase = phaseAdvice
}

// The phases of a search, by which its questions are counted.
const (
	phaseFirst      = "first costs"
	phaseCandidates = "candidates"
	phaseGreedy     = "greedy"
	phaseDrop       = "drop"
	phaseShrink     = "shrink"
	phaseSwap       = "swap"
	phaseMerge      = "merge"
	phaseRest       = "rest of the budget"
	phaseSettle     = "last look"
	phaseSoFar      = "best so far"
	phaseAdvice     = "advice"
)

// stage reports how far the wave under way has come.
func (s *search) stage(text string, done float64) {
	s.progress(text, s.from+done*(s.to-s.from))
}

// measured lists the statements with a baseline, the dearest first.
func (s *search) measured() []*bound {
	cost := map[*bound]float64{}
	var list []*bound
	for _, b := range s.all {
		if m, ok := s.base[b]; ok {
			cost[b] = m.value
			list = append(list, b)
		}
	}
	return byLoad(list, cost)
}
