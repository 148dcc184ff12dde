package advisor

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// finish takes out what contradicts and what was dismissed, orders by time
// saved, and remembers everything for an apply.
func (a *Advisor) finish(ctx context.Context, f Facts, o Options, advice Advice) (Advice, error) {
	if now, err := a.id(ctx); err != nil || now != f.Target {
		return Advice{}, errors.Join(errors.New("the database was replaced while the search went on"), err)
	}
	advice = hideFirst(f, consistent(spareNamed(f, a.stillThere(ctx, f, advice))))
	s, err := a.store(ctx)
	if err != nil {
		return Advice{}, err
	}
	dismissed, err := s.loadDismissals()
	if err != nil {
		return Advice{}, err
	}
	advice = a.stillGood(ctx, advice, dismissed)
	order(advice.Recommendations)
	notAddingUp(advice.Recommendations)
	withValues(advice.Recommendations, f.Settings)
	advice.Notes = append(advice.Notes, a.Notes(ctx)...)
	advice.Texts = f.Workload.texts()
	if err := a.remember(ctx, f.Target, advice.Recommendations); err != nil {
		return Advice{}, err
	}
	if err := s.keepAdvice(adviceFile{
		At: advice.At, Catalog: advice.Catalog, Workload: f.Workload.digest(), Statements: slices.Sorted(maps.Keys(advice.Texts)), Budget: o.Budget,
		Partial: advice.Partial != "", Recommendations: advice.Recommendations,
		Texts: textsOf(advice), Slower: slowerOf(advice.Declined),
	}, o.OneStatement, advice.unsearched); err != nil {
		advice.Notes = append(advice.Notes, "the advice could not be kept for a later apply: "+err.Error())
	}
	advice.Recommendations = a.withRights(ctx, advice.Recommendations)
	return advice, nil
}

// textsOf are the texts of the statements that advice is given on.
func textsOf(a Advice) map[string]string {
	out := map[string]string{}
	for _, r := range a.Recommendations {
		for _, fingerprint := range r.Fingerprints {
			out[fingerprint] = a.Texts[fingerprint]
		}
	}
	return out
}

// texts are the statements as they are known without literals, by fingerprint.
func (w Workload) texts() map[string]string {
	out := make(map[string]string, len(w.Statements))
	for _, s := range w.Statements {
		out[s.Fingerprint] = s.Text
	}
	return out
}

// mostBeside is how many pieces of advice stay beside those of the last run:
// more than a person has at hand, and not all of a year.
const mostBeside = 100

// keepAdvice writes down what a run advised. One on a single statement stands
// beside what the last one on the workload said; one that could not search
// leaves the indexes that an earlier search found.
func (s store) keepAdvice(now adviceFile, oneStatement, unsearched bool) error {
	last, err := s.loadAdvice()
	if err != nil {
		last = adviceFile{} // it is written anew
	}
	switch {
	case oneStatement:
		last.Beside = notAmong(slices.Concat(now.Recommendations, last.Beside), last.Recommendations)
		return s.saveAdvice(last)
	case unsearched:
		if now.Catalog == last.Catalog {
			now.Slower = last.Slower // it could not try them again
		}
		now.Beside = notAmong(slices.Concat(last.Recommendations, last.Beside), now.Recommendations)
	default:
		now.Beside = notAmong(last.Beside, now.Recommendations)
	}
	return s.saveAdvice(now)
}

// slowerOf is what was declined because it was tried and made something slower.
func slowerOf(list []Declined) []Declined {
	return slices.DeleteFunc(slices.Clone(list), func(d Declined) bool { return d.Slower == "" })
}

// notAmong leaves out what is among others, and what comes twice.
func notAmong(list, others []Recommendation) (kept []Recommendation) {
	for _, r := range list {
		same := func(o Recommendation) bool { return o.ID == r.ID }
		if len(kept) < mostBeside && !slices.ContainsFunc(others, same) && !slices.ContainsFunc(kept, same) {
			kept = append(kept, r)
		}
	}
	return kept
}

// stillThere declines advice on tables and columns that went away while the
// search was on, and says when the catalog is another one by now.
func (a *Advisor) stillThere(ctx context.Context, f Facts, advice Advice) Advice {
	now, err := patient(ctx, a, a.engine.Schema)
	if err != nil || now.Version == f.Schema.Version {
		return advice
	}
	advice.Notes = append(advice.Notes, f.locked.sinceThen(now))
	var kept []Recommendation
	for _, r := range advice.Recommendations {
		if why := firstOf(vanished(now, r), f.unreadable(now, r)); why != "" {
			advice.Declined = append(advice.Declined, Declined{What: r.Title, Queries: r.Queries, Reason: why + " is gone since the search began"})
			continue
		}
		kept = append(kept, r)
	}
	advice.Recommendations = kept
	return advice
}

