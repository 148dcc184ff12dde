package advisor_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
)

// family is a table of parents and one of n children without an index on the
// foreign key, each with a key of two columns besides.
func family(t *testing.T, n int, more string) string {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `CREATE TABLE parents (id INTEGER PRIMARY KEY, "group" TEXT, code INTEGER, name TEXT, UNIQUE ("group", code));
		CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents, "group" TEXT, code INTEGER, name TEXT,
			FOREIGN KEY ("group", code) REFERENCES parents("group", code));
		CREATE TABLE twins (id INTEGER PRIMARY KEY REFERENCES parents, name TEXT)`)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?1) INSERT INTO parents SELECT i, 'g'||(i%7), i, 'Parent '||i FROM n`, n/4)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?1)
		INSERT INTO children SELECT i, 1+(i*7919)%(?1/4), 'g'||((1+(i*7919)%(?1/4))%7), 1+(i*7919)%(?1/4), hex(zeroblob(40)) FROM n`, n)
	dbtest.Exec(t, d, `INSERT INTO twins SELECT id, name FROM parents`)
	dbtest.Exec(t, d, more)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAForeignKeyWithoutAnIndex(t *testing.T) {
	for _, c := range []struct {
		name, more, sql string
		want            []string
		noted           []string
	}{
		{"a delete of a parent is searched for in its children", "", `DELETE FROM parents WHERE id = 5`,
			[]string{"children (\"group\", code)", "children (parent_id)"}, nil},
		{"a new key of a parent is searched for by the key that changes", "", `UPDATE parents SET code = code + 1 WHERE id = 5`,
			[]string{"children (\"group\", code)"}, []string{"children(parent_id)"}},
		{"a row that replaces a parent takes that one away", "", `REPLACE INTO parents (id, name) VALUES (5, 'x')`,
			[]string{"children (\"group\", code)", "children (parent_id)"}, nil},
		{"so does an insert that may replace", "", `INSERT OR REPLACE INTO parents (id, name) VALUES (5, 'x')`,
			[]string{"children (\"group\", code)", "children (parent_id)"}, nil},
		{"and an update", "", `UPDATE OR REPLACE parents SET name = 'x' WHERE id = 5`,
			[]string{"children (\"group\", code)", "children (parent_id)"}, nil},
		{"an insert that does not is nobody's business", "", `INSERT OR IGNORE INTO parents (id, name) VALUES (5, 'x')`, nil, []string{"children(group, code)", "children(parent_id)"}},
		{"another column of a parent is not", "", `UPDATE parents SET name = 'x' WHERE id = 5`, nil, []string{"children(group, code)", "children(parent_id)"}},
		{"a key that is served needs no index", `CREATE INDEX by_parent ON children(parent_id, name); CREATE INDEX by_code ON children(code, "group")`, `DELETE FROM parents WHERE id = 5`, nil, nil},
		{"an index that is advised for another reason serves it", "", `SELECT id FROM children WHERE parent_id = 7 AND name > 'z'`, []string{"children (parent_id)"}, []string{"children(group, code)"}},
		{"a delete of a child is nobody's business", "", `DELETE FROM children WHERE id = 5`, nil, []string{"children(group, code)", "children(parent_id)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, _ := adviseOn(t, family(t, 8000, c.more), statements("it: "+c.sql))
			if list := created(got); !slices.Equal(list, c.want) {
				t.Errorf("%s\nadvised %q, want %q; declined %+v", c.sql, list, c.want, got.Declined)
			}
			notes := strings.Join(got.Notes, "\n")
			for _, key := range []string{"children(parent_id)", "children(group, code)"} {
				if has := strings.Contains(notes, key+" → parents, 8k rows"); has != slices.Contains(c.noted, key) {
					t.Errorf("%s\nnoted %q, want %q in it: %v", c.sql, notes, key, !has)
				}
			}
		})
	}
}

