package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// mostAsked bounds the steps that are asked about: of a partitioned table the
// others are like the first.
const mostAsked = 20

// mayNot warns that the server would refuse steps to this user; nothing where it
// does not tell.
func (a *Advisor) mayNot(ctx context.Context, steps []db.Step) []Warning {
	e, ok := a.engine.(db.ChangeRefuser)
	if !ok {
		return nil
	}
	var list []Warning
	for _, s := range steps[:min(len(steps), mostAsked)] {
		why, err := e.MayNot(ctx, s)
		if err != nil {
			return list // applying it will say it
		}
		w := "this user may not apply it: " + why
		if why != "" && !slices.ContainsFunc(list, func(o Warning) bool { return o.Text == w }) {
			list = append(list, Warning{Text: w, Queries: []string{}})
		}
	}
	return list
}

// withRights says with each piece of advice where this user may not apply it.
// It is no part of the advice: another user may.
func (a *Advisor) withRights(ctx context.Context, list []Recommendation) []Recommendation {
	list = slices.Clone(list)
	for i, r := range list {
		list[i].Warnings = slices.Concat(r.Warnings, a.mayNot(ctx, r.Change))
	}
	return list
}
