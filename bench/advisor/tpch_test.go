package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/bench/advisor/tpch"
)

// furnished is SQLite with the tables of a two-hundredth.
func furnished(t *testing.T) *host {
	t.Helper()
	h, err := startHost("sqlite", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	if err := h.furnish(t.Context(), tpchSubject(tpch.Data{SF: 0.002}, time.Minute)); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAPlanIsTimedOnce(t *testing.T) {
	h := furnished(t)
	const name, text = "Q4 late orders by priority", "SELECT count(*) FROM orders WHERE o_orderdate < '1992-02-01'"
	h.on.statements = []statement{{name: name, calls: 1, reads: true, texts: func(string, uint64, int) []string { return []string{text} }}}
	plan, err := h.planOf(t.Context(), h.plain, text)
	if err != nil {
		t.Fatal(err)
	}
	h.known[name+"\x00"+plan] = timed{seconds: 42}
	plain, trial, err := h.executed(t.Context(), 1, 1)
	if err != nil || plain[name] != 42 || trial[name] != 42 {
		t.Errorf("planned as before: %v and %v (%v), want the 42 s that it took", plain, trial, err)
	}
	if err := run(t.Context(), h.trial, "CREATE INDEX by_date ON orders (o_orderdate)"); err != nil {
		t.Fatal(err)
	}
	plain, trial, err = h.executed(t.Context(), 1, 1)
	if err != nil || plain[name] != 42 || trial[name] <= 0 || trial[name] > 41 {
		t.Errorf("planned otherwise on the trial: %v and %v (%v), want 42 s and its own", plain, trial, err)
	}
}

func TestAStatementThatTakesTooLongIsEnded(t *testing.T) {
	h := furnished(t)
	h.on.patience = time.Millisecond
	const endless = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
	h.on.statements = []statement{{name: "endless", texts: func(string, uint64, int) []string { return []string{endless} }}}
	plain, trial, err := h.executed(t.Context(), 1, 1)
	if err != nil || plain["endless"] <= 0 || plain["endless"] != trial["endless"] || !slices.Equal(h.ended, []string{"endless"}) {
		t.Errorf("%v and %v (%v), ended %q, want it ended on both", plain, trial, err, h.ended)
	}
	h.on.statements[0].texts = func(string, uint64, int) []string { return []string{"SELECT no_such_column FROM orders"} }
	if _, _, err := h.executed(t.Context(), 1, 1); err == nil || !strings.Contains(err.Error(), "no_such_column") {
		t.Errorf("a statement that fails: %v, want its error", err)
	}
}

func TestEveryQueryIsBound(t *testing.T) {
	h := furnished(t)
	g, err := h.ground(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	if len(g.cannot) > 0 || len(g.list) != 22 {
		t.Errorf("%d of 22 are asked about; not %q", len(g.list), g.cannot)
	}
	for i, a := range g.list {
		if len(a.columns) == 0 || len(a.reads) == 0 {
			t.Errorf("%s: no columns of %v", h.on.statements[i].name, a.tables)
		}
	}
	if len(g.keys()) != len(tpch.References())-2 { // two are what a primary key begins with
		t.Errorf("%d foreign keys have no index, want all but those of partsupp's parts and lineitem's orders", len(g.keys()))
	}
}

func TestAPeerIsValidatedByAllItsPoints(t *testing.T) {
	list := []published{{"Extend", 1, 50}, {"Extend", 2, 20}, {"DB2Advis", 1, 40}}
	for _, row := range []struct {
		name string
		got  []float64
		want []string
	}{
		{"all near", []float64{54.9, 18.1, 40}, []string{"Extend: 2 of 2 published points within 10 %: validated", "DB2Advis: 1 of 1 published points within 10 %: validated"}},
		{"better is not the same", []float64{50, 17.9, 30}, []string{"Extend: 1 of 2 published points within 10 %: unvalidated", "DB2Advis: 0 of 1 published points within 10 %: unvalidated"}},
	} {
		if got := verdicts(list, row.got); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
