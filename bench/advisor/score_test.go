package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/bench/advisor/webapp"
	"mltop/internal/db"
)

func on(table string, columns ...string) *db.Index {
	ix := &db.Index{Table: table, Name: table + "_" + strings.Join(columns, "_"), Method: "btree"}
	for _, c := range columns {
		ix.Columns = append(ix.Columns, db.IndexColumn{Name: c})
	}
	return ix
}

func TestAnOutcomeIsJudgedByTheKey(t *testing.T) {
	app := &webapp.App{
		Key: []webapp.Answer{
			{Name: "by token", Table: "visits", Forms: []webapp.Form{{Columns: []string{"token"}}}},
			{Name: "by its beginning", Table: "accounts", Forms: []webapp.Form{{Columns: []string{"name"}, Needs: map[string]string{"postgres": "text_pattern_ops"}}}},
			{Name: "may be", Table: "tasks", May: true, Forms: []webapp.Form{{Columns: []string{"queue"}}}},
			{Name: "elsewhere", Table: "tasks", Only: "sqlite", Forms: []webapp.Form{{Columns: []string{"state"}}}},
		},
		Drops: []webapp.Drop{{Table: "visits", Column: "ip"}},
	}
	pattern := on("accounts", "name")
	pattern.Columns[0].Class = "text_pattern_ops"
	for _, c := range []struct {
		name           string
		added, dropped []*db.Index
		found          int
		missing, wrong []string
	}{
		{"nothing was done", nil, nil, 0, []string{"by token", "by its beginning", "dropping the index on visits(ip)"}, nil},
		{"all that is right", []*db.Index{on("visits", "token"), pattern}, []*db.Index{on("visits", "ip")}, 3, nil, nil},
		{"more columns behind the right ones", []*db.Index{on("Visits", "TOKEN", "id"), pattern}, []*db.Index{on("visits", "ip")}, 3, nil, nil},
		{"the class that it needs lacks", []*db.Index{on("visits", "token"), on("accounts", "name")}, []*db.Index{on("visits", "ip")}, 2, []string{"by its beginning"}, []string{"accounts(name)"}},
		{"what may be is neither asked for nor wrong", []*db.Index{on("tasks", "queue")}, nil, 0, []string{"by token", "by its beginning", "dropping the index on visits(ip)"}, nil},
		{"what is right on another engine is wrong here", []*db.Index{on("tasks", "state")}, nil, 0, []string{"by token", "by its beginning", "dropping the index on visits(ip)"}, []string{"tasks(state)"}},
		{"one that another begins with", []*db.Index{on("visits", "token"), on("visits", "token", "id")}, nil, 1, []string{"by its beginning", "dropping the index on visits(ip)"}, []string{"visits(token) beside visits(token,id)"}},
		{"the wrong one is dropped", nil, []*db.Index{on("visits", "token")}, 0, []string{"by token", "by its beginning", "dropping the index on visits(ip)"}, []string{"dropping visits(token)"}},
	} {
		got := judge(app, "postgres", &built{added: c.added, dropped: c.dropped})
		if got.of != 3 || got.found != c.found || !slices.Equal(got.missing, c.missing) || !slices.Equal(got.wrong, c.wrong) {
			t.Errorf("%s: %+v, want %d of 3, missing %q, wrong %q", c.name, got, c.found, c.missing, c.wrong)
		}
	}
}

