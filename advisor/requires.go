package advisor

import (
	"context"
	"fmt"
	"slices"

	"mltop/internal/db"
)

// own is the asked-for part of a change, without what is applied before it.
func (p Preview) own() Part {
	before := 0
	for _, first := range p.First {
		before += len(first.Steps)
	}
	return Part{p.Recommendation, p.Steps[before:]}
}

// firsts lists the advice that r builds on and that is not there yet, in the
// order in which it is to be applied; lacks says why that cannot be.
func (a *Advisor) firsts(ctx context.Context, r Recommendation) (list []Recommendation, lacks string) {
	for _, id := range r.Requires {
		first, err := a.recommendation(ctx, id)
		if err != nil {
			lacks = firstOf(lacks, a.lacks(ctx, r, id))
			continue
		}
		if a.stands(ctx, first) {
			continue
		}
		before, why := a.firsts(ctx, first)
		lacks = firstOf(lacks, why)
		for _, one := range append(before, first) {
			if !slices.ContainsFunc(list, func(have Recommendation) bool { return have.ID == one.ID }) {
				list = append(list, one)
			}
		}
	}
	return list, lacks
}

// stands reports whether all that advice makes is there.
func (a *Advisor) stands(ctx context.Context, r Recommendation) bool {
	for _, s := range r.Change {
		now, err := a.state(ctx, s.Object)
		if err != nil || now == db.Absent {
			return false
		}
	}
	return true
}

// lacks names an index that has to exist before r is applied, and that advice
// made which is not known any more.
func (a *Advisor) lacks(ctx context.Context, r Recommendation, id string) string {
	for _, name := range r.Needs {
		state, err := a.state(ctx, db.Object{Kind: db.ObjectIndex, Table: r.Table, Name: name})
		if err == nil && state == db.Absent {
			return fmt.Sprintf("it builds on #%s, which creates index %s, and that advice is not known any more: run advise again", id, name)
		}
	}
	return ""
}

// builtUpon warns of the changes that stand and pay only beside this one.
func builtUpon(e Entry, list []Entry) (out []Warning) {
	for _, other := range list {
		standing := other.State == EntryApplied || other.State == EntryUndoPending
		if standing && other.ID != e.ID && slices.Contains(other.Requires, e.Recommendation) {
			out = append(out, Warning{
				Text:    fmt.Sprintf("entry %s (%s) was advised only beside it: undo that one first, or it may cost more than it saves", other.ID, other.Title),
				Queries: other.Queries,
			})
		}
	}
	return out
}

// onlyWith leaves out advice that builds on advice which is neither given nor
// there already. What is there needs no mention any more.
func onlyWith(advice Advice, there func(id string) bool) Advice {
	for {
		given := map[string]bool{}
		for _, r := range advice.Recommendations {
			given[r.ID] = true
		}
		var kept []Recommendation
		for _, r := range advice.Recommendations {
			r.Requires = slices.DeleteFunc(slices.Clone(r.Requires), func(id string) bool { return !given[id] && there(id) })
			i := slices.IndexFunc(r.Requires, func(id string) bool { return !given[id] })
			if i < 0 {
				kept = append(kept, r)
				continue
			}
			advice.Declined = append(slices.Clip(advice.Declined), Declined{
				What: r.Title, Queries: r.Queries, Reason: "it pays only beside #" + r.Requires[i] + ", which is not advised",
			})
		}
		all := len(kept) == len(advice.Recommendations)
		advice.Recommendations = kept
		if all {
			return advice
		}
	}
}
