package advisor_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
)

// events is a table of JSON documents and names, n rows.
func events(t *testing.T, n int) string {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT, name TEXT, "from" TEXT, ts TEXT, a INTEGER, b INTEGER, body TEXT)`)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?1)
		INSERT INTO events (kind, name, "from", ts, a, b, body)
		SELECT 'kind-'||(i%5), 'Name '||((i*7919)%5003), 'Box '||((i*31)%4001), datetime('2026-01-01', '+'||(i*7)||' minutes'), (i*37)%1009, (i*101)%997,
			json_object('x', (i*104729)%6007, 'owner', json_object('id', i%997), 'pad', hex(zeroblob(60))) FROM n`, n)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExpressionsGetAnIndex(t *testing.T) {
	file := events(t, 8000)
	for _, c := range []struct{ name, sql, want string }{
		{"json_extract is indexed as it is written, without the alias",
			`SELECT e.id FROM events AS e WHERE json_extract(e.body,'$.x') = 17`, `events((json_extract(body, '$.x')))`},
		{"a JSON arrow is indexed", `SELECT id FROM events WHERE body ->> '$.x' = 17`, `events((body ->> '$.x'))`},
		{"a lower-cased name is indexed", `SELECT id FROM events WHERE lower(name) = 'name 17'`, `events((lower(name)))`},
		{"a column whose name is a keyword stays quoted", `SELECT id FROM events WHERE lower("from") = 'box 17'`, `events((lower("from")))`},
		{"a sum of columns is indexed", `SELECT id FROM events WHERE a + b = 17`, `events((a + b))`},
		{"a date of a column is indexed", `SELECT id FROM events WHERE date(ts) = '2026-01-09'`, `events((date(ts)))`},
		{"an expression stands beside an equality", `SELECT id FROM events WHERE a = 17 AND json_extract(body, '$.x') = 5108`, `json_extract(body, '$.x')`},
		{"an expression serves its own order", `SELECT id, lower(name) FROM events WHERE kind = 'kind-3' ORDER BY lower(name) LIMIT 5`, `events(kind, (lower(name)))`},
		{"an expression serves its own groups", `SELECT lower(name), count(*) FROM events WHERE lower(name) > 'name 90' GROUP BY lower(name)`, `events((lower(name)))`},
		{"an expression serves a list", `SELECT id FROM events WHERE body ->> '$.owner.id' IN (3, 4)`, `events((body ->> '$.owner.id'))`},
		{"a placeholder is given a value of the expression", `SELECT id FROM events WHERE lower(name) = ?`, `events((lower(name)))`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, _ := adviseOn(t, file, statements("it: "+c.sql))
			list := advisedIndexes(got)
			if len(list) != 1 || !strings.Contains(list[0], c.want) {
				t.Errorf("%s\nadvised %q, want %s; declined %+v", c.sql, list, c.want, got.Declined)
			}
			if r := card(got, advisor.KindCreateIndex); len(list) == 1 && r.Estimate.Before < 5*r.Estimate.After {
				t.Errorf("%s\nits estimate is %+v, want at least five times", c.sql, r.Estimate)
			}
		})
	}
}

// Where no index can hold the expression, the reason says why.
func TestExpressionsThatNoIndexHolds(t *testing.T) {
	file := events(t, 3000)
	for _, c := range []struct{ name, sql, want string }{
		{"the local time zone is not fixed", `SELECT id FROM events WHERE date(ts, 'localtime') = '2026-01-09'`, "no index helps: non-deterministic use of date()"},
		{"the clock is not fixed", `SELECT id FROM events WHERE julianday('now') - julianday(ts) < 7`, "no index helps: non-deterministic use of julianday()"},
		{"an application's own function is not known", `SELECT id FROM events WHERE my_slug(name) = 'x'`, "my_slug"},
		{"a placeholder in the expression is not known", `SELECT id FROM events WHERE a + ? = 17`, "no index helps: a placeholder in an expression with the column a"},
		{"what was tried and gains nothing is not called impossible", `SELECT * FROM events WHERE length(kind) = 6`, "gains too little"},
		{"a pattern that is not known is set off from its column", `SELECT id FROM events WHERE name LIKE ?`, "before the statement runs, on name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, _ := adviseOn(t, file, statements("it: "+c.sql))
			if list := advisedIndexes(got); len(list) > 0 {
				t.Errorf("advised %q", list)
			}
			if reason := reasonFor(got, "it"); !strings.Contains(reason, c.want) {
				t.Errorf("%s\nthe reason is %q, want it to say %q", c.sql, reason, c.want)
			}
		})
	}
}