func TestAFormOfTheKey(t *testing.T) {
	partial := on("tasks", "run_at")
	partial.Where = "state = 'open'"
	lower := &db.Index{Table: "accounts", Columns: []db.IndexColumn{{Expr: "lower(email)"}}}
	long := on("articles", "body")
	long.Columns[0].Prefix = 100
	brin := on("visits", "at")
	brin.Method = "brin"
	for _, c := range []struct {
		name string
		form webapp.Form
		ix   *db.Index
		want bool
	}{
		{"a condition that is asked for", webapp.Form{Columns: []string{"run_at"}, Where: "state"}, partial, true},
		{"a condition that is not", webapp.Form{Columns: []string{"run_at"}}, partial, false},
		{"no condition where one is asked for", webapp.Form{Columns: []string{"run_at"}, Where: "state"}, on("tasks", "run_at"), false},
		{"an expression by its words", webapp.Form{Columns: []string{"lower email"}}, lower, true},
		{"a column is no expression", webapp.Form{Columns: []string{"lower email"}}, on("accounts", "email"), false},
		{"the beginning of a long text", webapp.Form{Columns: []string{"body"}, Needs: map[string]string{"postgres": "prefix"}}, long, true},
		{"all of it", webapp.Form{Columns: []string{"body"}, Needs: map[string]string{"postgres": "prefix"}}, on("articles", "body"), false},
		{"another method", webapp.Form{Columns: []string{"at"}}, brin, false},
		{"columns in another order", webapp.Form{Columns: []string{"a", "b"}}, on("t", "b", "a"), false},
		{"too few columns", webapp.Form{Columns: []string{"a", "b"}}, on("t", "a"), false},
	} {
		if got := matches(c.form, "postgres", c.ix); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTimesAreComparedWithinWhatCanBeTold(t *testing.T) {
	list := []statement{{name: "read", calls: 10, reads: true}, {name: "write", calls: 5}, {name: "alike", calls: 1, reads: true}, {name: "tiny", calls: 1, reads: true}}
	plain := timing{"read": 0.010, "write": 0.002, "alike": 0.010, "tiny": 10e-6}
	trial := timing{"read": 0.020, "write": 0.004, "alike": 0.0105, "tiny": 29e-6}
	reads, writes := slower(list, plain, trial)
	if !slices.Equal(reads, []string{"read 10ms → 20ms"}) || !slices.Equal(writes, []string{"write 2ms → 4ms"}) {
		t.Errorf("slower: %q and %q", reads, writes)
	}
	if got := plain.total(list); got < 0.12 || got > 0.12002 {
		t.Errorf("an hour takes %v, want 0.12001", got)
	}
	if got := typical([][]float64{{1, 90}, {2, 20}, {9, 10}}); got != 5.5 { // the least are 1 and 10
		t.Errorf("typical: %v, want 5.5", got)
	}
	c := contest{plain: plain, trial: timing{"read": 0.002, "write": 0.002, "alike": 0.010}, outcome: outcome{advice: advisor.Advice{Recommendations: []advisor.Recommendation{
		{Kind: advisor.KindCreateIndex, Plans: []advisor.PlanPair{{Query: "read", Before: db.Estimate{Value: 60}, After: db.Estimate{Value: 10}}, {Query: "alike", Before: db.Estimate{Value: 30}, After: db.Estimate{Value: 10}}}},
		{Kind: advisor.KindSetting, Plans: []advisor.PlanPair{{Query: "write", Before: db.Estimate{Value: 90}, After: db.Estimate{Value: 1}}}},
	}}}}
	said := predicted(c)
	if len(said) != 2 || said[0].met() || !said[1].met() || said[0].text() != "alike: 3.0×, measured 1.0×" {
		t.Errorf("predicted %+v", said)
	}
	if stayed, of := unserved(list, c, said); stayed != 1 || of != 2 { // nobody ran "tiny" on the trial
		t.Errorf("of those that no card speaks of %d of %d stayed", stayed, of)
	}
}

// A time outweighs the work; of several cards the last tells the end.
func TestAPredictedTimeIsThatOfTheLastCard(t *testing.T) {
	pair := func(before, after float64) []advisor.PlanPair {
		return []advisor.PlanPair{{Query: "read", Before: db.Estimate{Value: 5000}, After: db.Estimate{Value: 1}, SecondsBefore: before, SecondsAfter: after}}
	}
	c := contest{plain: timing{"read": 0.012}, trial: timing{"read": 0.0004}, outcome: outcome{advice: advisor.Advice{Recommendations: []advisor.Recommendation{
		{Kind: advisor.KindCreateIndex, Plans: pair(0.010, 0.002)}, {Kind: advisor.KindCreateIndex, Plans: pair(0.002, 0.0005)},
	}}}}
	list := predicted(c)
	if len(list) != 1 || !list[0].met() || list[0].text() != "read: 20.0×, measured 30.0× (10ms → 500µs, took 400µs)" {
		t.Errorf("got %q", list[0].text())
	}
}

func TestTheTablesOfAReport(t *testing.T) {
	var out bytes.Buffer
	r := &report{out: &out, workload: "WebApp-40", rows: []string{"| a row |"}, peers: []string{"| a peer |"}, sizes: map[string][]float64{"Engine 1": {0.5, 0, 0.1, 0.1}}}
	r.table()
	r.sizeTable()
	for _, want := range []string{"| WebApp-40 on | right |", "| a row |\n", "| a peer |\n", "| Engine 1 | 4 | 10 % | 50 % |\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
	if got, want := sharesOf(map[string]int{"greedy": 1, "candidates": 2, "advice": 1}), "candidates 2 (50 %), advice 1 (25 %), greedy 1 (25 %)"; got != want {
		t.Errorf("shares %q, want %q", got, want)
	}
	if got := sharesOf(nil); got != "" {
		t.Errorf("shares of nothing: %q", got)
	}
}