// unreadable names what a rewritten statement reads and the catalog has not any
// more; "" for other advice, and when all is there.
func (f Facts) unreadable(now *db.Schema, r Recommendation) string {
	if r.Kind != KindRewrite {
		return ""
	}
	for _, st := range f.Workload.Statements {
		if !slices.Contains(r.Fingerprints, st.Fingerprint) {
			continue
		}
		if _, err := f.Dialect.Parse(st.Text, now); err != nil {
			return "what it reads (" + err.Error() + ")"
		}
	}
	return ""
}

// vanished names what advice on tables needs and the catalog has not: a table,
// or a bare column of an index; "" when all is there.
func vanished(s *db.Schema, r Recommendation) string {
	for _, name := range append(slices.Clone(r.Tables), r.Table) {
		if name != "" && s.Table(name) == nil {
			return "the table " + name
		}
	}
	t := s.Table(r.Table)
	if t == nil {
		return ""
	}
	for _, c := range r.Columns {
		if !strings.HasPrefix(c, "(") && t.Column(c) == nil {
			return "the column " + r.Table + "." + c
		}
	}
	return ""
}

// stillGood leaves out what was dismissed, what was applied meanwhile, and what
// builds on advice that is gone.
func (a *Advisor) stillGood(ctx context.Context, advice Advice, dismissed map[string]Dismissal) Advice {
	all := advice.Recommendations
	advice = a.leaveChanged(ctx, leaveOut(advice, dismissed))
	return onlyWith(advice, func(id string) bool {
		return slices.ContainsFunc(all, func(r Recommendation) bool { return r.ID == id && a.stands(ctx, r) })
	})
}

// leaveChanged moves to what is declined the advice whose object is no longer
// as it was: it was applied, or somebody else was quicker.
func (a *Advisor) leaveChanged(ctx context.Context, advice Advice) Advice {
	gone, values := map[string]string{}, a.valuesNow(ctx, advice.Recommendations)
	for _, r := range advice.Recommendations {
		if why, err := a.outdated(ctx, r, values); err == nil && why != "" {
			gone[r.ID] = why
		}
	}
	return advice.Without(gone)
}

// leaveOut moves dismissed advice to what is declined, with the user's reason.
func leaveOut(advice Advice, dismissed map[string]Dismissal) Advice {
	var kept []Recommendation
	for _, r := range advice.Recommendations {
		d, ok := dismissed[r.ID]
		if !ok {
			kept = append(kept, r)
			continue
		}
		advice.Declined = append(advice.Declined, Declined{
			What: r.Title, Queries: r.Queries, Reason: "dismissed: " + firstOf(d.Why, "no reason given"),
		})
	}
	advice.Recommendations = kept
	return advice
}

// order sorts by time saved, then severity, then ID; what others build on
// comes before them, and texts that were not compared behind the rest.
func order(list []Recommendation) {
	bySaving(list)
	copy(list, requiredFirst(list))
}

// requiredFirst moves up what others build on to just before the first of them.
func requiredFirst(list []Recommendation) []Recommendation {
	var out []Recommendation
	placed := make([]bool, len(list))
	var place func(i int)
	place = func(i int) {
		if placed[i] {
			return
		}
		placed[i] = true
		for j, other := range list {
			if slices.Contains(list[i].Requires, other.ID) {
				place(j)
			}
		}
		out = append(out, list[i])
	}
	for i := range list {
		place(i)
	}
	return out
}

func bySaving(list []Recommendation) {
	slices.SortStableFunc(list, func(a, b Recommendation) int {
		switch {
		case a.unchecked() != b.unchecked():
			if b.unchecked() {
				return -1
			}
			return 1
		case a.SavedRatio != b.SavedRatio && !math.IsNaN(a.SavedRatio-b.SavedRatio):
			return compareFloat(b.SavedRatio, a.SavedRatio)
		case a.Severity != b.Severity:
			return rank(a.Severity) - rank(b.Severity)
		}
		return strings.Compare(a.ID, b.ID)
	})
}

func compareFloat(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

func rank(s Severity) int {
	return slices.Index([]Severity{SeverityCritical, SeverityWarning, SeverityInfo}, s)
}
