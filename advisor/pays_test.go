package advisor_test

import (
	"slices"
	"testing"

	"mltop/advisor"
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

func onTable(a advisor.Advice, table string) *advisor.Recommendation {
	for i, r := range a.Recommendations {
		if r.Kind == advisor.KindCreateIndex && r.Table == table {
			return &a.Recommendations[i]
		}
	}
	return nil
}
