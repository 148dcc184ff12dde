package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/collectors/querylog"
	"mltop/internal/sqltext"
	"mltop/internal/stat"
)

func fromFile(t *testing.T, text string) *collectors.Statements {
	t.Helper()
	queries, problems := querylog.ParseQueries("q.sql", strings.NewReader(text), sqltext.Guess)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return querylog.Given("q.sql", queries, nil, time.Unix(1000, 0))
}

func TestQueriesOfOneFingerprintKeepTheirNamesAndWeights(t *testing.T) {
	named := "-- name: %s\n-- weight: %d\nSELECT 1 FROM t WHERE a %s;\n"
	entry := func(name string, weight int, condition string) string {
		return fmt.Sprintf(named, name, weight, condition)
	}
	plain := "SELECT 1 FROM t WHERE a LIKE '%s';\n"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"two names are two statements", entry("one", 10, "= 1") + entry("two", 30, "= 2"), []string{"two 30", "one 10"}},
		{"without names they are one, and count twice", "SELECT 1 FROM t WHERE a = 1; SELECT 1 FROM t WHERE a = 2;", []string{" 2"}},
		{"a pattern with a wildcard in front is another statement", fmt.Sprintf(plain+plain, "x%", "%x"), []string{"F (LIKE '%x') 1", "F (LIKE 'x%') 1"}},
		{"two patterns of a kind are one", fmt.Sprintf(plain+plain, "x%", "y%"), []string{" 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &workload{}
			w.put(fromFile(t, tt.text))
			w.put(fromFile(t, tt.text)) // read again: nothing counts twice
			got := w.statements()
			var list []string
			for _, s := range got.Statements {
				list = append(list, strings.ReplaceAll(fmt.Sprintf("%s %.0f", s.Name, s.CallsPerHour), s.Fingerprint, "F"))
			}
			if !slices.Equal(list, tt.want) {
				t.Errorf("statements %q, want %q", list, tt.want)
			}
			if got.Window != 0 {
				t.Errorf("window %s, want 0: nothing was counted", got.Window)
			}
			if n := len(w.planned()); n != 1 {
				t.Errorf("%d plans are watched, want 1 for one fingerprint", n)
			}
		})
	}
}

func TestTextsOfOneQueryKeepTheirWeights(t *testing.T) {
	text := func(weight, value int) string {
		return fmt.Sprintf("-- weight: %d\nSELECT 1 FROM t WHERE a = %d;\n", weight, value)
	}
	for _, tt := range []struct {
		name, file string
		logged     string
		want       []float64
	}{
		{"two texts", text(9000, 1) + text(10, 2), "", []float64{9000, 10}},
		{"the same text twice counts twice", text(9000, 1) + text(10, 2) + text(5, 2), "", []float64{9000, 15}},
		{"more texts than are kept: the rest's calls are nobody's", text(1, 1) + text(1, 2) + text(1, 3) + text(1, 4) + text(1, 5) + text(90, 6), "", nil},
		{"a log shows another one, whose calls nobody has counted", text(9000, 1) + text(10, 2), "SELECT 1 FROM t WHERE a = 7", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &workload{}
			f := fromFile(t, tt.file)
			w.put(f)
			if tt.logged != "" {
				g := collectors.StatementGroup{Fingerprint: f.Rows[0].Fingerprint, Text: f.Rows[0].Text, Example: tt.logged, Calls: 800, Latency: &stat.Sketch{}}
				w.put(&collectors.Statements{At: time.Unix(4600, 0), Interval: time.Hour, Source: collectors.StatementSource{Kind: "query log", Live: true}, Rows: []collectors.StatementGroup{g}})
			}
			got := w.statements().Statements
			if len(got) != 1 || !slices.Equal(got[0].Calls, tt.want) {
				t.Errorf("got %+v, want one statement whose texts are called %v", got, tt.want)
			}
		})
	}
}

func TestCallsSeenAreSharedByTheWeightsGiven(t *testing.T) {
	w := &workload{}
	f := fromFile(t, "-- name: one\n-- weight: 10\nSELECT 1 FROM t WHERE a = 1;\n-- name: two\n-- weight: 30\nSELECT 1 FROM t WHERE a = 2;\n")
	w.put(f)
	g := collectors.StatementGroup{Fingerprint: f.Rows[0].Fingerprint, Text: f.Rows[0].Text, Calls: 800, Latency: &stat.Sketch{}}
	w.put(&collectors.Statements{At: time.Unix(4600, 0), Interval: time.Hour, Source: collectors.StatementSource{Kind: "query log", Live: true}, Rows: []collectors.StatementGroup{g}})
	got := w.statements().Statements
	if len(got) != 2 || got[0].Name != "two" || got[0].CallsPerHour != 600 || got[1].CallsPerHour != 200 {
		t.Errorf("got %+v, want two with 600 and one with 200 calls an hour", got)
	}
	w.put(fromFile(t, "-- name: two\n-- weight: 30\nSELECT 1 FROM t WHERE a = 2;\n"))
	if got := w.statements().Statements; len(got) != 1 || got[0].CallsPerHour != 800 {
		t.Errorf("after one left the file: %+v, want two alone with 800", got)
	}
}

