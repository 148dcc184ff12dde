package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// UnderBudget is what so many bytes of new indexes would buy.
type UnderBudget struct {
	Budget          int64            // 0: no bound
	Bytes           int64            // that are used of it
	Cost            float64          // of the workload, of what it costs as it is
	Calls           int              // questions beside those asked before it
	Partial         string           // what was not finished
	Recommendations []Recommendation // of indexes
}

// buys answers what other budgets would buy. A plan holds under every budget,
// and so does what a planner was asked once: each takes but the few questions
// that only its own choices raise.
func (a *Advisor) buys(ctx context.Context, s *search, f Facts, seen Seen, o Options) (out []UnderBudget) {
	for _, budget := range o.Budgets {
		if ctx.Err() != nil {
			return out
		}
		before := s.what.asks()
		t := newSearch(s.what, f.Schema, s.all, seen.RowsPerHour, budget)
		t.had, t.new, t.dialect, t.progress = s.had, s.new, s.dialect, s.progress
		u := UnderBudget{Budget: budget}
		if !t.run(ctx) {
			u.Partial = partial(ctx, o.Duration)
		}
		var advice Advice
		t.write(context.WithoutCancel(ctx), a.engine, f, seen, &advice)
		u.Recommendations = slices.DeleteFunc(advice.Recommendations, func(r Recommendation) bool {
			return r.Kind != KindCreateIndex && r.Kind != KindDropIndex
		})
		u.Bytes, u.Cost, u.Calls = t.bytes(), t.course().Last(), s.what.asks()-before
		out = append(out, u)
	}
	return out
}

// Indexes are those that would be made.
func (u UnderBudget) Indexes() (out []db.Step) {
	for _, r := range u.Recommendations {
		if r.Kind == KindCreateIndex {
			out = append(out, r.Change...)
		}
	}
	return out
}
