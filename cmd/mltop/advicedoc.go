package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/units"
)

// An adviceDoc is what mltop advise writes.
type adviceDoc struct {
	SchemaVersion   int                 `json:"schema_version"`
	Time            time.Time           `json:"time"`
	Target          targetDoc           `json:"target"`
	Recommendations []recommendationDoc `json:"recommendations"`
	Declined        []declinedDoc       `json:"declined"`
	Partial         *string             `json:"partial"` // what was not finished
	Notes           []string            `json:"notes"`
	Search          *advisor.Course     `json:"search"` // null where no index was tried
	Budgets         []budgetDoc         `json:"budgets,omitempty"`
	Errors          reasons             `json:"errors"`
}

type recommendationDoc struct {
	ID           string       `json:"id"`
	Kind         string       `json:"kind"`
	Severity     string       `json:"severity"`
	Confidence   string       `json:"confidence"`
	Title        string       `json:"title"`
	Object       string       `json:"object"`
	Table        string       `json:"table"`
	Columns      []string     `json:"columns"`
	Statement    string       `json:"statement"`
	Undo         string       `json:"undo"`
	Steps        []stepDoc    `json:"steps"`
	Reason       string       `json:"reason"`
	Evidence     []string     `json:"evidence"`
	Scope        string       `json:"scope"`
	Risk         string       `json:"risk"`
	MayBeWrong   string       `json:"may_be_wrong"`
	Queries      []string     `json:"queries"`
	Texts        []string     `json:"texts"` // of queries, as in declinedDoc
	Routes       []string     `json:"routes"`
	Requires     []string     `json:"requires"` // ids of the advice that it builds on
	Warnings     []warningDoc `json:"warnings"`
	Estimate     *effectDoc   `json:"estimate"`
	SizeBytes    *int64       `json:"size_bytes"`
	WriteCost    *float64     `json:"write_cost"` // seconds that a row written takes longer
	WriteWhy     string       `json:"write_cost_why,omitempty"`
	Saved        *float64     `json:"saved_seconds_per_second"`
	BuildSeconds *float64     `json:"build_seconds"`
	Rule         string       `json:"rule,omitempty"` // of advice on a setting
	Expect       string       `json:"expected_effect,omitempty"`
	Takes        string       `json:"takes_effect,omitempty"`
	Source       string       `json:"source,omitempty"`
	Rewrite      *rewriteDoc  `json:"rewrite,omitempty"`
}

type stepDoc struct {
	Object       string   `json:"object"`
	Do           []string `json:"do"`
	Undo         []string `json:"undo"`
	Blocks       string   `json:"blocks"`
	BlockSeconds float64  `json:"block_seconds"`
	Irreversible *string  `json:"irreversible"`
}

type warningDoc struct {
	Text    string   `json:"text"`
	Queries []string `json:"queries"`
}

type declinedDoc struct {
	What    string   `json:"what"`
	Queries []string `json:"queries"`
	Texts   []string `json:"texts"` // of queries, in their order, without constants; empty where unknown
	Reason  string   `json:"reason"`
}

// An effectDoc is what a call takes before and after, in the unit that it was
// come by; in seconds where that is one of time alone.
type effectDoc struct {
	BeforeSeconds *float64 `json:"before_seconds"`
	AfterSeconds  *float64 `json:"after_seconds"`
	Before        *float64 `json:"before"`
	After         *float64 `json:"after"`
	Low           *float64 `json:"low"` // of after
	High          *float64 `json:"high"`
	Unit          string   `json:"unit"`
	Method        string   `json:"method"`
	// Predicted is what a call is to take live; null where it is not known what
	// it takes today.
	Predicted *advisor.Prediction `json:"predicted"`
}

func newAdviceDoc(t targetDoc, a advisor.Advice) adviceDoc {
	d := adviceDoc{
		SchemaVersion: schemaVersion, Time: a.At.UTC(), Target: t,
		Recommendations: recommendationDocs(a.Recommendations, a.Texts), Declined: declinedDocs(a),
		Notes: list(a.Notes), Errors: reasons{},
	}
	if a.Partial != "" {
		d.Partial = &a.Partial
	}
	d.Budgets = budgetDocs(a.Under)
	if len(a.Course.Points) > 0 {
		d.Search = &a.Course
	}
	for _, r := range d.Recommendations {
		if r.Estimate == nil {
			d.Errors.say("recommendations."+r.ID+".estimate", "no number can be given for this kind of advice")
		}
	}
	return d
}

