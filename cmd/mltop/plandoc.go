package main

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/units"
)

// An explainDoc is what mltop explain writes.
type explainDoc struct {
	SchemaVersion   int                 `json:"schema_version"`
	Time            time.Time           `json:"time"`
	Target          targetDoc           `json:"target"`
	Fingerprint     string              `json:"fingerprint"`
	Plan            *planDoc            `json:"plan"`       // with typical values, or for any, where the text has placeholders
	WorstPlan       *planDoc            `json:"worst_plan"` // with those that find the most rows, where that differs
	Seconds         *float64            `json:"seconds"`
	Recommendations []recommendationDoc `json:"recommendations"`
	Declined        []declinedDoc       `json:"declined"`
	Errors          reasons             `json:"errors"`
}

type planDoc struct {
	Engine  string   `json:"engine"`
	Version string   `json:"version"`          // of the library that planned
	Values  string   `json:"values,omitempty"` // which it was planned with, where the text has placeholders
	Root    *nodeDoc `json:"root"`
}

type nodeDoc struct {
	Op        string     `json:"op"`
	Table     string     `json:"table,omitempty"`
	Alias     string     `json:"alias,omitempty"`
	Index     string     `json:"index,omitempty"`
	Covering  bool       `json:"covering"`
	Automatic bool       `json:"automatic"`
	Columns   []string   `json:"columns"`
	Detail    string     `json:"detail,omitempty"`
	Rows      *float64   `json:"rows"`
	Cost      *float64   `json:"cost"`
	Actual    *actualDoc `json:"actual"`
	Raw       string     `json:"raw"`
	Children  []*nodeDoc `json:"children"`
}

type actualDoc struct {
	Rows    *float64 `json:"rows"`
	Loops   *float64 `json:"loops"`
	Seconds *float64 `json:"seconds"`
}

func newPlanDoc(p *db.Plan) *planDoc {
	if p == nil || p.Root == nil {
		return nil
	}
	return &planDoc{p.Engine, p.Version, p.Root.Detail, newNodeDoc(p.Root)}
}

func newNodeDoc(n *db.Node) *nodeDoc {
	if n == nil {
		return nil
	}
	d := &nodeDoc{
		Op: string(n.Op), Table: n.Table, Alias: n.Alias, Index: n.Index, Covering: n.Covering, Automatic: n.Automatic,
		Columns: list(n.Columns), Detail: n.Detail, Rows: n.Rows, Cost: n.Cost, Raw: n.Raw, Children: []*nodeDoc{},
	}
	if n.Actual != nil {
		d.Actual = &actualDoc{finite(n.Actual.Rows), finite(n.Actual.Loops), finite(n.Actual.Seconds)}
	}
	for _, c := range n.Children {
		d.Children = append(d.Children, newNodeDoc(c))
	}
	return d
}

func explainView(d explainDoc) view {
	v := view{doc: d, tables: []export.Table{planTable("Plan", d.Plan)}, csv: planTable("Plan", d.Plan)}
	if d.WorstPlan != nil {
		v.tables = append(v.tables, planTable("The worst plan", d.WorstPlan))
	}
	if d.Seconds != nil {
		v.tables = append(v.tables, export.Table{Title: "Ran in " + units.Seconds(*d.Seconds), Columns: export.Cols(""), Empty: "read-only, on request"})
	}
	for _, r := range d.Recommendations {
		v.tables = append(v.tables, cardTable(r))
	}
	if len(d.Declined) > 0 {
		v.tables = append(v.tables, declinedTable(d.Declined))
	}
	return spoken(v, strings.NewReplacer(d.Fingerprint, "this statement")) // the only one there is
}

func planTable(title string, p *planDoc) export.Table {
	t := export.Table{Title: title, Columns: export.Cols("step", "table", "~how", ">rows"), Empty: "the plan is empty"}
	if p == nil {
		return t
	}
	t.Title = fmt.Sprintf("%s, by %s %s", title, p.Engine, p.Version)
	if p.Values != "" {
		t.Title += ": " + p.Values
	}
	addNode(&t, p.Root, 0)
	return t
}

func addNode(t *export.Table, n *nodeDoc, depth int) {
	if n == nil {
		return
	}
	if n.Op != string(db.OpQuery) {
		mark := "▸ "
		if n.Op == string(db.OpScan) && n.Index == "" {
			mark = "■ "
		}
		t.Rows = append(t.Rows, []string{strings.Repeat("  ", depth) + mark + n.Op, n.Table, nodeHow(n), units.Or(n.Rows, func(v float64) string { return units.Whole(int64(v)) })})
		depth++
	}
	for _, c := range n.Children {
		addNode(t, c, depth)
	}
}

func nodeHow(n *nodeDoc) string {
	parts := list(n.Columns)
	if n.Index != "" {
		word := "by " + n.Index
		switch {
		case n.Automatic:
			word = "by an index built for this run alone"
		case n.Covering:
			word += " (covering)"
		}
		parts = append(parts, word)
	}
	if n.Detail != "" {
		parts = append(parts, n.Detail)
	}
	return strings.Join(parts, ", ")
}
