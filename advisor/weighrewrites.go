package advisor

import (
	"context"
	"fmt"
	"strings"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
)

// weighRewrite measures both texts: by the indexes that there are, then by
// those that are advised besides, then by one on the column alone. why is that
// it saves nothing, of a rewrite that is to save something.
func (s *search) weighRewrite(ctx context.Context, w *rewriting, found rewrite.Rewrite) (why string) {
	today, err := s.bothTexts(ctx, w, db.Config{})
	if err != nil {
		if unasked(ctx, err) && (found.Keeps || found.Fewer || found.Differs) {
			return ""
		}
		return notMeasured(err)
	}
	switch bar := s.had.bar(w.r.ID); {
	case found.Fewer:
		w.plansOf(today)
	case today.gains(bar):
		s.measuredRewrite(ctx, w, today)
	case found.Keeps || found.Differs:
		w.plansOf(today)
	default:
		return s.withIndexes(ctx, w, found, bar)
	}
	return ""
}

func (s *search) bothTexts(ctx context.Context, w *rewriting, c db.Config) (served, error) {
	before, err := s.what.measure(ctx, w.before, c)
	if err != nil {
		return served{}, err
	}
	after, err := s.what.measure(ctx, w.after, c)
	return served{w.of, s.predict(ctx, w.of, w.before, c, before), s.predict(ctx, w.of, w.after, c, after)}, err
}

func (v served) gains(bar float64) bool {
	return v.before.value > v.after.value && v.before.saves(v.after) >= bar*minGain*v.before.value
}

func (w *rewriting) plansOf(v served) {
	w.r.Plans = []PlanPair{v.plans()}
}

// measuredRewrite writes what a rewrite saves by today's indexes. What an index
// that is advised besides saves of it is not counted twice.
func (s *search) measuredRewrite(ctx context.Context, w *rewriting, today served) {
	s.writeSaving(w, today)
	if with, err := s.bothTexts(ctx, w, s.config()); err == nil && len(s.chosen) > 0 && with.before.value < today.before.value {
		w.r.SavedRatio = max(0, s.savedSeconds([]served{with}))
		if !with.gains(1) {
			w.r.MayBeWrong = "an index that is advised besides serves the old text as well: one of the two is enough; " + w.r.MayBeWrong
		}
	}
	w.r.rank()
}

func (s *search) writeSaving(w *rewriting, v served) {
	list := []served{v}
	w.r.Evidence, w.r.Estimate = evidence(list, offer{}), s.effectOf(list)
	w.plansOf(v)
	w.r.relies = usesOf(v.after.first.Plan)
	w.r.MayBeWrong = doubtOfRewrite(w.r.Rewrite)
	w.r.SavedRatio = s.savedSeconds(list)
	w.r.rank()
}

// rank is by what is saved; a warning stays one.
func (r *Recommendation) rank() {
	if !r.Rewrite.found.Differs {
		r.Severity = severityOf(r.SavedRatio)
	}
}

func doubtOfRewrite(w *Rewritten) string {
	if strings.HasPrefix(w.Compared, notCompared) {
		return "the rows of both texts were not compared: see what must hold"
	}
	return "equal here is no proof for every state of the data: see what must hold"
}

// withIndexes looks whether the new text is better served by indexes that are
// not there yet: those that are advised, or one on the column.
func (s *search) withIndexes(ctx context.Context, w *rewriting, found rewrite.Rewrite, bar float64) (why string) {
	c := s.config()
	advised, err := s.bothTexts(ctx, w, c)
	if err == nil && len(c.Add) > 0 && advised.gains(bar) {
		return s.needing(w, advised, only(c.Add, usesOf(advised.after.first.Plan)))
	}
	t := s.schema.Table(found.Table)
	if err != nil || t == nil || found.Column == "" || led(t, found.Column) || !t.Indexable() {
		return notFaster(advised, err)
	}
	ix := db.Index{Schema: t.Schema, Table: t.ID(), Columns: []db.IndexColumn{{Name: found.Column}}, Method: "btree"}
	ix.Name = indexName(ix)
	c.Add = append(c.Add, ix)
	after, err := s.what.measure(ctx, w.after, c)
	after = s.predict(ctx, w.of, w.after, c, after)
	if own := (served{w.of, advised.before, after}); err == nil && own.gains(bar) && after.uses[ix.Name] {
		return s.needing(w, own, []db.Index{ix})
	}
	return notFaster(advised, err)
}

func notFaster(v served, err error) string {
	if err != nil {
		return notMeasured(err)
	}
	return fmt.Sprintf("it is not faster: %s → %s", amount(v.before), amount(v.after))
}

// needing writes a rewrite that is no good without indexes.
func (s *search) needing(w *rewriting, v served, list []db.Index) string {
	s.writeSaving(w, v)
	for _, ix := range list {
		change, err := db.MakeIndex(s.dialect, s.schema, ix)
		if err != nil {
			return "the index that it needs cannot be made: " + err.Error()
		}
		for _, step := range change {
			w.r.Evidence = append(w.r.Evidence, "it needs the index: "+statements(step.Do))
		}
	}
	w.r.MayBeWrong = "what the index costs with each row written is not counted in; " + w.r.MayBeWrong
	return ""
}
