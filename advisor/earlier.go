package advisor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mltop/internal/units"
)

// keepEarlier puts beside the advice of a search that ended early what the one
// before found and this one did not come to: it says nothing against it.
// Whether that still holds is looked at with the rest; see finish.
func (a *Advisor) keepEarlier(ctx context.Context, f Facts, o Options, advice Advice) Advice {
	if advice.Partial == "" || o.OneStatement {
		return advice
	}
	s, err := a.store(ctx)
	if err != nil {
		return advice
	}
	last, err := s.loadAdvice()
	if err != nil {
		return advice
	}
	earlier := slices.DeleteFunc(a.asRemembered(ctx, last.Recommendations), f.overtaken)
	return withEarlier(advice, earlier, last.At, f.Workload.texts(), o.Budget)
}

// overtaken reports advice on what is not in the catalog any more; what a lock
// hides may be there.
func (f Facts) overtaken(r Recommendation) bool {
	return vanished(f.Schema, r) != "" && !slices.Contains(f.locked.tables, r.Table)
}

// asRemembered answers advice as this process knows it: a file keeps no plans.
func (a *Advisor) asRemembered(ctx context.Context, list []Recommendation) []Recommendation {
	list = slices.Clone(list)
	now, _ := a.id(ctx) // of another target nothing is remembered
	_ = a.do(ctx, func(m *memory) {
		for i, r := range list {
			if known, ok := m.advice[r.ID]; ok && m.of == now {
				list[i] = known
			}
		}
	})
	return list
}

// withEarlier adds the earlier advice that a search did not come to: measured
// advice on statements that are still in the workload and that this search
// neither finished nor serves, as far as the budget goes.
func withEarlier(advice Advice, earlier []Recommendation, of time.Time, workload map[string]string, budget int64) Advice {
	kept, left := 0, budget-bytesOf(advice.Recommendations)
	for _, r := range earlier {
		if !measuredAdvice(r) || !untouched(advice, r, workload) || budget > 0 && bytesOf([]Recommendation{r}) > left {
			continue
		}
		left -= bytesOf([]Recommendation{r})
		advice.Recommendations = append(slices.Clip(advice.Recommendations), r.asOf(of))
		kept++
	}
	if kept > 0 {
		advice.Notes = append(advice.Notes, fmt.Sprintf("%s of an earlier search: this one ended before it came to their statements", units.Plural(kept, "piece")+" of advice are"))
	}
	return advice
}

// measuredAdvice reports advice that a search makes and no rule can: what else
// there is, each run says anew.
func measuredAdvice(r Recommendation) bool {
	return r.Kind == KindCreateIndex || r.Kind == KindRewrite || len(r.Requires) > 0
}

// untouched reports that a run has nothing to say on what earlier advice is
// about: its statements are still run, and none was searched to the end or is
// served by other advice. A drop that follows an index stands and falls with it.
func untouched(advice Advice, r Recommendation, workload map[string]string) bool {
	if slices.ContainsFunc(advice.Recommendations, func(now Recommendation) bool {
		return now.ID == r.ID || measuredAdvice(now) && slices.ContainsFunc(now.Fingerprints, func(q string) bool { return slices.Contains(r.Fingerprints, q) })
	}) {
		return false
	}
	if len(r.Fingerprints) == 0 {
		return slices.ContainsFunc(advice.Recommendations, func(now Recommendation) bool { return slices.Contains(r.Requires, now.ID) })
	}
	known := func(q string) bool { _, ok := workload[q]; return ok }
	return slices.ContainsFunc(r.Fingerprints, known) && !slices.ContainsFunc(r.Fingerprints, func(q string) bool { return advice.searched[q] })
}

// asOf marks advice with the search that it is of, once.
func (r Recommendation) asOf(at time.Time) Recommendation {
	if r.MeasuredAt != nil {
		return r
	}
	r.MeasuredAt = &at
	r.Evidence = append(slices.Clip(r.Evidence), "found by the search of "+at.UTC().Format("2006-01-02 15:04:05")+" UTC; the last one ended before it came to it")
	return r
}

func bytesOf(list []Recommendation) (sum int64) {
	for _, r := range list {
		if r.Kind == KindCreateIndex && r.SizeBytes != nil {
			sum += *r.SizeBytes
		}
	}
	return sum
}

// searched are the statements, by fingerprint, of which a search has said all
// that it had to say.
func (s *search) searched() map[string]bool {
	done := map[string]bool{}
	for _, b := range s.all {
		if _, measured := s.base[b]; measured {
			done[b.Fingerprint] = true
		}
	}
	for _, b := range s.all { // a statement may be bound more than once
		if cut, looked := s.cut[b]; cut || !looked {
			delete(done, b.Fingerprint)
		}
	}
	return done
}
