package advisor_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// joined is a file in which an index on a(kind) is worth its writes only once
// b(a_id) is there: alone, the join builds an index of its own or reads all of b.
func joined(t *testing.T) string {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `CREATE TABLE a (id INTEGER PRIMARY KEY, kind TEXT, note TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, v INTEGER);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 8000) INSERT INTO a SELECT i, 'k'||(i%2000), hex(zeroblob(20)) FROM n;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 60000) INSERT INTO b SELECT i, (i*7919)%8000, i FROM n;`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnIndexThatPaysOnlyBesideAnotherSaysSo(t *testing.T) {
	w := statements(
		"join: SELECT sum(b.v) FROM a JOIN b ON b.a_id = a.id WHERE a.kind = 'k77'",
		"look: SELECT note FROM a WHERE kind = 'k78'",
		"write: INSERT INTO a (kind, note) VALUES ('k1', 'x')",
	)
	w.Statements[0].CallsPerHour = 3600 * 20
	w.Statements[1].CallsPerHour = 10
	w.Statements[2].CallsPerHour = 3600 * 300
	got, _, _ := adviseOn(t, joined(t), w)
	first, then := onTable(got, "b"), onTable(got, "a")
	if first == nil || then == nil {
		t.Fatalf("advised %q, declined %+v; want one on each table", advisedIndexes(got), got.Declined)
	}
	if len(first.Requires) != 0 || !slices.Equal(then.Requires, []string{first.ID}) {
		t.Errorf("%s requires %q, %s requires %q; want only the second to require %s", first.Title, first.Requires, then.Title, then.Requires, first.ID)
	}
	if then.SavedRatio <= 0 || first.SavedRatio <= 0 {
		t.Errorf("net savings are %v and %v, want both above 0", first.SavedRatio, then.SavedRatio)
	}
	if !slices.Contains(then.Queries, "join") {
		t.Errorf("%s serves %q, want the join among it", then.Title, then.Queries)
	}
}

// TestNoSavingIsToldTwice: each of two indexes would do for the other one's
// statement. Whoever applies both gains once, and the cards say so.
func TestNoSavingIsToldTwice(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, name TEXT, note TEXT); CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 15000) INSERT INTO customers SELECT i, 'U'||i||'@x.org', 'n'||i, hex(zeroblob(200)) FROM n;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 30000) INSERT INTO orders SELECT i, (i*7919)%15000, i FROM n;
		CREATE INDEX by_customer ON orders (customer_id);`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	w := statements(
		"lower: SELECT id, name FROM customers WHERE lower(email) = 'u77@x.org'",
		"join: SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = 'U78@x.org'",
	)
	w.Statements[0].CallsPerHour, w.Statements[1].CallsPerHour = 3600, 3600
	got, _, _ := adviseOn(t, path, w)
	saved, first := map[string]float64{}, map[string]float64{}
	for _, r := range got.Recommendations {
		for _, p := range r.Plans {
			if first[p.Query] == 0 {
				first[p.Query] = p.Before.Value
			}
			saved[p.Query] += p.Before.Value - p.After.Value
		}
		if scans := len(r.Plans) > 0 && !searchesFor(r.Plans[0].After.Plan, r.Object); scans && strings.Contains(r.Reason, "straight to the rows") {
			t.Errorf("%s: its plan passes through all of the index, the reason is %q", r.Title, r.Reason)
		}
	}
	if len(saved) != 2 {
		t.Fatalf("advised %q, which serve %v, declined %+v; want both statements served", advisedIndexes(got), saved, got.Declined)
	}
	for q, sum := range saved {
		if sum > 1.05*first[q] {
			t.Errorf("the cards of %q say that %s is spared %.3g s a call in all; it takes %.3g s", advisedIndexes(got), q, sum, first[q])
		}
	}
}

func searchesFor(p *db.Plan, object string) (found bool) {
	p.Walk(func(n *db.Node, _ int) {
		found = found || n.Op == db.OpSearch && "index "+n.Index == object
	})
	return found
}

func onTable(a advisor.Advice, table string) *advisor.Recommendation {
	for i, r := range a.Recommendations {
		if r.Kind == advisor.KindCreateIndex && r.Table == table {
			return &a.Recommendations[i]
		}
	}
	return nil
}
