package advisor

import (
	"context"
	"sort"
	"strings"

	"mltop/internal/db"
)

// An index beside those already chosen has to save minShare of what its
// statements cost at first; or at least halve what they cost now, and with
// it a thousandth of every second. So one index that serves three beats three
// that are each a little better.
const (
	minShare  = 0.05
	clearGain = 0.001 // seconds a second
	clearPart = 0.5
)

// isWorth reports whether saving that much of what statements cost now and
// cost at first, all in seconds a second, is worth an index.
func isWorth(saved, now, first float64) bool {
	return saved > 0 && first > 0 && (saved >= minShare*first || saved >= clearGain && saved >= clearPart*now)
}

// minGain is the part of a statement's cost below which a gain is nil.
const minGain = 0.10

// A candidate is an index, what it takes, and which statements would use it.
type candidate struct {
	index     db.Index
	bytes     int64
	size      db.Estimate
	rowCost   float64 // seconds that one row written costs more
	rows      float64 // rows written a second
	users     []*bound
	refused   string
	evaluated bool // rowCost is known
}

// writes is what the index costs in seconds a second.
func (c *candidate) writes() float64 { return c.rowCost * c.rows }

// A search looks for the set of indexes that saves the whole workload most.
// It is greedy by benefit, within a budget of bytes, and then improves by
// dropping and swapping; Kossmann et al. (PVLDB 13(12), 2020) compare such
// searches. It can be stopped at any time and holds the best so far.
type search struct {
	what     *whatIf
	schema   *db.Schema
	all      []*bound
	rows     map[string]float64 // rows written an hour, where seen live
	budget   int64
	pool     []*candidate
	base     map[*bound]measure
	now      map[*bound]measure // under chosen
	chosen   []*candidate
	failed   map[*bound]error
	tried    map[*bound]int // how many candidates were planned
	progress func(stage string, done float64)
}

func newSearch(what *whatIf, schema *db.Schema, all []*bound, rows map[string]float64, budget int64) *search {
	return &search{
		what: what, schema: schema, all: all, rows: rows, budget: budget,
		base: map[*bound]measure{}, now: map[*bound]measure{},
		failed: map[*bound]error{}, tried: map[*bound]int{},
		progress: func(string, float64) {},
	}
}

// run goes through the stages until it is done or ctx ends; it answers
// whether it finished.
func (s *search) run(ctx context.Context) bool {
	s.baseline(ctx)
	s.gather(ctx)
	s.greedy(ctx)
	s.improve(ctx)
	return ctx.Err() == nil
}

// baseline measures every statement as things are. A statement that cannot be
// measured is left out and named.
func (s *search) baseline(ctx context.Context) {
	for i, b := range s.all {
		if ctx.Err() != nil {
			return
		}
		s.progress("measuring "+b.Label(), 0.2*float64(i)/float64(len(s.all)))
		if !b.reads() {
			continue
		}
		m, err := s.what.measure(ctx, b, db.Config{})
		if err == nil {
			s.base[b], s.now[b] = m, m
		} else if ctx.Err() == nil {
			s.failed[b] = err
		}
	}
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

// gather fills the pool: the candidates of each statement that its plan would
// use, and who else would use them.
func (s *search) gather(ctx context.Context) {
	schema := s.schema
	list := s.measured()
	usage := usageOf(s.all, schema)
	common := s.common(list, schema, usage)
	set := newIndexSet()
	for i, b := range list {
		s.progress("planning "+b.Label(), 0.2+0.2*float64(i)/float64(len(list)))
		for _, ix := range s.useful(ctx, b, candidatesOf(b, schema, usage), common) {
			set.add(ix)
		}
	}
	for _, ix := range set.list {
		s.pool = append(s.pool, s.newCandidate(ctx, unclash(ix, schema), list))
	}
}

// unclash renames an index whose name another one has taken.
func unclash(ix db.Index, schema *db.Schema) db.Index {
	if schema.Index(ix.Name) != nil || schema.Table(ix.Name) != nil {
		ix.Name = ix.Name[:min(len(ix.Name), maxName-9)] + "_" + digest(8, ix.Signature(), ix.Name)
	}
	return ix
}

// common counts how many statements ask for each candidate.
func (s *search) common(list []*bound, schema *db.Schema, usage map[string]int) map[string]int {
	n := map[string]int{}
	for _, b := range list {
		for _, ix := range candidatesOf(b, schema, usage) {
			n[ix.Signature()]++
		}
	}
	return n
}

// useful keeps the candidates that the statement's plan would use: of those
// that lead to the same plan the one most statements ask for, then the
// narrowest.
func (s *search) useful(ctx context.Context, b *bound, list []db.Index, common map[string]int) []db.Index {
	best := map[string]db.Index{}
	var order []string
	for _, ix := range list {
		class, used := s.class(ctx, b, ix)
		if !used {
			continue
		}
		have, ok := best[class]
		if !ok {
			order = append(order, class)
		}
		if !ok || better(ix, have, common) {
			best[class] = ix
		}
	}
	s.tried[b] = len(list)
	return append(pick(best, order), s.together(ctx, b, list)...)
}

func pick(best map[string]db.Index, order []string) []db.Index {
	var out []db.Index
	for _, class := range order {
		out = append(out, best[class])
	}
	return out
}

func better(a, b db.Index, common map[string]int) bool {
	if na, nb := common[a.Signature()], common[b.Signature()]; na != nb {
		return na > nb
	}
	return len(a.Columns) < len(b.Columns)
}

// class is how the plans of a statement read with one index added, whatever
// the index is called, and whether it is used at all.
func (s *search) class(ctx context.Context, b *bound, ix db.Index) (string, bool) {
	var class strings.Builder
	used := false
	for _, q := range b.queries {
		p, err := s.what.plan(ctx, q, db.Config{Add: []db.Index{ix}})
		if err != nil {
			return "", false
		}
		class.WriteString(strings.ReplaceAll(p.text, ix.Name, "?"))
		used = used || uses(p.uses, ix.Name)
	}
	return class.String() + ix.Where, used
}

// together keeps what the planner takes when it may choose among all: a join
// may need two indexes of which neither helps alone.
func (s *search) together(ctx context.Context, b *bound, list []db.Index) []db.Index {
	if len(b.tables) < 2 {
		return nil
	}
	var out []db.Index
	for _, q := range b.queries {
		p, err := s.what.plan(ctx, q, db.Config{Add: list})
		if err == nil {
			out = append(out, only(list, p.uses)...)
		}
	}
	return out
}

func uses(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// newCandidate finds out what an index takes and who would use it.
func (s *search) newCandidate(ctx context.Context, ix db.Index, list []*bound) *candidate {
	c := &candidate{index: ix, size: s.what.lab.Size(ix)}
	c.bytes = int64(c.size.Value)
	c.index.Bytes = &c.bytes
	c.rows = rowsWritten(s.all, s.rows, ix)
	for _, b := range list {
		if len(relevant([]db.Index{ix}, b)) == 0 {
			continue
		}
		if _, used := s.class(ctx, b, ix); used || len(b.tables) > 1 {
			c.users = append(c.users, b)
		}
	}
	return c
}

// bound is the most that a candidate could save, in seconds a second.
func (s *search) bound(c *candidate) float64 {
	return cost(c.users, s.now)
}

// byBound orders the pool by what each could save at most.
func (s *search) byBound() []*candidate {
	out := append([]*candidate(nil), s.pool...)
	sort.SliceStable(out, func(i, j int) bool { return s.bound(out[i]) > s.bound(out[j]) })
	return out
}