func TestAQueriesFileCountsNoCalls(t *testing.T) {
	why := reasons{}
	list := []collectors.StatementWindow{{Source: collectors.StatementSource{Kind: queriesFile}, StatementGroup: collectors.StatementGroup{Weight: 7}}}
	docs := newStatementDocs(list, func(collectors.StatementGroup) string { return "SELECT 1" }, why)
	if docs[0].Calls != nil || why["statements.calls"] == "" {
		t.Errorf("calls %v because %q; want none, with a reason", docs[0].Calls, why["statements.calls"])
	}
	if got := statementTable(docs).Rows[0][1]; got != "–" {
		t.Errorf("the table says %q, want –", got)
	}
	list[0].Source.Live = true
	if docs := newStatementDocs(list, func(collectors.StatementGroup) string { return "" }, why); docs[0].Calls == nil || *docs[0].Calls != 0 {
		t.Errorf("of a live source: calls %v, want 0", docs[0].Calls)
	}
}

func TestWhatIsDeclinedIsFoundByAStatementsName(t *testing.T) {
	w := &workload{}
	f := fromFile(t, "-- name: one\nSELECT 1 FROM t WHERE a = 1;\n")
	w.put(f)
	is := w.calls(f.Rows[0].Fingerprint)
	if !is("one") || !is(f.Rows[0].Fingerprint) || is("two") {
		t.Errorf("one: %v, its fingerprint: %v, two: %v; want the first two", is("one"), is(f.Rows[0].Fingerprint), is("two"))
	}
}

func TestExplainCallsTheStatementThis(t *testing.T) {
	v := explainView(explainDoc{Fingerprint: "f00", Declined: []declinedDoc{{What: "an index", Queries: []string{"f00"}, Reason: "without it f00 takes 1 s"}}})
	row := v.tables[len(v.tables)-1].Rows[0]
	if got := strings.Join(row, "|"); got != "an index|this statement|without it this statement takes 1 s" {
		t.Errorf("declined %q", got)
	}
}

func TestAdviceHasItsStatementsTexts(t *testing.T) {
	d := newAdviceDoc(targetDoc{}, advisor.Advice{
		Recommendations: []advisor.Recommendation{{ID: "1", Queries: []string{"f00", "unknown"}}, {ID: "2"}},
		Texts:           map[string]string{"f00": "SELECT * FROM orders WHERE note = ?"},
	})
	first, second := d.Recommendations[0].Texts, d.Recommendations[1].Texts
	if got, want := strings.Join(first, "|"), "SELECT * FROM orders WHERE note = ?|"; got != want || second == nil {
		t.Errorf("got %q and %q, want %q and an empty list", got, second, want)
	}
}

func TestWhatWasDeclinedHasItsStatementsTexts(t *testing.T) {
	d := newAdviceDoc(targetDoc{}, advisor.Advice{
		Declined: []advisor.Declined{{What: "an index", Queries: []string{"f00", "f01"}, Reason: "it only writes rows"}},
		Texts:    map[string]string{"f00": "DELETE FROM orders WHERE id = ?"},
	})
	if got, want := strings.Join(d.Declined[0].Texts, "|"), "DELETE FROM orders WHERE id = ?|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestASnapshotOfAServerSpeaksOfNoFile(t *testing.T) {
	for engine, want := range map[string]bool{"sqlite": true, "mysql": false, "postgres": false} {
		table := processTable(nil, engine)
		labels := fmt.Sprint(databaseFields(&databaseDoc{Engine: engine}))
		if strings.Contains(labels, " file ") != want || strings.Contains(labels, "parallel workers") != (engine == "postgres") {
			t.Errorf("%s: got %s", engine, labels)
		}
		if got := strings.Contains(table.Empty, "file"); got != want || (len(table.Columns) == 7) != want {
			t.Errorf("%s: %q with %d columns, a file: want %v", engine, table.Empty, len(table.Columns), want)
		}
	}
}

