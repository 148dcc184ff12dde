package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sort"

	"mltop/internal/db"
)

// The peers are written from their publications, not copied, and have not
// been run on the published workload: none is validated. Like their originals
// they know columns, not expressions nor parts of a table, and no cost of
// writing.
//
// all columns:    every column that a statement compares or sorts by
// all keys:       every foreign key
// DB2Advis:       Valentin et al., ICDE 2000
// Extend:         Schlosser, Kossmann, Boissier, ICDE 2019
// per statement:  the best index of up to two columns of each, as dexter does

// A peer chooses indexes within a budget of bytes.
type peer struct {
	name   string
	choose func(g *ground, budget float64) []db.Index
}

func peers() []peer {
	return []peer{
		{"all columns", func(g *ground, budget float64) []db.Index { return g.smallest(g.singles(), budget) }},
		{"all keys", func(g *ground, budget float64) []db.Index { return g.smallest(g.keys(), budget) }},
		{"DB2Advis", db2advis},
		{"Extend", extend},
		{"per statement", perStatement},
	}
}

// smallest takes what fits, the smallest first.
func (g *ground) smallest(list []db.Index, budget float64) (out []db.Index) {
	slices.SortStableFunc(list, func(a, b db.Index) int { return cmp.Compare(g.size(a), g.size(b)) })
	left := budget
	for _, ix := range list {
		if left -= g.size(ix); left < 0 {
			return out
		}
		out = append(out, ix)
	}
	return out
}

// A valued index and what it is worth.
type valued struct {
	ix   db.Index
	gain float64
}

// byRatio takes what fits by gain a byte; one that another begins with gives
// it its gain.
func (g *ground) byRatio(list []valued, budget float64) (out []db.Index) {
	list = subsumed(list)
	sort.SliceStable(list, func(i, j int) bool {
		return list[i].gain/g.size(list[i].ix) > list[j].gain/g.size(list[j].ix)
	})
	left := budget
	for _, v := range list {
		if size := g.size(v.ix); size <= left {
			out, left = append(out, v.ix), left-size
		}
	}
	return out
}

func subsumed(list []valued) (out []valued) {
	for i, v := range list {
		longer := slices.IndexFunc(list, func(o valued) bool { return len(o.ix.Columns) > len(v.ix.Columns) && begins(o.ix, v.ix) })
		if longer < 0 {
			out = append(out, v)
			continue
		}
		list[longer].gain += list[i].gain
		for j := range out {
			if out[j].ix.Signature() == list[longer].ix.Signature() {
				out[j].gain = list[longer].gain
			}
		}
	}
	return out
}

func begins(long, short db.Index) bool {
	if long.Table != short.Table || len(long.Columns) < len(short.Columns) {
		return false
	}
	for i, c := range short.Columns {
		if long.Columns[i].Name != c.Name {
			return false
		}
	}
	return true
}

// gains supposes all candidates of a statement at once, and credits those that
// its plan uses with what it saves.
func (g *ground) gains(most float64) []valued {
	var out []valued
	for _, a := range g.list {
		all := g.candidates(a)
		before, after, used := g.cost(a, nil), 0.0, []db.Index(nil)
		if after, used = g.costUses(a, all); after > most*before {
			continue
		}
		for _, ix := range used {
			i := slices.IndexFunc(out, func(v valued) bool { return v.ix.Signature() == ix.Signature() })
			if i < 0 {
				out = append(out, valued{ix: ix})
				i = len(out) - 1
			}
			out[i].gain += a.load * (before - after)
		}
	}
	return out
}

// swaps is how many exchanges DB2Advis tries at random.
const swaps = 50

func db2advis(g *ground, budget float64) []db.Index {
	list := g.gains(1)
	best := g.byRatio(list, budget)
	least := g.total(best)
	rng := rand.New(rand.NewPCG(1, 2000))
	for range min(g.swaps, g.swaps*len(best)) {
		tried := slices.Clone(best)
		tried[rng.IntN(len(tried))] = list[rng.IntN(len(list))].ix
		if g.sizeOf(tried) > budget || doubled(tried) {
			continue
		}
		if total := g.total(tried); total < least {
			best, least = tried, total
		}
	}
	return best
}

func doubled(list []db.Index) bool {
	seen := map[string]bool{}
	for _, ix := range list {
		if seen[ix.Signature()] {
			return true
		}
		seen[ix.Signature()] = true
	}
	return false
}

// halved is dexter's bar: a statement has to cost half of what it did.
const halved = 0.5

func perStatement(g *ground, budget float64) []db.Index {
	return g.byRatio(g.gains(halved), budget)
}

// leastStep is the least part of the whole cost that a step of Extend saves
// (min_cost_improvement 1.003 of the published evaluation).
const leastStep = 0.003

// extend adds an index of one column, or a column to an index, whichever saves
// most for its bytes, until nothing does.
func extend(g *ground, budget float64) []db.Index {
	var chosen []db.Index
	now := g.total(nil)
	for {
		var best []db.Index
		ratio, least := 0.0, now
		for _, next := range g.steps(chosen) {
			bytes := g.sizeOf(next) - g.sizeOf(chosen)
			if g.sizeOf(next) > budget || bytes <= 0 {
				continue
			}
			total := g.total(next)
			if saved := now - total; saved > leastStep*now && saved/bytes > ratio {
				best, ratio, least = next, saved/bytes, total
			}
		}
		if best == nil {
			return chosen
		}
		chosen, now = best, least
	}
}

// steps are the sets that are one step from a chosen one.
func (g *ground) steps(chosen []db.Index) (out [][]db.Index) {
	for _, ix := range g.singles() {
		if !slices.ContainsFunc(chosen, func(have db.Index) bool { return begins(have, ix) }) {
			out = append(out, append(slices.Clone(chosen), ix))
		}
	}
	for i, have := range chosen {
		for _, c := range g.beside(have) {
			next := slices.Clone(chosen)
			next[i] = g.index(have.Table, append(slices.Clone(have.Columns), c)...)
			out = append(out, next)
		}
	}
	return out
}
