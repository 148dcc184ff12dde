package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// A teller passes on what the lab says while it copies rows: at first as it
// is, then as a stage of the search that it serves.
type teller struct{ tell func(db.Progress) }

func (t *teller) put(p db.Progress) { t.tell(p) }

func (t *teller) then(f func(db.Progress)) { t.tell = f }

// progressOf reports a stage within the search's own progress.
func (s *search) progressOf(p db.Progress) { s.progress(p.Stage, s.done) }

// soFarPart is the part of a search's questions that may go into telling how
// far it is, behind the first time.
const soFarPart = 0.05

func (s *search) mayTell() bool {
	return float64(s.what.asked[phaseSoFar]) <= soFarPart*float64(s.what.asks())
}

// publisher answers the function that tells the best so far. What it tells
// can be previewed and applied at once.
func (a *Advisor) publisher(ctx context.Context, s *search, of db.TargetID, advice Advice, tell func(Advice, db.Progress)) func(string, float64) {
	dismissed := map[string]Dismissal{}
	if st, err := a.store(ctx); err == nil {
		dismissed, _ = st.loadDismissals() // an error is told when the run ends
	}
	var told []*candidate
	now := advice
	return func(stage string, done float64) {
		if !slices.Equal(s.chosen, told) && (told == nil || s.mayTell()) {
			told = slices.Clone(s.chosen) // first: to look closer at it reports stages, too
			now = onlyWith(leaveOut(s.interim(ctx, advice, a.engine), dismissed), func(string) bool { return false })
			order(now.Recommendations)
			_ = a.remember(ctx, of, now.Recommendations) // only ctx ends it, and the run with it
		}
		s.done, now.Course = done, s.course()
		tell(now, db.Progress{Stage: stage, Done: done})
	}
}

// interim is the best so far, in the order in which it was found, each beside
// those before it: those were measured on the way.
func (s *search) interim(ctx context.Context, advice Advice, d db.Dialect) Advice {
	defer func(was string) { s.what.phase = was }(s.what.phase)
	s.what.phase = phaseSoFar
	advice.Partial = "still searching"
	made := written{}
	var placed []*candidate
	list, _ := s.offers(ctx)
	for _, o := range list {
		does, worse := s.compare(ctx, o.members, company(placed, o))
		if len(does) == 0 {
			continue
		}
		placed = append(placed, o.members...)
		r := s.cardOf(o, d, does, worse)
		made.put(&r, o)
		advice.Recommendations = append(slices.Clip(advice.Recommendations), r)
	}
	return advice
}
