package advisor

import (
	"context"
	"slices"
	"strings"

	"mltop/internal/db"
)

// searchByRule looks for indexes where the engine has nothing to try them on:
// what one would bring is reckoned, and every card says so. What an earlier
// run has measured stays beside it.
func (a *Advisor) searchByRule(ctx context.Context, no db.NotMeasured, f Facts, all []*bound, seen Seen, o Options, advice *Advice, said *teller) error {
	advice.unsearched = true
	why := strings.TrimPrefix(no.Why, "rules only: ")
	if a.config.ByRule == nil {
		advice.Notes = append(advice.Notes, "indexes were not searched for: "+why)
		advice.Recommendations = byRules(f)
		return nil
	}
	advice.Notes = append(advice.Notes, "indexes are advised by rule, not measured: "+why)
	lab := a.config.ByRule(ctx, f)
	defer lab.Close() //nolint:errcheck // it holds nothing
	if err := a.searchIn(ctx, lab, f, all, seen, o, advice, said); err != nil {
		return err
	}
	*advice = servedNow(f, all, *advice)
	for i := range advice.Recommendations {
		advice.Recommendations[i].byRule(why)
	}
	return nil
}

// byRule says of an index that was reckoned that it was, and what would
// measure it.
func (r *Recommendation) byRule(why string) {
	if r.Kind != KindCreateIndex {
		return
	}
	r.Title += " (by rule, not measured)"
	r.Confidence, r.MayBeWrong = "low", "confidence is low: "+r.MayBeWrong+"; to have it measured: "+why
}

// servedNow declines the indexes for statements that the server's own plans
// serve well: a rule that thinks otherwise is wrong.
func servedNow(f Facts, all []*bound, advice Advice) Advice {
	gone := map[string]string{}
	for _, r := range advice.Recommendations {
		if by := wellServed(f, all, r); by != "" {
			gone[r.ID] = "no advice, because by the server's own plan it is well served: " + by
		}
	}
	return advice.Without(gone)
}

// wellServed says how the server finds the rows of all statements that an
// index is for; "" where it reads a whole table or sorts for one of them, or
// where its plan is not known.
func wellServed(f Facts, all []*bound, r Recommendation) (by string) {
	if r.Kind != KindCreateIndex {
		return ""
	}
	for _, b := range all {
		if !slices.Contains(r.Queries, b.Label()) {
			continue
		}
		p := f.Plans[b.Fingerprint+" "+b.Name]
		if p == nil || readsAll(p) || sorts(p) {
			return ""
		}
		by = searches(p)
	}
	return by
}
