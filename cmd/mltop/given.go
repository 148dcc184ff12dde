package main

import (
	"slices"
	"strings"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/pattern"
)

// queriesFile is the kind of source whose queries a user named and weighed.
const queriesFile = "queries file"

// A givenQuery is what a queries file says of one query. Two queries may have
// one fingerprint: other constants, or a pattern that an index serves beside
// one that none does.
type givenQuery struct {
	source  collectors.StatementSource
	group   collectors.StatementGroup
	pattern string
	texts   []string
	calls   []float64 // of texts, by weight
	more    bool      // there were other texts, which are not kept
}

// forget drops what a queries file said: it is read again as a whole.
func (w *workload) forget(source collectors.StatementSource) {
	for print, sum := range w.sums {
		of := len(sum.given)
		sum.given = slices.DeleteFunc(sum.given, func(g givenQuery) bool { return g.source == source })
		if c, _ := sum.most(); of > 0 && len(sum.given) == 0 && c.calls == 0 && !sum.assumed {
			delete(w.sums, print)
		}
	}
}

// give adds a query of a file. The same query twice counts twice.
func (s *statementSum) give(source collectors.StatementSource, g collectors.StatementGroup) {
	q := givenQuery{source: source, group: g, pattern: patternOf(g.Example)}
	for i := range s.given {
		have := &s.given[i]
		if have.source == source && have.group.Name == g.Name && have.pattern == q.pattern {
			have.group.Weight += g.Weight
			have.addText(g.Example, g.Weight)
			return
		}
	}
	q.addText(g.Example, g.Weight)
	s.given = append(s.given, q)
}

// textsOfAQuery are enough to try a query with common and rare constants.
const textsOfAQuery = 5

func (q *givenQuery) addText(text string, weight float64) {
	switch i := slices.Index(q.texts, text); {
	case text == "":
	case i >= 0:
		q.calls[i] += weight
	case len(q.texts) < textsOfAQuery:
		q.texts, q.calls = append(q.texts, text), append(q.calls, weight)
	default:
		q.more = true
	}
}

// shares are how often each text is called, where all of them are kept.
func (q *givenQuery) shares() []float64 {
	if q.more {
		return nil
	}
	return q.calls
}

// split answers a statement for each query that was given, which share the
// calls that were seen by their weights; else one.
func (s *statementSum) split(times spans) []advisor.Statement {
	whole := s.statement(times)
	if len(s.given) == 0 {
		return []advisor.Statement{whole}
	}
	var out []advisor.Statement
	all := s.weight()
	for _, q := range s.given {
		st := whole
		st.Name, st.Rewrite, st.CallsPerHour = s.nameOf(q), q.group.Rewrite, q.group.Weight
		if c, _ := s.most(); s.live && c.calls > 0 {
			st.CallsPerHour = whole.CallsPerHour * weighted(q.group.Weight, all, len(s.given))
		}
		st.Examples, st.Calls, st.Logged = q.texts, q.shares(), false
		if seen := s.examples.Texts(); len(s.given) == 1 && len(seen) > 0 {
			st.Examples, st.Calls = append(slices.Clone(q.texts), seen...), nil
		}
		out = append(out, st)
	}
	return out
}

func weighted(part, all float64, n int) float64 {
	if all <= 0 {
		return 1 / float64(n)
	}
	return part / all
}

func (s *statementSum) weight() (sum float64) {
	for _, q := range s.given {
		sum += q.group.Weight
	}
	return sum
}

// nameOf is a query's name; one without a name that shares its fingerprint is
// told apart by its pattern.
func (s *statementSum) nameOf(q givenQuery) string {
	if q.group.Name != "" || len(s.given) == 1 || q.pattern == "" {
		return q.group.Name
	}
	return q.group.Fingerprint + " (LIKE " + q.pattern + ")"
}

// names are all that a statement was called.
func (s *statementSum) names() string {
	var list []string
	for _, q := range s.given {
		if name := q.group.Name; name != "" && !contains(list, name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return s.group.Name
	}
	return strings.Join(list, ", ")
}

// likePattern finds the patterns of a text.
var likePattern = pattern.Late(`(?i)\b(?:LIKE|GLOB)\s*'((?:[^']|'')*)'`)

// patternOf tells patterns that an index can serve from those with a wildcard
// in front: "'x%'", "'%x'".
func patternOf(text string) string {
	var out []string
	for _, m := range likePattern().FindAllStringSubmatch(text, -1) {
		class := "'x%'"
		if strings.IndexAny(m[1], "%_*?[") == 0 {
			class = "'%x'"
		}
		out = append(out, class)
	}
	return strings.Join(out, ", ")
}
