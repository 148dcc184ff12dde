package advisor_test

import (
	"context"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// TestStatisticsAreUndoneAroundOtherChanges applies and undoes changes of one
// table in any order: every one of them can be taken back.
func TestStatisticsAreUndoneAroundOtherChanges(t *testing.T) {
	tests := []struct {
		name, prepare string
		do            []string // apply X, undo N
		between       string
		lost          bool
	}{
		{name: "an index that came before ANALYZE is undone first", do: []string{"apply create", "apply analyze", "undo 1", "undo 2"}},
		{name: "the same where there were statistics", prepare: "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE idx IS NOT NULL", do: []string{"apply create", "apply analyze", "undo 1", "undo 2"}},
		{name: "an index is dropped behind it and comes back last", prepare: "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE idx IS NOT NULL", do: []string{"apply drop", "apply analyze", "undo 1", "undo 2"}},
		{name: "a drop after it stands while the statistics go", do: []string{"apply analyze", "apply drop", "undo 1", "undo 2"}},
		{name: "the same where there were statistics of the index before", prepare: "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE idx IS NOT NULL", do: []string{"apply analyze", "apply drop", "undo 1", "undo 2"}},
		{name: "an index that came after the statistics goes after them", prepare: "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE idx IS NOT NULL", do: []string{"apply analyze", "apply create", "undo 1", "undo 2"}},
		{name: "all three, the first one first", prepare: "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE idx IS NOT NULL", do: []string{"apply create", "apply analyze", "apply drop", "undo 1", "undo 2", "undo 3"}},
		{name: "statistics gathered twice, the first one is undone last", do: []string{"apply analyze", "apply drop", "apply statistics", "undo 3", "undo 1", "undo 2"}},
		{name: "statistics that somebody gathered anew stay", do: []string{"apply create", "apply analyze", "undo 1", "undo 2"}, between: "DELETE FROM orders WHERE id % 3 = 0; ANALYZE", lost: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := dbtest.Path(t)
			dbtest.Orders(t, path, 60)
			execOn(t, path, tt.prepare)
			before := dump(t, path)
			e := openEngine(t, path)
			a := advisor.New(e, advisor.Config{StateDir: t.TempDir(), Path: path, MaxBlock: -1})
			defer a.Close()
			saveChanges(t, a, e.Schema, map[string]func(*db.Schema) db.Step{
				"create": func(*db.Schema) db.Step {
					return e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}}})
				},
				"drop":       func(s *db.Schema) db.Step { return e.DropIndex(*s.Index("products_category")) },
				"analyze":    func(*db.Schema) db.Step { return e.Analyze("") },
				"statistics": func(*db.Schema) db.Step { return e.Analyze("") },
			})
			var err error
			for i, do := range tt.do {
				if i == len(tt.do)-1 {
					execOn(t, path, tt.between)
				}
				verb, what, _ := strings.Cut(do, " ")
				if verb == "apply" {
					_, err = a.Apply(context.Background(), what, nil)
				} else {
					_, err = a.Undo(context.Background(), what, nil)
				}
				if err != nil && !tt.lost {
					t.Fatalf("%s: %v", do, err)
				}
			}
			if got := dump(t, path); tt.lost == (err == nil) || !tt.lost && got != before {
				t.Errorf("%v; got\n%s\nwant\n%s", err, got, before)
			}
		})
	}
}

func execOn(t *testing.T, path, text string) {
	t.Helper()
	if text == "" {
		return
	}
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, text)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func saveChanges(t *testing.T, a *advisor.Advisor, schema func(context.Context) (*db.Schema, error), steps map[string]func(*db.Schema) db.Step) {
	t.Helper()
	s, err := schema(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var list []advisor.Recommendation
	for id, step := range steps {
		list = append(list, advisor.Recommendation{ID: id, Title: id, Kind: advisor.KindCreateIndex, Change: db.Change{step(s)}})
	}
	if err := a.Save(context.Background(), list); err != nil {
		t.Fatal(err)
	}
}
