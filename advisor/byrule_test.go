package advisor

import (
	"context"
	"strings"
	"testing"

	"mltop/internal/db"
)

// A roomless engine has nothing to try an index on, and one plan for all.
type roomless struct {
	*fakeEngine
	plan *db.Plan
}

func (r roomless) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return nil, db.NotMeasuredf("rules only: allow a sample by --allow-scratch")
}

func (r roomless) Explain(context.Context, db.Query) (*db.Plan, error) { return r.plan, nil }

func TestAnIndexByRuleSaysSoAndYieldsToTheServersOwnPlan(t *testing.T) {
	scan := &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: db.OpScan, Table: "logs"}}}}
	search := &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: db.OpSearch, Table: "logs", Index: "logs_pkey"}}}}
	for _, c := range []struct {
		name           string
		plan           *db.Plan
		reckons        bool
		want, declined string
		note           string
	}{
		{"a statement that reads a whole table gets one", scan, true, "(by rule, not measured)", "", "indexes are advised by rule, not measured: allow a sample by --allow-scratch"},
		{"a statement that the server looks up gets none", search, true, "", "it finds logs by logs_pkey", "by rule"},
		{"with no rules to reckon by nothing is searched for", scan, false, "", "", "indexes were not searched for: allow a sample"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, w := world([]*db.Table{table("logs", "path")}, where("logs", "path="))
			config := Config{StateDir: t.TempDir()}
			if c.reckons {
				config.ByRule = func(context.Context, Facts) db.Lab { return e.lab }
			}
			a := New(roomless{e, c.plan}, config)
			defer a.Close()
			got, err := a.Advise(t.Context(), w, Seen{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			title := ""
			for _, r := range got.Recommendations {
				title += r.Title
				if r.Confidence != "low" || !strings.Contains(r.MayBeWrong, "to have it measured: allow a sample") {
					t.Errorf("got confidence %q, may be wrong: %q; want low, and the way to measure it", r.Confidence, r.MayBeWrong)
				}
			}
			why := ""
			for _, d := range got.Declined {
				why += d.Reason
			}
			if !strings.Contains(title, c.want) || c.want == "" && title != "" || !strings.Contains(why, c.declined) || !strings.Contains(strings.Join(got.Notes, "\n"), c.note) {
				t.Errorf("got %q, declined %q, notes %q\nwant %q, %q, %q", title, why, got.Notes, c.want, c.declined, c.note)
			}
		})
	}
}
