package main

import (
	"mltop/internal/diagnose"
	"mltop/internal/export"
	"mltop/internal/units"
)

// A findingDoc is one verdict line and what speaks against it.
type findingDoc struct {
	Level       string   `json:"level"` // "ok", "warn", "crit"
	Rule        string   `json:"rule"`
	Text        string   `json:"text"`
	Against     []string `json:"against"`
	Method      string   `json:"method,omitempty"`
	Route       string   `json:"route,omitempty"`
	Fingerprint string   `json:"fingerprint,omitempty"`
}

func newFindingDocs(list []diagnose.Finding) []findingDoc {
	docs := []findingDoc{}
	for _, f := range list {
		docs = append(docs, findingDoc{
			Level: levelWord(f.Level), Rule: f.Rule, Text: f.Text, Against: append([]string{}, f.Against...),
			Method: f.Route.Method, Route: f.Route.Path, Fingerprint: f.Fingerprint,
		})
	}
	return docs
}

func levelWord(l diagnose.Level) string {
	switch l {
	case diagnose.Crit:
		return "crit"
	case diagnose.Warn:
		return "warn"
	}
	return "ok"
}

// levelMark is the symbol and the word, readable without colour.
func levelMark(word string) string {
	switch word {
	case "crit":
		return "■ CRIT"
	case "warn":
		return "▲ WARN"
	}
	return "● OK"
}

// rank orders the words of --fail-on.
func rank(word string) int {
	switch word {
	case "crit", "critical":
		return 3
	case "warn", "warning":
		return 2
	case "info":
		return 1
	}
	return 0
}

// failOn answers the error of --fail-on when one of the words is as bad.
func (o *options) failAt(words []string) error {
	if o.failOn == "" {
		return nil
	}
	n := 0
	for _, w := range words {
		if rank(w) >= rank(o.failOn) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return findingsf("%s at or above --fail-on %s", units.Plural(n, "finding"), o.failOn)
}

func findingTable(docs []findingDoc) export.Table {
	t := export.Table{Title: "Verdict", Columns: export.Cols("level", "~finding")}
	for _, d := range docs {
		t.Rows = append(t.Rows, []string{levelMark(d.Level), d.Text})
	}
	return t
}
