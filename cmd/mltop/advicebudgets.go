package main

import (
	"slices"
	"strings"

	"mltop/advisor"
	"mltop/internal/export"
	"mltop/internal/units"
)

// A budgetDoc is what so many bytes of new indexes would buy.
type budgetDoc struct {
	Budget    int64    `json:"budget_bytes"`
	Size      int64    `json:"size_bytes"`
	Cost      float64  `json:"cost_ratio"`
	Questions int      `json:"questions"`
	Partial   string   `json:"partial,omitempty"`
	Indexes   []string `json:"indexes"`
}

func budgetDocs(list []advisor.UnderBudget) (out []budgetDoc) {
	for _, u := range list {
		d := budgetDoc{Budget: u.Budget, Size: u.Bytes, Cost: u.Cost, Questions: u.Calls, Partial: u.Partial, Indexes: []string{}}
		for _, r := range u.Recommendations {
			if r.Kind == advisor.KindCreateIndex {
				d.Indexes = append(d.Indexes, r.Table+"("+strings.Join(r.Columns, ", ")+")")
			}
		}
		out = append(out, d)
	}
	return out
}

func budgetsTable(list []budgetDoc) export.Table {
	t := export.Table{Title: "Budgets", Columns: export.Cols(">budget", ">used", ">workload's cost", ">questions", "~indexes")}
	for _, d := range list {
		indexes := strings.Join(d.Indexes, ", ")
		if d.Partial != "" {
			indexes += " (" + d.Partial + ")"
		}
		t.Rows = append(t.Rows, []string{units.Bytes(float64(d.Budget)), units.Bytes(float64(d.Size)), units.Percent(d.Cost), units.Whole(int64(d.Questions)), indexes})
	}
	return t
}

// readBudgets takes the sizes of --budgets, the smallest first.
func (o *options) readBudgets(texts []string) error {
	for _, text := range texts {
		n, err := units.ParseBytes(text)
		if err != nil {
			return usagef("--budgets: %v", err)
		}
		if n == 0 {
			return usagef("--budgets: 0 leaves no room for anything")
		}
		o.budgets = append(o.budgets, n)
	}
	slices.Sort(o.budgets)
	return nil
}
