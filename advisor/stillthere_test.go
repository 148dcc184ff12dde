package advisor

import (
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestAdviceOnWhatIsGoneIsTakenOutWithTheReason(t *testing.T) {
	e, w := world([]*db.Table{table("logs", "path")}, where("logs", "path="))
	before := &db.Schema{Version: "7", Tables: []*db.Table{table("logs", "path"), table("items", "sku")}}
	e.schema.Version = "8"
	w.Statements = append(w.Statements, Statement{Fingerprint: "fq1", Text: "SELECT fl FROM items"})
	f := Facts{Schema: before, Workload: w, Dialect: e}
	a := newAdvisor(t, e, Config{})
	for _, c := range []struct {
		name string
		r    Recommendation
		why  string
	}{
		{"statistics of several tables of which one is gone", Recommendation{Kind: KindAnalyze, Tables: []string{"logs", "items"}}, "the table items is gone since the search began"},
		{"statistics of tables that are there", Recommendation{Kind: KindAnalyze, Tables: []string{"logs"}}, ""},
		{"an index on a column that is gone", Recommendation{Kind: KindCreateIndex, Table: "logs", Columns: []string{"fl"}}, "the column logs.fl is gone since the search began"},
		{"a rewrite of a statement that cannot be read any more", Recommendation{Kind: KindRewrite, Fingerprints: []string{"fq1"}}, "is gone since the search began"},
		{"a rewrite of one that can", Recommendation{Kind: KindRewrite, Fingerprints: []string{"fq0"}}, ""},
	} {
		got := a.stillThere(t.Context(), f, Advice{Recommendations: []Recommendation{c.r}})
		why := ""
		for _, d := range got.Declined {
			why += d.Reason
		}
		if !strings.HasSuffix(why, c.why) || (why == "") != (c.why == "") || len(got.Recommendations) == len(got.Declined) {
			t.Errorf("%s: declined because %q, %d pieces of advice are left; want %q", c.name, why, len(got.Recommendations), c.why)
		}
	}
}

func TestStatisticsThatNoStatementGainsByAreNotAdvised(t *testing.T) {
	logs, rows := table("logs", "a", "b"), int64(5000)
	logs.Rows, logs.Indexes = &rows, []*db.Index{{Name: "have", Table: "logs", Columns: named([]string{"a"})}}
	e, w := world([]*db.Table{logs}, where("logs", "a="))
	got, err := newAdvisor(t, fileEngine{e, e.lab}, Config{}).Advise(t.Context(), w, Seen{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	no := slices.IndexFunc(got.Declined, func(d Declined) bool { return d.What == "Gather statistics of logs" })
	if card := slices.IndexFunc(got.Recommendations, func(r Recommendation) bool { return r.Kind == KindAnalyze }); card >= 0 || no < 0 {
		t.Fatalf("statistics are advised: %t; declined: %t; want them declined", card >= 0, no >= 0)
	}
	if d := got.Declined[no]; !strings.Contains(d.Reason, "no statement that was measured gets faster") || d.Slower != "" {
		t.Errorf("declined because %q, slower %q; want that nothing gets faster", d.Reason, d.Slower)
	}
}
