package advisor

import (
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Rules lists all rules, in the order in which their advice is kept when two
// would change the same object.
func Rules() []Rule {
	return []Rule{
		invalidIndexes, redundantIndexes, duplicateIndexes, unusedIndexes,
		ofFiles(missingStatistics),
		fileSettings, serverSettings, staleStatistics,
		retention, rewrites,
	}
}

// ofFiles keeps a rule about SQLite's files from speaking of servers.
func ofFiles(r Rule) Rule {
	return func(f Facts) []Recommendation {
		if f.Target.Engine != "" && f.Target.Engine != "sqlite" {
			return nil
		}
		return r(f)
	}
}

// serverSettings is the advice on settings alone; what is not advised, and
// why, is declinedSettings.
func serverSettings(f Facts) []Recommendation {
	list, _ := f.settingsAdvice()
	return list
}

func declinedSettings(f Facts) []Declined {
	_, declined := f.settingsAdvice()
	return declined
}

// byRules is the advice of the rules where nothing can be measured.
func byRules(f Facts) []Recommendation { return plausible(f, applyRules(f)) }

func applyRules(f Facts) []Recommendation {
	var out []Recommendation
	for _, rule := range Rules() {
		out = append(out, rule(f)...)
	}
	return out
}

// consistent keeps one piece of advice for each object, and takes out a drop
// of what other advice relies on.
func consistent(a Advice) Advice {
	list := onePerObject(a.Recommendations)
	a.Recommendations = nil
	for _, r := range list {
		if by := reliesOn(list, r); by != "" {
			a.Declined = append(a.Declined, Declined{What: r.Title, Reason: "other advice relies on it: " + by})
			continue
		}
		a.Recommendations = append(a.Recommendations, r)
	}
	return a
}

// onePerObject keeps the first advice on each object.
func onePerObject(list []Recommendation) []Recommendation {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(r Recommendation) bool {
		object := strings.ToLower(r.Object)
		again := seen[object]
		seen[object] = true
		return again
	})
}

// reliesOn names the advice that is good only as long as the index stays that
// r drops. What was measured without it does not need it, nor does a drop that
// was tried together with it; and a plan by new statistics may take the index
// that stays instead, and so may a rewritten text.
func reliesOn(list []Recommendation, r Recommendation) string {
	if r.Kind != KindDropIndex {
		return ""
	}
	name := strings.TrimPrefix(strings.ToLower(r.Object), "index ")
	for _, other := range list {
		measured := r.free && (other.Kind == KindCreateIndex || (other.Kind == KindAnalyze || other.Kind == KindRewrite) && len(r.relies) > 0 || other.Kind == KindDropIndex && len(r.Requires) > 0)
		if !measured && uses(other.relies, name) {
			return other.Title
		}
	}
	return ""
}

// setting finds a setting by name; ok is false where the engine has none.
func (f Facts) setting(name string) (s db.Setting, ok bool) {
	for _, s := range f.Settings {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return db.Setting{}, false
}

// writesTo reports whether a statement of this kind on a table was seen.
func (f Facts) writesTo(table string, kind db.StatementKind) bool {
	for _, s := range f.Shapes {
		for _, w := range s.Writes {
			if strings.EqualFold(w.Table, table) && (kind == "" || w.Kind == kind) {
				return true
			}
		}
	}
	return false
}

// writing reports whether anything is written, and how that is known.
func (f Facts) writing() (how string, ok bool) {
	switch {
	case f.CommitsPerRequest > 0:
		return units.Digits(f.CommitsPerRequest) + " commits a request", true
	case len(f.RowsPerHour) > 0:
		return "rows are being written", true
	}
	for _, s := range f.Shapes {
		if len(s.Writes) > 0 {
			return "the workload writes", true
		}
	}
	return "", false
}
