package main

import (
	"mltop/advisor"
	"mltop/internal/units"
)

// A rewriteDoc is what a rewrite changes in a statement, with both plans.
type rewriteDoc struct {
	Before     string   `json:"before"` // constants are placeholders
	After      string   `json:"after"`
	MustHold   []string `json:"must_hold"`
	Compared   string   `json:"compared"`
	PlanBefore *planDoc `json:"plan_before"`
	PlanAfter  *planDoc `json:"plan_after"`
}

// newRewriteDoc is nil of other kinds of advice.
func newRewriteDoc(r advisor.Recommendation) *rewriteDoc {
	if r.Rewrite == nil {
		return nil
	}
	d := &rewriteDoc{Before: r.Rewrite.Before, After: r.Rewrite.After, MustHold: list(r.Rewrite.Holds), Compared: r.Rewrite.Compared}
	if len(r.Plans) > 0 {
		d.PlanBefore, d.PlanAfter = newPlanDoc(r.Plans[0].Before.Plan), newPlanDoc(r.Plans[0].After.Plan)
	}
	return d
}

// rows are those of its card.
func (d *rewriteDoc) rows(add func(label, text string)) {
	add("before", d.Before)
	add("after", d.After)
	for _, h := range d.MustHold {
		add("must hold", h)
	}
	add("compared", d.Compared)
	for _, p := range []struct {
		label string
		plan  *planDoc
	}{{"plan before", d.PlanBefore}, {"plan after", d.PlanAfter}} {
		if p.plan == nil {
			continue
		}
		for _, line := range planTable(p.label, p.plan).Rows {
			add(p.label, rowText(line))
		}
	}
}

// rowText is a row of a plan's table in one line.
func rowText(cells []string) string {
	text := cells[0]
	for _, c := range cells[1:3] {
		if c != "" {
			text += "  " + c
		}
	}
	if rows := cells[3]; rows != "" && rows != units.Unknown {
		text += "  " + rows + " rows"
	}
	return text
}
