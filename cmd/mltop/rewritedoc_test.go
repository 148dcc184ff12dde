package main

import (
	"fmt"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

func TestARewriteInADocumentHasBothTextsAndBothPlans(t *testing.T) {
	plan := func(op db.Op) db.Estimate {
		return db.Estimate{Plan: &db.Plan{Engine: "sqlite", Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: op, Table: "orders"}}}}}
	}
	r := advisor.Recommendation{
		ID: "1", Kind: advisor.KindRewrite, Title: "Page by key", Statement: "new", Undo: "old",
		Rewrite: &advisor.Rewritten{Before: "old", After: "new", Holds: []string{"h"}, Compared: "not checked on data: no copy"},
		Plans:   []advisor.PlanPair{{Before: plan(db.OpScan), After: plan(db.OpSearch)}},
	}
	d := newRecommendationDoc(r)
	if d.Rewrite == nil || d.Rewrite.Before != "old" || d.Rewrite.After != "new" || d.Rewrite.PlanBefore == nil || d.Rewrite.PlanAfter == nil {
		t.Fatalf("the document has %+v", d.Rewrite)
	}
	var rows []string
	for _, row := range cardTable(d).Rows {
		rows = append(rows, strings.Join(row, ": "))
	}
	got := strings.Join(rows, "\n")
	want := "before: old\nafter: new\nmust hold: h\ncompared: not checked on data: no copy\nplan before: ■ scan  orders\nplan after: ▸ search  orders"
	if !strings.HasPrefix(got, want) {
		t.Errorf("the card has\n%s\nwant\n%s", got, want)
	}
	if other := newRecommendationDoc(advisor.Recommendation{Kind: advisor.KindCreateIndex}); other.Rewrite != nil {
		t.Errorf("an index has a rewrite: %+v", other.Rewrite)
	}
}

func TestAStatementKnowsHowOftenARequestRunsIt(t *testing.T) {
	w := &workload{}
	w.put(fromFile(t, "SELECT 1 FROM t WHERE a = 1; SELECT 2 FROM t WHERE b = 1;"))
	var prints []string
	for _, s := range w.statements().Statements {
		prints = append(prints, s.Fingerprint)
	}
	w.putLinks(&collectors.Links{List: []collectors.Link{
		{Route: "GET /a", Fingerprint: prints[0], CallsPerRequest: 3, How: "by ids", Sure: true},
		{Route: "GET /b", Fingerprint: prints[0], CallsPerRequest: 48, How: "by ids", Sure: true},
		{Route: "GET /a", Fingerprint: prints[1], CallsPerRequest: 99, How: "by time", Sure: false},
	}})
	for i, want := range []string{"48 GET /b, by ids", "0 "} {
		for _, s := range w.statements().Statements {
			if got := fmt.Sprintf("%.0f %s", s.CallsPerRequest, s.CallsHow); s.Fingerprint == prints[i] && got != want {
				t.Errorf("statement %d: %q, want %q", i, got, want)
			}
		}
	}
}
