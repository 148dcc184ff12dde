package main

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// Why a statement has one plan alone.
const (
	whyNoDraw   = "no values are drawn for a statement on this engine"
	whyNoneFree = "the statement has its own values"
	whySameWay  = "the values that find the most rows take the same way to about as many rows"
)

// worstPlan is the plan with the constants that find the most rows; nil, and
// why, where it is the same, or where there are none to draw: the statement's
// own plan is shown either way.
func (a *app) worstPlan(ctx context.Context, q db.Query, typical *db.Plan) (_ *db.Plan, why string) {
	d, ok := a.engine.(db.Drawer)
	if !ok {
		return nil, whyNoDraw
	}
	if len(q.Args) > 0 {
		return nil, whyNoneFree
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	_, worst, err := d.Draw(ctx, q.SQL)
	switch {
	case err != nil:
		return nil, err.Error()
	case len(worst) == 0:
		return nil, whyNoneFree
	}
	p, _, err := a.plan(ctx, db.Query{SQL: q.SQL, Args: worst}, false)
	switch {
	case err != nil:
		return nil, err.Error()
	case !differs(typical, p):
		return nil, whySameWay
	}
	p.Root.Detail = "planned with the values that find the most rows"
	return p, ""
}

// moreRows is how many times as many rows make the same way another plan: less
// is within what a planner's estimates are off by.
const moreRows = 3

// differs reports whether a plan goes another way than the typical one, or the
// same way to many more rows.
func differs(typical, worst *db.Plan) bool {
	if wayOf(typical) != wayOf(worst) {
		return true
	}
	before := rowsOf(typical)
	for i, n := range rowsOf(worst) {
		if b := before[i]; n != nil && b != nil && *n > moreRows*max(*b, 1) {
			return true
		}
	}
	return false
}

// wayOf is how a plan comes to its rows, without its estimates.
func wayOf(p *db.Plan) string {
	var b strings.Builder
	p.Walk(func(n *db.Node, depth int) { fmt.Fprintln(&b, depth, n.Op, n.Table, n.Index) })
	return b.String()
}

// rowsOf are the rows of each node, in the order of wayOf.
func rowsOf(p *db.Plan) (out []*float64) {
	p.Walk(func(n *db.Node, _ int) { out = append(out, n.Rows) })
	return out
}
