package advisor

import (
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// doubts says how sure the numbers are, and what speaks against them.
func doubts(list []served, o offer, e *Effect) (confidence, why string) {
	confidence = "high"
	reasons := []string{howMeasured(list[0].before.method)}
	texts := 0
	for _, v := range list {
		texts += len(v.b.queries)
		if v.b.Assumed {
			confidence = "medium"
			reasons = append(reasons, v.b.Label()+" is assumed, not seen")
		}
	}
	reasons = append(reasons, constantsFrom(list)...)
	if texts == len(list) {
		confidence = "medium"
	}
	for _, c := range o.members {
		reasons = append(reasons, servesOnly(c.index)...)
	}
	if list[0].before.method != db.MethodCopy {
		confidence = "low"
		if e.outlives(estimatesErr) {
			confidence = "medium"
		}
	}
	return confidence, strings.Join(reasons, "; ")
}

// estimatesErr is by how much an estimate may be off before it is believed
// less: planners' are off by ten and more times in joins (Leis et al., "How
// good are query optimizers, really?", PVLDB 9, 2015).
const estimatesErr = 10

// outlives reports whether a call gets faster even if what was predicted of its
// live time takes so many times as long.
func (e *Effect) outlives(times float64) bool {
	if e == nil {
		return false
	}
	p := e.Foretold()
	return p != nil && p.High*times < p.Before
}

// constantsFrom says which constants the statements were measured with: those
// of the texts at hand, or for placeholders such as the lab draws.
func constantsFrom(list []served) (reasons []string) {
	texts, drawn := 0, false
	for _, v := range list {
		for _, s := range v.b.shapes {
			if asksForValues(s) {
				drawn = true
				continue
			}
			texts++
		}
	}
	if texts > 0 {
		reasons = append(reasons, "constants drawn from "+units.Plural(texts, "example"))
	}
	if drawn {
		reasons = append(reasons, "for placeholders "+drawnValues(list[0].before.method)+", as those of the calls are not known")
	}
	return reasons
}

// asksForValues reports whether a text leaves a value open on which it depends
// how many rows it meets.
func asksForValues(s *db.Shape) bool {
	return slices.ContainsFunc(s.Placeholders, func(p db.Placeholder) bool { return p.Role != db.RoleLimit && p.Role != db.RoleOffset })
}

// drawnValues are those that a lab of this method takes for placeholders.
func drawnValues(m db.Method) string {
	switch m {
	case db.MethodCopy:
		return "a typical and the worst value drawn from the copied rows"
	case db.MethodSample:
		return "a typical and the worst value drawn from the tables"
	}
	return "a typical value drawn from the tables"
}

// howMeasured says what numbers made so are worth.
func howMeasured(m db.Method) string {
	switch m {
	case db.MethodCopy:
		return "measured on a copy, from a warm cache"
	case db.MethodSample:
		return "measured on a sample of the rows and scaled: an estimate of the whole"
	case db.MethodHypothetical:
		return "the planner's costs with the index imagined: estimates, nothing was run with it"
	}
	return "by rule: an estimate, not measured"
}

// servesOnly says which statements alone an index of a kind serves.
func servesOnly(ix db.Index) (reasons []string) {
	if ix.Where != "" {
		reasons = append(reasons, "it serves only statements that contain "+ix.Where)
	}
	for _, e := range expressions(ix) {
		why := "it serves only statements that write " + e + " exactly so"
		if strings.Contains(e, "(") {
			why += ", and would mislead an application that puts a function of its own in the place of a built-in one"
		}
		reasons = append(reasons, why)
	}
	return reasons
}