func recommendationDocs(recs []advisor.Recommendation, texts map[string]string) []recommendationDoc {
	docs := []recommendationDoc{}
	for _, r := range recs {
		d := newRecommendationDoc(r)
		d.Texts = textsOf(r.Queries, texts)
		docs = append(docs, d)
	}
	return docs
}

func newRecommendationDoc(r advisor.Recommendation) recommendationDoc {
	d := recommendationDoc{
		ID: r.ID, Kind: string(r.Kind), Severity: string(r.Severity), Confidence: r.Confidence, Title: r.Title,
		Object: r.Object, Table: r.Table, Columns: list(r.Columns), Statement: r.Statement, Undo: r.Undo,
		Steps: stepDocs(r.Change), Reason: r.Reason, Evidence: list(r.Evidence), Scope: r.Scope, Risk: r.Risk,
		MayBeWrong: r.MayBeWrong, Queries: list(r.Queries), Routes: list(r.Routes), Requires: list(r.Requires), Warnings: []warningDoc{},
		SizeBytes: r.SizeBytes, WriteWhy: r.WriteWhy, Saved: finite(r.SavedRatio),
		Rule: r.Rule, Expect: r.Expect, Takes: r.Takes, Source: r.Source,
	}
	d.Rewrite = newRewriteDoc(r)
	for _, w := range r.Warnings {
		d.Warnings = append(d.Warnings, warningDoc{w.Text, list(w.Queries)})
	}
	if r.WriteCost != nil {
		d.WriteCost = finite(*r.WriteCost)
	}
	if r.Build != nil {
		d.BuildSeconds = r.Build.Seconds
	}
	if e := r.Estimate; e != nil {
		d.Estimate = newEffectDoc(*e)
	}
	return d
}

func newEffectDoc(e advisor.Effect) *effectDoc {
	d := &effectDoc{Before: finite(e.Before), After: finite(e.After), Low: finite(e.Low), High: finite(e.High), Unit: string(e.Unit), Method: string(e.Method), Predicted: e.Time}
	if e.InTime() {
		d.BeforeSeconds, d.AfterSeconds = d.Before, d.After
	} else if e.Time != nil {
		d.BeforeSeconds, d.AfterSeconds = finite(e.Time.Before), finite(e.Time.After)
	}
	return d
}

func stepDocs(c []db.Step) []stepDoc {
	docs := []stepDoc{}
	for _, s := range c {
		d := stepDoc{Object: objectText(s.Object), Do: list(s.Do), Undo: list(s.Undo), Blocks: s.Blocks.Who, BlockSeconds: s.Blocks.For.Seconds()}
		if s.Irreversible != "" {
			d.Irreversible = &s.Irreversible
		}
		docs = append(docs, d)
	}
	return docs
}

func objectText(o db.Object) string { return strings.TrimSpace(string(o.Kind) + " " + o.Name) }

func declinedDocs(a advisor.Advice) []declinedDoc {
	docs := []declinedDoc{}
	for _, d := range advisor.Alike(a.Declined) {
		doc := declinedDoc{What: d.What, Queries: list(d.Queries), Texts: textsOf(d.Queries, a.Texts), Reason: d.Reason}
		docs = append(docs, doc)
	}
	return docs
}

// textsOf are the texts of statements, in their order.
func textsOf(queries []string, texts map[string]string) []string {
	out := []string{}
	for _, q := range queries {
		out = append(out, texts[q])
	}
	return out
}

// list is never null in JSON: no entry is an empty list.
func list(s []string) []string { return append([]string{}, s...) }

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func adviceView(d adviceDoc) view {
	v := view{doc: d, tables: []export.Table{recommendationTable(d.Recommendations)}}
	for _, r := range d.Recommendations {
		v.tables = append(v.tables, cardTable(r))
	}
	if len(d.Budgets) > 0 {
		v.tables = append(v.tables, budgetsTable(d.Budgets))
	}
	v.tables = append(v.tables, declinedTable(d.Declined))
	if notes := notesTable(d); len(notes.Rows) > 0 {
		v.tables = append(v.tables, notes)
	}
	v.csv = adviceCSV(d.Recommendations)
	return v
}

func recommendationTable(recs []recommendationDoc) export.Table {
	t := export.Table{Title: "Recommendations", Columns: export.Cols("id", "kind", "~what", ">before", ">after", ">size", ">a row written"),
		Empty: "none; what was looked at and declined is below"}
	for _, r := range recs {
		before, after := units.Unknown, units.Unknown
		if r.Estimate != nil {
			before, after = effectText(r.Estimate, r.Estimate.BeforeSeconds, r.Estimate.Before), effectText(r.Estimate, r.Estimate.AfterSeconds, r.Estimate.After)
		}
		t.Rows = append(t.Rows, []string{r.ID, r.Kind, r.Title + needsFirst(r.Requires), before, after, units.Or(floatOf(r.SizeBytes), units.Bytes), plusSeconds(r.WriteCost)})
	}
	return t
}

