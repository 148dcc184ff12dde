package advisor

import (
	"slices"
	"strings"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/units"
)

// Rewritten is what a rewrite changes in a statement. mltop never applies one:
// it is the application's text.
type Rewritten struct {
	Before string   `json:"before"` // constants are placeholders
	After  string   `json:"after"`
	Holds  []string `json:"must_hold"` // for both to return the same rows
	// Compared says how far the rows of both were compared.
	Compared string `json:"compared"`
	// found is what the rules found, in which example.
	found rewrite.Rewrite
	of    string // key of Facts.Shapes
}

// notCompared is said of a rewrite of which no rows were compared.
const notCompared = "not checked on data: "

// rewrites advises texts in the place of statements, by rule: nothing is
// measured, and no rows are compared.
func rewrites(f Facts) []Recommendation {
	var out []Recommendation
	for _, s := range rewritable(f) {
		for _, w := range rewrite.Of(s.text) {
			out = append(out, rewriteCard(s.st, s.key, w))
		}
	}
	return out
}

// declinedPages are the statements that count pages and cannot ask for them by
// their key.
func declinedPages(f Facts) []Declined {
	var out []Declined
	for _, s := range rewritable(f) {
		if why := rewrite.WhyNoPages(s.text); why != "" {
			out = append(out, Declined{What: "Page by key instead of OFFSET", Queries: []string{s.st.Label()}, Reason: why})
		}
	}
	return out
}

// A rewritableText is a statement as the rules of rewriting take it.
type rewritableText struct {
	st   Statement
	key  string // of Facts.Shapes
	text rewrite.Statement
}

// rewritable are the statements that are bound and have no rewritten text yet.
func rewritable(f Facts) (out []rewritableText) {
	for _, st := range f.Workload.Statements {
		key := st.Fingerprint + " " + st.Name
		if f.Shapes[key] == nil || st.Rewrite != "" || st.Assumed || f.Dialect == nil {
			continue
		}
		sql := st.Text
		if len(st.Examples) > 0 {
			sql = st.Examples[0]
		}
		out = append(out, rewritableText{st, key, rewrite.Statement{SQL: sql, Shape: f.Shapes[key], Schema: f.Schema, Dialect: f.Dialect, CallsPerRequest: st.CallsPerRequest}})
	}
	return out
}

// unchecked reports a text that nothing was compared with the old one's.
func (r Recommendation) unchecked() bool {
	return r.Rewrite != nil && strings.HasPrefix(r.Rewrite.Compared, notCompared)
}

// headed is how much of a statement a heading holds: beside a title it is still
// one line of a wide terminal.
const headed = 48

// called is what a heading calls a statement: its name, or how it begins.
func called(name, masked string) string {
	if name != "" {
		return name
	}
	gist := []rune(sqltext.Gist(masked))
	if len(gist) > headed {
		return string(gist[:headed-1]) + "…"
	}
	return string(gist)
}

func rewriteCard(st Statement, key string, w rewrite.Rewrite) Recommendation {
	r := Recommendation{
		ID: adviceID(KindRewrite, st.Fingerprint, w.Rule+" "+w.After.Masked), Kind: KindRewrite, Severity: SeverityInfo,
		Title: w.Title + ": " + called(st.Name, w.Before.Masked), Object: "statement " + st.Label() + " by " + w.Rule, Table: w.Table,
		Statement: w.After.Masked, Undo: w.Before.Masked, Queries: []string{st.Label()}, Fingerprints: []string{st.Fingerprint},
		Reason: w.Why, Expect: w.Effect, Rule: w.Rule, Scope: "the application: its text has to change", Risk: w.Risk, Confidence: "low",
		MayBeWrong: "by rule alone: neither text was measured",
		Rewrite:    &Rewritten{Before: w.Before.Masked, After: w.After.Masked, Holds: w.Holds, Compared: notCompared + "there is no copy here", found: w, of: key},
	}
	switch {
	case w.Differs:
		r.Severity = SeverityWarning
		r.MayBeWrong = "where the column never holds a NULL both texts answer the same"
	case w.Keeps:
		r.MayBeWrong = "where nobody turns more than a few pages nothing is gained"
	case w.Fewer:
		r.Severity = SeverityWarning
		r.Evidence = []string{units.SI(st.CallsPerRequest) + " calls a request of " + firstOf(st.CallsHow, "its route")}
		r.MayBeWrong = "where each answer decides what is asked next, the calls cannot be put together"
	}
	if st.Route != "" {
		r.Routes = []string{st.Route}
	}
	return r
}

// plausible leaves out, where nothing can be measured, the rewrites for which
// there is no index that would begin to serve.
func plausible(f Facts, list []Recommendation) []Recommendation {
	return slices.DeleteFunc(list, func(r Recommendation) bool {
		if r.Rewrite == nil {
			return false
		}
		w := r.Rewrite.found
		t := f.Schema.Table(w.Table)
		if slices.ContainsFunc(w.Checks, func(c rewrite.Check) bool { return c.Must }) {
			return true // nothing was asked
		}
		return !w.Keeps && !w.Fewer && !w.Differs && (t == nil || !led(t, w.Column))
	})
}

// led reports an index of a table that begins with a column.
func led(t *db.Table, column string) bool {
	if strings.EqualFold(t.RowID, column) || len(t.PrimaryKey) > 0 && strings.EqualFold(t.PrimaryKey[0], column) {
		return true
	}
	return slices.ContainsFunc(t.Indexes, func(ix *db.Index) bool {
		return len(ix.Columns) > 0 && strings.EqualFold(ix.Columns[0].Name, column)
	})
}
