package advisor

import (
	"context"
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

const (
	// mostPeeled is how many times the planner is asked for its next best choice:
	// once for each index that is measured for a statement at most.
	mostPeeled = mostMeasured
	// mostAtOnce bounds the indexes that a planner is shown at once: it looks at
	// all of them for every table of a join.
	mostAtOnce = 60
	// alikePrice is how far the costs of two examples may lie apart that are
	// taken for one: a planner's estimates of rows are no better.
	alikePrice = band
	// A statement of less than smallPart of the workload's time is peeled as
	// often as it takes to serve it, and not to find what serves others besides.
	smallPart = 0.01
	fewPeeled = 4
)

// peels reports whether the best indexes of a statement are found by peeling.
// That takes a planner whose word is the cost: one that only plans may prefer
// what is slower, and each index is tried.
func (s *search) peels() bool {
	_, ok := s.what.lab.(db.Pricer)
	return ok
}

// peel shows the planner all indexes at once that any statement asks for, takes
// away those that it chooses, and asks again, until it wants none of them or
// enough are known. What comes so is ordered by cost, and by these plans the
// statement's cost is known under most sets of the indexes.
func (s *search) peel(ctx context.Context, list []*bound) {
	if !s.peels() {
		return
	}
	s.list()
	for i, b := range list {
		s.stage("planning "+b.Label(), 0.2*float64(i)/float64(len(list)))
		if _, known := s.peeled[b]; known || !b.reads() || ctx.Err() != nil {
			continue
		}
		under := s.planned(ctx, b, s.universe(b))
		s.twin(ctx, b, under)
		s.peeled[b] = nil
		for _, q := range b.queries {
			if s.what.standIn(q).SQL == q.SQL {
				s.peeled[b] = append(s.peeled[b], s.peelBeside(ctx, q, nil, under, s.depth(b))...)
			}
		}
	}
}

// list gathers the candidates of all statements.
func (s *search) list() {
	if s.lists != nil {
		return
	}
	s.lists = map[*bound][]db.Index{}
	usage := usageOf(s.all, s.schema)
	common := s.common(s.all, s.schema, usage)
	for _, b := range s.all {
		for _, ix := range s.oneOrder(b, candidatesOf(b, s.schema, usage), common) {
			s.lists[b] = append(s.lists[b], unclash(ix, s.schema))
		}
		for _, ix := range s.blockIndexes(b) {
			s.lists[b] = append(s.lists[b], unclash(ix, s.schema))
		}
	}
}

// listed are the candidates of one statement, of those that differ only in an
// order that does not matter one.
func (s *search) listed(b *bound, list []db.Index, common map[string]int) []db.Index {
	if s.lists != nil {
		return s.lists[b]
	}
	return s.oneOrder(b, list, common)
}

// An asked-for index is one that some statement asks for; order says which
// statement did first.
type askedFor struct {
	index db.Index
	order int
}

// byTable lists what any statement asks for once, by table: of thousands of
// statements on one table most ask for the same.
func (s *search) byTable() map[string][]askedFor {
	if s.wanted != nil {
		return s.wanted
	}
	s.wanted = map[string][]askedFor{}
	set := newIndexSet()
	for _, b := range s.all {
		for _, ix := range s.lists[b] {
			before := len(set.list)
			if set.add(ix); len(set.list) > before {
				key := strings.ToLower(ix.Table)
				s.wanted[key] = append(s.wanted[key], askedFor{ix, before})
			}
		}
	}
	return s.wanted
}

// universe are the indexes that a statement could use, its own first.
func (s *search) universe(b *bound) []db.Index {
	set := newIndexSet()
	for _, ix := range relevant(s.lists[b], b) {
		set.add(ix)
	}
	var others []askedFor
	for name := range b.tables {
		others = append(others, s.byTable()[name]...)
	}
	slices.SortFunc(others, func(x, y askedFor) int { return x.order - y.order })
	for _, o := range others {
		if len(set.list) >= mostAtOnce {
			break
		}
		if len(relevant([]db.Index{o.index}, b)) > 0 {
			set.add(o.index)
		}
	}
	return set.list[:min(len(set.list), mostAtOnce)]
}

// planned leaves out of some indexes what the engine does not take: one of them
// would keep the planner from all others.
func (s *search) planned(ctx context.Context, b *bound, under []db.Index) []db.Index {
	if _, err := s.what.plan(ctx, b.queries[0], db.Config{Add: under}); err == nil || len(under) == 0 {
		return under
	}
	return slices.DeleteFunc(under, func(ix db.Index) bool { return s.what.lab.Try(ctx, ix) != nil })
}

// twin finds the examples of a statement whose best plans are the same one at
// about the same cost: one of them answers for all. Where the first and the
// last are so, nobody asks about those between.
func (s *search) twin(ctx context.Context, b *bound, under []db.Index) {
	last := len(b.queries) - 1
	if last > 0 && s.alikeUnder(ctx, b.queries[0], b.queries[last], under) {
		for _, q := range b.queries[1:] {
			s.what.twins[q.SQL] = b.queries[0]
		}
		return
	}
	for i, q := range b.queries {
		for _, first := range b.queries[:i] {
			if s.what.standIn(first).SQL == first.SQL && s.alikeUnder(ctx, first, q, under) {
				s.what.twins[q.SQL] = first
				break
			}
		}
	}
}

func (s *search) alikeUnder(ctx context.Context, a, b db.Query, under []db.Index) bool {
	x, _, err1 := s.what.cost(ctx, a, db.Config{Add: under})
	y, _, err2 := s.what.cost(ctx, b, db.Config{Add: under})
	return err1 == nil && err2 == nil && outline(x.Plan) == outline(y.Plan) && math.Abs(x.Value-y.Value) <= alikePrice*x.Value
}

// outline is a plan without its constants.
func outline(p *db.Plan) string {
	var b strings.Builder
	p.Walk(func(n *db.Node, depth int) {
		b.WriteString(strings.Repeat(" ", depth) + string(n.Op) + "|" + n.Table + "|" + n.Index + "\n")
	})
	return b.String()
}

// depth is how often a statement is peeled.
func (s *search) depth(b *bound) int {
	sum := 0.0
	for _, other := range s.all {
		sum += other.seenLoad()
	}
	if own := b.seenLoad(); own > 0 && own < smallPart*sum {
		return fewPeeled
	}
	return mostPeeled
}

func lacking(list, some []db.Index) []db.Index {
	drop := identities(some)
	return slices.DeleteFunc(slices.Clone(list), func(ix db.Index) bool { return drop[identity(ix)] })
}

// foreseen reports whether it is known how a statement is planned with an
// index. Where it is not, that index is none of the best.
func (s *search) foreseen(b *bound, ix db.Index) bool {
	return !s.peels() || !slices.ContainsFunc(b.queries, func(q db.Query) bool {
		return !s.what.knows(q, relevant([]db.Index{ix}, b))
	})
}
