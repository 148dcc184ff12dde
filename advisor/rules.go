package advisor

import (
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Rules lists all rules, in the order in which their advice is kept when two
// would change the same object.
func Rules() []Rule {
	return []Rule{
		duplicateIndexes, redundantIndexes, unusedIndexes,
		ofFiles(missingStatistics),
		ofFiles(journalMode), ofFiles(synchronous), ofFiles(busyTimeout), ofFiles(readCache), ofFiles(bigWAL), ofFiles(pageSize), ofFiles(freeSpace),
		workMem, bufferPool,
		retention,
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
	relied := map[string]string{}
	for _, r := range a.Recommendations {
		for _, name := range r.relies {
			relied[strings.ToLower(name)] = r.Title
		}
	}
	var kept []Recommendation
	seen := map[string]bool{}
	for _, r := range a.Recommendations {
		object := strings.ToLower(r.Object)
		by, needed := relied[strings.TrimPrefix(object, "index ")]
		switch {
		case r.Kind == KindDropIndex && needed:
			a.Declined = append(a.Declined, Declined{What: r.Title, Reason: "other advice relies on it: " + by})
		case !seen[object]:
			seen[object] = true
			kept = append(kept, r)
		}
	}
	a.Recommendations = kept
	return a
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
