package advisor

import (
	"context"
	"fmt"

	"mltop/internal/db"
)

// rewrites checks the rewritten texts that the user gave: the same rows here,
// and less time. One that fails is declined with the reason.
func (s *search) rewrites(ctx context.Context) ([]Recommendation, []Declined) {
	var out []Recommendation
	var declined []Declined
	for _, b := range s.all {
		if b.Rewrite == "" {
			continue
		}
		r, why := s.rewrite(ctx, b)
		if why != "" {
			declined = append(declined, Declined{What: "the rewritten text", Queries: []string{b.Label()}, Reason: why})
			continue
		}
		out = append(out, r)
	}
	return out, declined
}

func (s *search) rewrite(ctx context.Context, b *bound) (Recommendation, string) {
	if !b.shapes[0].Pure {
		return Recommendation{}, "only a pure SELECT can be compared"
	}
	new := b.of([]db.Query{{SQL: b.Rewrite}})
	new.shapes, new.weights = b.shapes[:1], nil
	if shape, err := s.dialect.Parse(b.Rewrite, s.schema); err == nil {
		new.shapes = []*db.Shape{shape}
	}
	same, err := s.what.lab.Equivalent(ctx, b.queries[0], new.queries[0])
	if err != nil {
		return Recommendation{}, "it could not be compared: " + err.Error()
	}
	if !same {
		return Recommendation{}, "it returns other rows than the statement it should replace"
	}
	return s.compareRewrite(ctx, b, new)
}

// compareRewrite measures both texts on the indexes that are advised.
func (s *search) compareRewrite(ctx context.Context, b, new *bound) (Recommendation, string) {
	before, ok := s.base[b]
	after, err := s.what.measure(ctx, new, s.config())
	switch {
	case !ok:
		return Recommendation{}, "time was up before it was measured"
	case err != nil:
		return Recommendation{}, notMeasured(err)
	}
	id := adviceID(KindRewrite, b.Fingerprint, b.Rewrite)
	if before.saves(after) < s.had.bar(id)*minGain*before.value {
		return Recommendation{}, fmt.Sprintf("it is not faster: %s → %s", amount(before), amount(after))
	}
	list := []served{{b, s.predict(ctx, b, b, db.Config{}, before), s.predict(ctx, b, new, s.config(), after)}}
	r := Recommendation{
		ID:         id,
		Kind:       KindRewrite,
		Title:      "Rewrite " + b.Label(),
		Object:     "statement " + b.Label(),
		Statement:  b.Rewrite,
		Undo:       b.Text,
		Reason:     "the rewritten text returns the same rows on the copy and can use an index",
		Evidence:   evidence(list, offer{}),
		Scope:      "the application: its text has to change",
		Risk:       "compared on the copy's rows only: another state of the data may tell the two apart",
		MayBeWrong: "equal on the copy is not a proof for every state of the data",
		Confidence: "medium",
		Estimate:   s.effectOf(list),
		SavedRatio: s.savedSeconds(list),
	}
	mask := db.QuotesOf(s.dialect).Mask
	r.Rewrite = &Rewritten{Before: mask(b.Text), After: mask(b.Rewrite), Holds: []string{"both are what you gave: see that they mean the same"}, Compared: "on the " + s.ground() + ", the same rows: both texts"}
	r.Severity = severityOf(r.SavedRatio)
	r.serve(list)
	return r, ""
}