// The card tells how it was measured and what nobody can see.
func TestTheCardOfAForeignKeyIsHonest(t *testing.T) {
	w := statements("forget: DELETE FROM parents WHERE id = 5")
	w.Statements[0].CallsPerHour = 7200
	got, a, e := adviseOn(t, family(t, 8000, `CREATE INDEX by_code ON children("group", code)`), w)
	r := card(got, advisor.KindCreateIndex)
	for what, held := range map[string]bool{
		"served: " + strings.Join(r.Queries, "; "):           slices.Equal(r.Queries, []string{"forget, checking children(parent_id)"}),
		"verified by: " + strings.Join(r.Fingerprints, "; "): slices.Equal(r.Fingerprints, []string{w.Statements[0].Fingerprint}),
		"reason: " + r.Reason:                                strings.Contains(r.Reason, "read all of children") && strings.Contains(r.Reason, "before a row of parents goes"),
		"may be wrong: " + r.MayBeWrong:                      strings.Contains(r.MayBeWrong, "PRAGMA foreign_keys = ON") && strings.Contains(r.MayBeWrong, "the SELECT that it is equal to"),
		"confidence: " + r.Confidence:                        r.Confidence == "low",
		"evidence: " + strings.Join(r.Evidence, "; "):        strings.Contains(strings.Join(r.Evidence, "; "), "7.2k calls an hour"),
		"the estimate promises nothing":                      r.Estimate != nil && r.Estimate.Before > r.Estimate.After,
	} {
		if !held {
			t.Error(what)
		}
	}
	if reason := reasonFor(got, "forget"); reason != "" {
		t.Errorf("beside the card its statement is declined: %s", reason)
	}
	entry, err := a.Apply(context.Background(), r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !usesIndex(explained(t, e, "SELECT 1 FROM children WHERE parent_id = 5"), entry.Steps[0].Object.Name) {
		t.Error("the search does not use the index")
	}
}

// In PostgreSQL the foreign key is always checked.
func TestAForeignKeyWithoutAnIndexOnPostgreSQL(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 20000)
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseOnServer(t, e, statements("discontinue: DELETE FROM products WHERE id = 5"))
	if list := created(got); !slices.Equal(list, []string{"public.order_items USING btree (product_id)"}) {
		t.Errorf("advised %q; declined %+v", list, got.Declined)
	}
	if r := card(got, advisor.KindCreateIndex); strings.Contains(r.MayBeWrong, "PRAGMA") || !strings.Contains(r.MayBeWrong, "the SELECT that it is equal to") {
		t.Errorf("may be wrong: %s", r.MayBeWrong)
	}
	if notes := strings.Join(got.Notes, "\n"); !strings.Contains(notes, "orders(customer_id)") || strings.Contains(notes, "PRAGMA") {
		t.Errorf("noted %s", notes)
	}
}

// Two schemas of one database hold tables of the same name, as with a schema
// for each tenant: a key refers to one of them.
func TestAForeignKeyRefersToATableOfOneSchema(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE SCHEMA app;
		CREATE TABLE orders (id bigint PRIMARY KEY, note text);
		CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, note text);
		CREATE TABLE app.orders (id bigint PRIMARY KEY, note text);
		CREATE TABLE app.child (id bigint PRIMARY KEY, pid bigint NOT NULL REFERENCES app.orders, note text);
		INSERT INTO orders SELECT i, repeat('x', 40) FROM generate_series(1, 20000) i; INSERT INTO app.orders SELECT * FROM orders;
		INSERT INTO items SELECT i, i, repeat('x', 40) FROM generate_series(1, 20000) i; INSERT INTO app.child SELECT * FROM items; ANALYZE`)
	for _, c := range []struct{ name, sql, want, check string }{
		{"a delete in a schema off the search path checks the children of its own table", "DELETE FROM app.orders WHERE id = 77", "app.child USING btree (pid)", "app.child(pid)"},
		{"a delete in the first schema of the search path checks those there", "DELETE FROM orders WHERE id = 77", "public.items USING btree (order_id)", "items(order_id)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := postgres.Open(t.Context(), url, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := adviseOnServer(t, e, statements("it: "+c.sql))
			if list := created(got); !slices.Equal(list, []string{c.want}) {
				t.Fatalf("advised %q, want %q; declined %+v", list, c.want, got.Declined)
			}
			if r := card(got, advisor.KindCreateIndex); !slices.Equal(r.Queries, []string{"it, checking " + c.check}) {
				t.Errorf("it serves %q, want the check of %s", r.Queries, c.check)
			}
		})
	}
}
