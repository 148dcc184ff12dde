package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// successors advises to drop the indexes that an index advised in this run
// makes redundant, once that one exists; gone are those dropped besides.
func (s *search) successors(ctx context.Context, f Facts, made written, gone []string) ([]Recommendation, []Declined) {
	var out []Recommendation
	var declined []Declined
	for _, c := range s.chosen {
		t := s.schema.Table(c.index.Table)
		first, ok := made[c]
		if t == nil || !ok {
			continue
		}
		for _, old := range t.Indexes {
			if slices.Contains(gone, old.Name) || !succeeds(c.index, old) {
				continue
			}
			r := dropAfter(f, old, c.index)
			r.Requires, r.free = []string{first.ID}, true
			w := s.beside(ctx, old.Table, r.ID, append(gone, old.Name))
			if w.against != nil {
				declined = append(declined, Declined{What: r.Title, Queries: []string{w.against.Label()}, Reason: w.why})
				continue
			}
			out = append(out, s.withSavedWrites(ctx, r, *old, w))
		}
	}
	return out, declined
}

// succeeds reports whether a new index serves all that an old one does.
func succeeds(ix db.Index, old *db.Index) bool {
	return !old.Unique && !old.Bound() && old.Where == ix.Where && len(old.Include) == 0 && sameMethod(ix, *old) && beginsWith(ix.Columns, old.Columns)
}

func dropAfter(f Facts, old *db.Index, ix db.Index) Recommendation {
	r := dropIndex(f, old, "Drop "+old.Name+" once "+ix.Name+" exists")
	r.Reason = ix.Name + ", which is advised here, begins with the same columns and serves the same searches; create it first"
	r.Confidence, r.Severity = "high", SeverityInfo
	r.MayBeWrong = "the narrower index is smaller: a search that reads many of its entries may take a little longer"
	r.Needs = []string{ix.Name}
	r.relies = []string{ix.Name}
	return r
}