// needsFirst names what has to be applied before.
func needsFirst(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return " (needs #" + strings.Join(ids, ", #") + " first)"
}

// effectText is a call's time, or where nobody knows it what the lab counts.
func effectText(e *effectDoc, seconds, v *float64) string {
	if seconds != nil || e.Unit == string(db.UnitSeconds) {
		return units.Or(seconds, units.Seconds)
	}
	return units.Or(v, units.SI) + " " + e.Unit
}

func plusSeconds(v *float64) string {
	if v == nil {
		return units.Unknown
	}
	return units.Signed(math.Max(0, *v))
}

// cardTable is one recommendation in full: why, and why it may be wrong.
func cardTable(r recommendationDoc) export.Table {
	t := export.Table{Title: r.ID + "  " + r.Title, Columns: export.Cols("", "")}
	add := func(label, text string) {
		if text != "" {
			t.Rows = append(t.Rows, []string{label, text})
		}
	}
	if w := r.Rewrite; w != nil {
		w.rows(add)
	} else {
		add("do", r.Statement)
		add("undo", r.Undo)
	}
	add("why", r.Reason)
	for _, e := range r.Evidence {
		add("evidence", e)
	}
	add("needs first", strings.Join(r.Requires, ", "))
	add("effect", r.Expect)
	add("serves", strings.Join(r.Queries, ", "))
	add("reaches", r.Scope)
	add("takes effect", r.Takes)
	add("risk", r.Risk)
	add("may be wrong", r.MayBeWrong)
	add("source", r.Source)
	for _, w := range r.Warnings {
		add("warning", strings.TrimSpace(w.Text+" "+strings.Join(w.unnamed(), ", ")))
	}
	if r.Estimate != nil {
		add(gotBy(r.Estimate))
	}
	return t
}

// unnamed are the statements that the text does not name.
func (w warningDoc) unnamed() []string {
	return slices.DeleteFunc(slices.Clone(w.Queries), func(q string) bool { return strings.Contains(w.Text, q) })
}

// gotBy says how the numbers were come by; only what was run was measured.
func gotBy(e *effectDoc) (label, text string) {
	switch db.Method(e.Method) {
	case db.MethodRule:
		return "estimated", "by rule, in " + e.Unit
	case db.MethodHypothetical:
		return "planned", "not run, in " + e.Unit
	}
	return "measured", fmt.Sprintf("by %s, in %s", e.Method, e.Unit)
}

func declinedTable(declined []declinedDoc) export.Table {
	t := export.Table{Title: "Declined", Columns: export.Cols("what", "queries", "~because"), Empty: "nothing"}
	for _, d := range declined {
		t.Rows = append(t.Rows, []string{d.What, strings.Join(d.Queries, ", "), d.Reason})
	}
	return t
}

func notesTable(d adviceDoc) export.Table {
	t := export.Table{Title: "Notes", Columns: export.Cols("")}
	if d.Partial != nil {
		t.Rows = append(t.Rows, []string{*d.Partial})
	}
	for _, n := range d.Notes {
		t.Rows = append(t.Rows, []string{n})
	}
	if d.Search != nil {
		t.Rows = append(t.Rows, []string{d.Search.Text()})
	}
	return t
}

func adviceCSV(recs []recommendationDoc) export.Table {
	t := export.Table{Columns: export.Cols("id", "kind", "severity", "title", "object", "table", "columns", "statement", "undo", "requires",
		"before_seconds", "after_seconds", "size_bytes", "write_cost", "saved_seconds_per_second", "before", "after", "unit", "method")}
	for _, r := range recs {
		e := r.Estimate
		if e == nil {
			e = &effectDoc{}
		}
		t.Rows = append(t.Rows, []string{r.ID, r.Kind, r.Severity, r.Title, r.Object, r.Table, strings.Join(r.Columns, " "), r.Statement, r.Undo, strings.Join(r.Requires, " "),
			rawNumber(e.BeforeSeconds), rawNumber(e.AfterSeconds), rawWhole(r.SizeBytes), rawNumber(r.WriteCost), rawNumber(r.Saved),
			rawNumber(e.Before), rawNumber(e.After), e.Unit, e.Method})
	}
	return t
}
