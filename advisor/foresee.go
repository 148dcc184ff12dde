package advisor

import (
	"slices"

	"mltop/internal/db"
)

// A foreseen plan answers more than was asked for. A planner takes the cheapest
// plan that its indexes allow: under fewer indexes it is the same one, as long
// as those that it uses are among them. (Papadomanolakis, Dash, Ailamaki,
// "Efficient use of the query optimizer for automated physical design", VLDB
// 2007.)
type foreseen struct {
	planned
	under map[string]bool // the indexes that the planner could choose among
	needs []string        // those of them that it chose
	price float64         // by the planner alone; 0: it tells none
}

func newForeseen(under []db.Index, p planned, lab db.Lab) foreseen {
	f := foreseen{planned: p, under: identities(under)}
	if pricer, ok := lab.(db.Pricer); ok {
		e, _ := pricer.Price(p.plan)
		f.price = e.Value
		if own := p.plan.Root.Cost; own != nil {
			f.price = *own // what a lab adds to it need not be less with more indexes
		}
	}
	for _, ix := range only(under, p.uses) {
		f.needs = append(f.needs, identity(ix))
	}
	return f
}

// foresee finds the plan under some indexes among those that are known.
func foresee(known []foreseen, under []db.Index) (planned, bool) {
	asked := identities(under)
	for _, f := range known {
		if f.holds(asked) {
			return f.planned, true
		}
	}
	return planned{}, false
}

// holds reports whether the plan is also that under other indexes.
func (f foreseen) holds(asked map[string]bool) bool {
	return f.offers(asked) && !slices.ContainsFunc(f.needs, func(id string) bool { return !asked[id] })
}

// floor is the least that a statement can cost under some indexes, as far as
// plans tell: it costs no less than with more indexes. 0: nothing is known.
func (w *whatIf) floor(b *bound, c db.Config) float64 {
	if _, ok := w.lab.(db.Pricer); !ok {
		return 0
	}
	asked, sum := identities(relevant(c.Add, b)), 0.0
	for i, q := range b.queries {
		least := 0.0
		for _, f := range w.plans[questionOf(w.standIn(q))+"\x00"+configKey(db.Config{})] {
			if f.price > least && f.offers(asked) {
				least = f.price
			}
		}
		sum += b.weight(i) * least
	}
	return sum / float64(len(b.queries))
}

// offers reports whether the planner could choose among all these indexes.
func (f foreseen) offers(asked map[string]bool) bool {
	if len(asked) > len(f.under) {
		return false
	}
	for id := range asked {
		if !f.under[id] {
			return false
		}
	}
	return true
}

// identity tells indexes apart: by what they are, and by the name that a plan
// calls them.
func identity(ix db.Index) string { return ix.Name + " " + ix.Signature() }

func identities(list []db.Index) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, ix := range list {
		out[identity(ix)] = true
	}
	return out
}
