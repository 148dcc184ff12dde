package advisor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/units"
)

// fewRows is the size below which a planner's default guesses do no harm.
const fewRows = 1000

// missingStatistics finds indexed tables that the planner has to guess about.
func missingStatistics(f Facts) []Recommendation {
	var names, ids []string
	for _, t := range f.Schema.Tables {
		if lacksStatistics(t) {
			names, ids = append(names, t.Name), append(ids, t.ID())
		}
	}
	if len(names) == 0 {
		return nil
	}
	table := ""
	if len(names) == 1 {
		table = names[0]
	}
	step := f.Dialect.Analyze(table)
	return []Recommendation{{
		ID:         adviceID(KindAnalyze, "statistics "+table, strings.Join(names, ",")),
		Kind:       KindAnalyze,
		Severity:   SeverityInfo,
		Title:      "Gather statistics of " + strings.Join(names, ", "),
		Object:     "statistics " + firstOf(table, "of the database"),
		Table:      table,
		Tables:     ids,
		Statement:  statements(step.Do),
		Undo:       firstOf(statements(step.Undo), "puts back the statistics that were there, or none"),
		Change:     db.Change{step},
		Reason:     "the planner knows nothing of how many rows a value meets and guesses",
		Evidence:   []string{fmt.Sprintf("%s with indexes and no statistics", units.Plural(len(names), "table"))},
		Scope:      "the database: connections see it once they read the schema again",
		Risk:       "plans may change, for the better as a rule",
		MayBeWrong: "statistics grow old: gather them again when the data has changed much",
		Confidence: "medium",
	}}
}

const (
	// staleRows changed say something about plans.
	staleRows = 10_000
	// overdue is how many times the limit of autovacuum's own ANALYZE rows must
	// have changed: then it does not come.
	overdue = 2
	// lateCounts is how long a session may take to hand in what it changed
	// (PGSTAT_MAX_INTERVAL in pgstat.c): rows that an ANALYZE has seen may be
	// counted as changed behind it.
	lateCounts = time.Minute
)

// settles reports whether a table's statistics were gathered so lately that
// its count of changes may be of rows before that, or autovacuum, which looks
// once in its nap, has not had its turn.
func settles(f Facts, t *db.Table) bool {
	nap := f.secondsOf("autovacuum_naptime", 60) // its default
	return t.Analyzed != nil && f.Stats.At.Sub(*t.Analyzed) < lateCounts+time.Duration(overdue*nap*float64(time.Second))
}

// staleStatistics finds tables of PostgreSQL that changed much since their
// statistics were gathered, and that nothing gathers anew.
func staleStatistics(f Facts) []Recommendation {
	if f.Target.Engine != "postgres" {
		return nil
	}
	var names, ids, evidence []string
	var change db.Change
	for _, t := range f.Schema.Tables {
		part, _ := f.numberOf("autovacuum_analyze_scale_factor")
		fixed, _ := f.numberOf("autovacuum_analyze_threshold")
		if t.Unsupported != "" || settles(f, t) || t.Modified == nil || t.Rows == nil || float64(*t.Modified) < max(staleRows, overdue*(fixed+part*float64(*t.Rows))) {
			continue
		}
		names, ids, change = append(names, t.Name), append(ids, t.ID()), append(change, f.Dialect.Analyze(t.Name))
		evidence = append(evidence, fmt.Sprintf("%s: %s of %s rows changed since its statistics were gathered; autovacuum's own limit is %s",
			t.Name, units.Whole(*t.Modified), units.Whole(*t.Rows), units.Whole(int64(fixed+part*float64(*t.Rows)))))
	}
	if len(names) == 0 {
		return nil
	}
	var do []string
	for _, s := range change {
		do = append(do, s.Do...)
	}
	list := strings.Join(names, ", ")
	return []Recommendation{{
		ID: adviceID(KindAnalyze, "statistics "+list, "stale"), Kind: KindAnalyze, Severity: SeverityInfo,
		Title: "Gather statistics of " + list, Object: "statistics " + list, Tables: ids, Statement: statements(do), Undo: "none: " + change[0].Irreversible,
		Change: change, Reason: "the planner reckons with a table that is no more", Evidence: evidence,
		Rule: "postgres.statistics", Expect: "plans fit the rows that there are", Takes: "at once", Source: "PostgreSQL documentation, Routine Vacuuming: updating planner statistics",
		Scope: "everybody who queries the tables", Risk: "plans may change, for the better as a rule", MayBeWrong: "a table of which all rows change alike has the same statistics",
		Confidence: "medium",
	}}
}

func lacksStatistics(t *db.Table) bool {
	if t.Unsupported != "" || t.Rows == nil || *t.Rows < fewRows {
		return false
	}
	indexed := false
	for _, ix := range t.Indexes {
		if ix.Stat != nil {
			return false
		}
		indexed = true
	}
	return indexed
}

// vetAnalyze measures the workload as if statistics had just been gathered.
// They are declined where they slow more than they speed up.
func (s *search) vetAnalyze(ctx context.Context, r Recommendation) (Recommendation, *Declined) {
	var better, worse []served
	tried := 0
	for _, b := range s.measured() {
		after, err := s.what.measure(ctx, b, db.Config{Analyze: true})
		if err != nil {
			continue
		}
		tried++
		before := s.base[b]
		switch d := before.saves(after); {
		case d >= minGain*before.value && d > 0:
			better = append(better, served{b, s.predict(ctx, b, b, db.Config{}, before), s.predict(ctx, b, b, db.Config{Analyze: true}, after)})
		case d < 0 && after.value > slower*before.value:
			worse = append(worse, served{b, before, after})
		}
	}
	if lost := -savedRatio(worse); lost > 0 && lost*s.had.bar(r.ID) >= savedRatio(better) {
		v := worse[0]
		return r, &Declined{What: r.Title, Queries: []string{v.b.Label()}, Slower: KindAnalyze,
			Reason: fmt.Sprintf("measured on the copy: with new statistics %s takes %s instead of %s", v.b.Label(), amount(v.after), amount(v.before))}
	}
	r.Warnings = append(r.Warnings, s.slowerWarnings(worse)...)
	if len(better) == 0 {
		if tried > 0 {
			return r, &Declined{What: r.Title, Reason: "measured on the copy: with new statistics no statement that was measured gets faster"}
		}
		r.Evidence = append(r.Evidence, "no statement could be tried with new statistics")
		return r, nil
	}
	r.Evidence = append(r.Evidence, evidence(better, offer{})...)
	r.Estimate, r.SavedRatio = s.effectOf(better), s.savedSeconds(better)
	r.Severity, r.Confidence = severityOf(r.SavedRatio), "high"
	r.serve(better)
	return r, nil
}
