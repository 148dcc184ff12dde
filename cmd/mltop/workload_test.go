package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/collectors/querylog"
	"mltop/internal/stat"
)

func fromFile(t *testing.T, text string) *collectors.Statements {
	t.Helper()
	queries, problems := querylog.ParseQueries("q.sql", strings.NewReader(text))
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