func TestTwoSourcesOfTheSameCallsDoNotAddUp(t *testing.T) {
	at := time.Unix(1000, 0)
	source := func(kind, route string, calls uint64, seconds float64) *collectors.Statements {
		g := collectors.StatementGroup{Fingerprint: "f", Text: "SELECT 1", Route: route, Calls: calls, Latency: &stat.Sketch{}}
		for range calls {
			g.Latency.Add(seconds)
		}
		return &collectors.Statements{At: at, Interval: time.Hour, Source: collectors.StatementSource{Kind: kind, Live: true}, Rows: []collectors.StatementGroup{g}}
	}
	w := &workload{}
	w.put(source("pg_stat_statements", "", 12, 0.5))
	w.put(source("query log", "GET /x", 10, 1))
	got := w.statements().Statements
	if len(got) != 1 || got[0].CallsPerHour < 11.9 || got[0].CallsPerHour > 12.1 || got[0].MeanSeconds > 0.51 || got[0].Route != "GET /x" {
		t.Errorf("got %+v, want 12 calls an hour of half a second, with the log's route", got)
	}
}

func TestALogReadInOneGoShowsThatALiteralVaries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	var text strings.Builder
	for i := range 90 {
		fmt.Fprintf(&text, `{"sql":"SELECT id FROM customers WHERE name = 'n%d' AND age = %d","seconds":0.01}`+"\n", i, i/80)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	log := querylog.NewLog(path, querylog.LogOptions{All: true})
	defer log.Close()
	sections, err := log.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := &workload{}
	w.put(sections[0].(*collectors.Statements))
	got := w.statements().Statements
	if len(got) != 1 || !got[0].Logged || got[0].Seen != 90 || !strings.Contains(strings.Join(got[0].Examples, "\n"), "age = 1") {
		t.Errorf("got %+v, want one statement with age = 0 and age = 1 among its examples", got)
	}
}

// A slow log that was switched on for a minute has seen nothing of the hours in
// which the sessions were looked at.
func TestCallsAreOfTheTimeInWhichTheirSourceCounted(t *testing.T) {
	at := time.Unix(100_000, 0)
	sampled := collectors.StatementSource{Kind: "PROCESSLIST, sampled", Live: true, Sampled: true}
	logged := collectors.StatementSource{Kind: "slow log", Live: true}
	seen := func(source collectors.StatementSource, at time.Time, interval time.Duration, calls uint64) *collectors.Statements {
		return &collectors.Statements{At: at, Interval: interval, Source: source, Rows: []collectors.StatementGroup{{Fingerprint: "f", Text: "SELECT ? FROM t", Calls: calls}}}
	}
	w := &workload{}
	w.put(seen(sampled, at, 10*time.Hour, 0))
	w.put(seen(logged, at.Add(time.Minute), time.Minute, 12))
	w.put(seen(logged, at.Add(2*time.Minute), time.Minute, 12))
	got := w.statements()
	if list := got.Statements; len(list) != 1 || list[0].CallsPerHour != 720 {
		t.Errorf("got %+v, want 24 calls in 2 minutes: 720 an hour", list)
	}
	if want := 10*time.Hour + 2*time.Minute; got.Window != want {
		t.Errorf("all were watched for %s, want %s", got.Window, want)
	}
}

func TestAStatementKnowsHowManyRowsACallWrites(t *testing.T) {
	for _, c := range []struct {
		name    string
		sampled bool
		counted time.Duration
		calls   uint64
		rows    uint64
		want    float64
	}{
		{"a server that counts rows says so", false, time.Hour, 7, 700_000, 100_000},
		{"one that counts none does not", false, time.Hour, 7, 0, 0},
		{"of what is sampled no calls are known to divide by", true, time.Hour, 7, 700_000, 0},
		{"one load is no rate", false, time.Hour, 1, 100_000, 0},
		{"nor are those of a minute", false, time.Minute, 7, 700_000, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &workload{}
			g := collectors.StatementGroup{Fingerprint: "f", Text: "insert into logs select * from fresh", Calls: c.calls, Rows: c.rows, Latency: &stat.Sketch{}}
			w.put(&collectors.Statements{At: time.Unix(4600, 0), Interval: c.counted, Source: collectors.StatementSource{Kind: "totals", Live: true, Sampled: c.sampled}, Rows: []collectors.StatementGroup{g}})
			if got := w.statements().Statements; len(got) != 1 || got[0].RowsPerCall != c.want {
				t.Errorf("got %+v, want one statement of %v rows a call", got, c.want)
			}
		})
	}
}