// An index on an expression is applied, found in the live plan, and undone;
// what it may break is said before.
func TestAnIndexOnAnExpressionIsAppliedAndUndone(t *testing.T) {
	file := events(t, 8000)
	const sql = `SELECT e.id FROM events e WHERE json_extract(e.body, '$.x') = 17`
	got, a, e := adviseOn(t, file, statements("it: "+sql))
	r := card(got, advisor.KindCreateIndex)
	if !strings.Contains(r.Risk, "refused") || !strings.Contains(r.MayBeWrong, "exactly") {
		t.Errorf("the card says risk %q, may be wrong %q", r.Risk, r.MayBeWrong)
	}
	before := dump(t, file)
	entry, err := a.Apply(context.Background(), r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := explained(t, e, sql)
	if !usesIndex(plan, entry.Steps[0].Object.Name) {
		t.Errorf("the live plan does not use %s", entry.Steps[0].Object.Name)
	}
	again, err := a.Advise(context.Background(), statements("it: "+sql), nothingSeen(), advisor.Options{Seed: 1})
	if err != nil || len(advisedIndexes(again)) > 0 {
		t.Errorf("with the index there, advised %q, %v", advisedIndexes(again), err)
	}
	if _, err := a.Undo(context.Background(), entry.ID, nil); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, file); after != before {
		t.Errorf("after the undo the file is\n%s\nbefore it was\n%s", after, before)
	}
}

// Expressions differ by the letters inside their strings, not by white space.
func TestIndexesOnExpressionsThatLookAlike(t *testing.T) {
	for _, c := range []struct {
		name, first, second string
		drops               []string
	}{
		{"two paths that differ by case are two indexes", `json_extract(body, '$.x')`, `json_extract(body, '$.X'), a`, nil},
		{"one path written twice is one index too many", `json_extract(body,'$.x')`, `JSON_EXTRACT( body, '$.x' ), a`, []string{"first"}},
		{"an expression and its column are two indexes", `lower(name)`, `name, a`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := events(t, 500)
			d := dbtest.Open(t, file)
			dbtest.Exec(t, d, "CREATE INDEX first ON events("+c.first+"); CREATE INDEX second ON events("+c.second+")")
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			got, _, _ := adviseOn(t, file, statements("it: SELECT count(*) FROM events"))
			var drops []string
			for _, r := range got.Recommendations {
				if r.Kind == advisor.KindDropIndex {
					drops = append(drops, strings.TrimPrefix(r.Object, "index "))
				}
			}
			if !slices.Equal(drops, c.drops) {
				t.Errorf("drops %q, want %q", drops, c.drops)
			}
		})
	}
}

// Whatever the columns are called, an index on an expression of them is made
// and undone.
func TestExpressionsOfColumnsWithBadNames(t *testing.T) {
	for title, name := range badNames() {
		t.Run(title, func(t *testing.T) {
			file, _ := namedTable(t, name)
			quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
			sql := "SELECT q.filler FROM " + quoted(name) + " AS q WHERE lower(q." + quoted(name+"v") + ") = 'v77'"
			got, a, e := adviseOn(t, file, statements("it: "+sql))
			r := card(got, advisor.KindCreateIndex)
			before := dump(t, file)
			entry, err := a.Apply(context.Background(), r.ID, nil)
			if err != nil {
				t.Fatalf("%s\nadvised %q, declined %+v: %v", sql, r.Statement, got.Declined, err)
			}
			if !usesIndex(explained(t, e, sql), entry.Steps[0].Object.Name) {
				t.Errorf("%s\nthe live plan does not use it", r.Statement)
			}
			if _, err := a.Undo(context.Background(), entry.ID, nil); err != nil {
				t.Fatal(err)
			}
			if after := dump(t, file); after != before {
				t.Errorf("after the undo the file is\n%s\nbefore it was\n%s", after, before)
			}
		})
	}
}

func TestADateIsBetterARange(t *testing.T) {
	for _, c := range []struct{ name, index, want string }{
		{"with an index on the column the range needs no new one", "CREATE INDEX by_ts ON events(ts)", "ts < date(:day, '+1 day') finds the same rows by by_ts, with no new index"},
		{"without one, one on the column serves more", "", "finds the same rows by an index on ts, which serves other ranges as well"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := events(t, 8000)
			d := dbtest.Open(t, file)
			dbtest.Exec(t, d, c.index)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			got, _, _ := adviseOn(t, file, statements("it: SELECT id, kind, body FROM events WHERE date(ts) = '2026-01-09'"))
			if r := card(got, advisor.KindCreateIndex); !strings.Contains(r.Reason, c.want) {
				t.Errorf("the reason is %q, want %q in it", r.Reason, c.want)
			}
		})
	}
}
