package advisor

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mltop/internal/db"
)

// mostMeasured is how many indexes are measured for one statement, of those
// that its plan would use: the most promising by the plan. Building one on the
// copy takes longer than all the planning of a search. What is only assumed is
// worth fewer.
const mostMeasured, mostAssumed = 8, 4

// gather adds to the pool: the candidates of each statement that its plan
// would use, and who else would use them.
func (s *search) gather(ctx context.Context, list []*bound) {
	list = slices.DeleteFunc(slices.Clone(list), func(b *bound) bool { _, ok := s.base[b]; return !ok })
	usage := usageOf(s.all, s.schema)
	common := s.common(s.measured(), s.schema, usage)
	set := newIndexSet()
	naming, cancel := s.portion(ctx, namingShare)
	defer cancel()
	for i, b := range list {
		s.stage("planning "+b.Label(), 0.2+0.2*float64(i)/float64(len(list)))
		own, end := s.portion(naming, 1/float64(len(list)-i))
		for _, ix := range s.useful(own, b, candidatesOf(b, s.schema, usage), common) {
			set.add(ix)
		}
		for _, ix := range s.enlist(own, b, usage) {
			set.add(ix)
		}
		s.rushed[b] = own.Err() != nil
		end()
	}
	for _, c := range s.pool {
		set.seen[c.index.Signature()] = true
		c.users = s.usersOf(ctx, c.index)
	}
	for _, ix := range set.list {
		if ix = unclash(ix, s.schema); !s.inPool(ix) {
			s.pool = append(s.pool, s.newCandidate(ctx, ix))
		}
	}
}

func (s *search) inPool(ix db.Index) bool {
	return slices.ContainsFunc(s.pool, func(c *candidate) bool { return c.index.Signature() == ix.Signature() })
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

// A class is one way in which a statement's plan changes with an index added,
// and the best index that leads to it.
type class struct {
	index db.Index
	score float64
}

// useful keeps the candidates that the statement's plan would use: of those
// that lead to the same plan the one most statements ask for, then the
// narrowest; and of the plans the most promising ones.
func (s *search) useful(ctx context.Context, b *bound, list []db.Index, common map[string]int) []db.Index {
	best := map[string]*class{}
	var classes []*class
	list = s.listed(b, list, common)
	s.tried[b] = 0
	for _, ix := range list {
		if ctx.Err() != nil {
			break
		}
		s.tried[b]++
		if !s.foreseen(b, ix) {
			continue // there are better ones
		}
		key, score, used := s.class(ctx, b, ix)
		if !used {
			continue
		}
		have := best[key]
		if have == nil {
			have = &class{ix, score}
			best[key], classes = have, append(classes, have)
		}
		if s.better(ix, have.index, common) {
			have.index = ix
		}
	}
	slices.SortStableFunc(classes, func(x, y *class) int {
		return cmp.Or(cmp.Compare(y.score, x.score), len(x.index.Columns)-len(y.index.Columns))
	})
	var out []db.Index
	for _, c := range classes[:min(len(classes), mostFor(b))] {
		out = append(out, c.index)
	}
	return append(append(out, s.peeled[b]...), s.together(ctx, b, list)...)
}

// better reports whether a is to stand for a plan that b leads to as well.
func (s *search) better(a, b db.Index, common map[string]int) bool {
	if na, nb := common[a.Signature()], common[b.Signature()]; na != nb {
		return na > nb
	}
	if na, nb := s.replaces(a), s.replaces(b); na != nb {
		return na > nb
	}
	return len(a.Columns) < len(b.Columns)
}

// replaces is how many bytes of indexes could go once ix is there.
func (s *search) replaces(ix db.Index) (bytes int64) {
	t := s.schema.Table(ix.Table)
	if t == nil {
		return 0
	}
	for _, old := range t.Indexes {
		if old.Bytes != nil && succeeds(ix, old) {
			bytes += *old.Bytes
		}
	}
	return bytes
}

func mostFor(b *bound) int {
	if b.Assumed {
		return mostAssumed
	}
	return mostMeasured
}

// class is how the plans of a statement read with one index added, whatever
// the index is called, how promising that is, and whether it is used at all.
func (s *search) class(ctx context.Context, b *bound, ix db.Index) (key string, score float64, used bool) {
	var text strings.Builder
	for _, q := range b.queries {
		p, err := s.what.plan(ctx, q, db.Config{Add: []db.Index{ix}})
		if err != nil {
			return "", 0, false
		}
		text.WriteString(strings.ReplaceAll(p.text, ix.Name, "?"))
		used = used || uses(p.uses, ix.Name)
		score += promise(p.plan)
	}
	if ix.Where != "" {
		score++ // its condition is met without a column searched by
	}
	return text.String() + ix.Where, score, used
}

// promise ranks plans before they are measured: by the columns that rows are
// searched by, then by what is read and sorted besides. It only decides which
// indexes are measured, not which are advised.
func promise(p *db.Plan) float64 {
	score := 0.0
	p.Walk(func(n *db.Node, _ int) {
		switch n.Op {
		case db.OpSearch:
			score += float64(len(n.Columns))
			if n.Automatic {
				score -= 3
			}
		case db.OpScan:
			score -= 2
		case db.OpSort, db.OpGroup, db.OpDistinct:
			score -= 1.5
		}
		if n.Covering {
			score += 1.5
		}
	})
	return score
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
func (s *search) newCandidate(ctx context.Context, ix db.Index) *candidate {
	c := &candidate{index: ix, size: s.what.lab.Size(ix)}
	c.bytes = int64(c.size.Value)
	c.index.Bytes = &c.bytes
	if t := s.schema.Table(ix.Table); t != nil {
		c.index.Reads = t.Bytes
	}
	c.rows = s.written(ix)
	c.lost, c.others = s.lostUpdates(ix)
	c.users = s.usersOf(ctx, ix)
	return c
}

// usersOf lists the measured statements that would use an index, or might
// beside others.
func (s *search) usersOf(ctx context.Context, ix db.Index) []*bound {
	var users []*bound
	for _, b := range s.measured() {
		if len(relevant([]db.Index{ix}, b)) == 0 {
			continue
		}
		if !s.foreseen(b, ix) {
			users = append(users, b)
			continue
		}
		if _, _, used := s.class(ctx, b, ix); used || len(b.tables) > 1 || s.mates(b, ix) || ctx.Err() != nil {
			users = append(users, b)
		}
	}
	return users
}
