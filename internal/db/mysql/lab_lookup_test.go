package mysql

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A lookup of one or two rows is told by statistics: neither what the server
// reads of its own behind a new index, nor going down the index, may be scaled
// with the sample as if they were rows.
func TestALookupReadsItsRowsAndNothingElse(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, "CREATE TABLE big (id int PRIMARY KEY, b int NOT NULL, email varchar(60), order_id int, pad varchar(100))")
	dbtest.Exec(t, app, "INSERT INTO big SELECT seq, crc32(seq) % 75000, concat('u', crc32(seq) % 75000), seq DIV 10, repeat('x', 80) FROM seq_1_to_100000")
	dbtest.Exec(t, app, "ANALYZE TABLE big")
	e, err := Open(t.Context(), s.MariaDBURL(name), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	sample := labOf(t, e, 1<<20)
	const rows = 100000 / 55000. // of a value that is there: 75000 × (1 − e^(−100/75)) are
	for _, c := range []struct {
		name, sql, column string
		want              float64
	}{
		{"a value that is not in the sample", "SELECT pad FROM big WHERE b = 77", "b", 1 + 2*rows},
		{"a value drawn for a placeholder", "SELECT pad FROM big WHERE b = ?", "b", 1 + 2*rows},
		{"a text", "SELECT pad FROM big WHERE email = 'u77'", "email", 1 + 2*rows},
		{"rows of a value that lie together", "SELECT pad FROM big WHERE order_id = ?", "order_id", 1 + 2*10},
		{"and where the value is not in the sample", "SELECT pad FROM big WHERE order_id = 77", "order_id", 1 + 2*10},
		{"without the table behind the index", "SELECT count(*) FROM big WHERE b = 78", "b", 1 + rows},
	} {
		add := []db.Index{{Table: "big", Columns: []db.IndexColumn{{Name: c.column}}}}
		for _, time := range []string{"first", "second"} {
			got := must(sample.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{Add: add}))(t)
			if got.Value < c.want/1.6 || got.Value > c.want*1.6 || got.Method != db.MethodSample {
				t.Errorf("%s, the %s time: got %.1f (%.1f to %.1f) by %s, want about %.1f", c.name, time, got.Value, got.Low, got.High, got.Method, c.want)
			}
			must(sample.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{}))(t) // takes the index away again
		}
	}
	scan := must(sample.Cost(t.Context(), db.Query{SQL: "SELECT pad FROM big WHERE b = 77"}, db.Config{}))(t)
	if scan.Value < 99_900 || scan.Value > 100_100 {
		t.Errorf("a scan of 100,000 rows reads %.0f", scan.Value)
	}
}

// Both are drawn, 50 and 0: the other way round nothing would be read.
func TestAPageIsMeasuredWithItsLimitAndItsOffset(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 5000, Options{})
	lab := labOf(t, e, 0)
	q := db.Query{SQL: "SELECT * FROM orders WHERE total_cents > -1 ORDER BY total_cents % 7 LIMIT ? OFFSET ?"}
	add := []db.Index{{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}}
	with := must(lab.Cost(t.Context(), q, db.Config{Add: add}))(t)
	without := must(lab.Cost(t.Context(), q, db.Config{}))(t) // by a hint, for which the text is written again
	if without.Value < 5000 || with.Value < 5000 {
		t.Errorf("got %.0f rows read, and %.0f with an index; want all 5,000", without.Value, with.Value)
	}
	named := db.Query{SQL: "SELECT * FROM " + quoteAlways(e.server.Database) + ".orders ORDER BY total_cents % 7 LIMIT ? OFFSET ?"}
	if got := must(lab.Cost(t.Context(), named, db.Config{}))(t); got.Value < 5000 {
		t.Errorf("got %.0f rows read where the text names the database; want all 5,000", got.Value)
	}
}

// Some libraries write the database before every table and column.
func TestAStatementThatNamesItsDatabaseIsTriedOnTheSample(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 15000, Options{})
	dbtest.Exec(t, app, "UPDATE orders SET status = CONCAT('a\\\\b''', id % 50)")
	lab := labOf(t, e, 1300<<10)
	name := quoteAlways(e.server.Database)
	for _, c := range []struct{ name, plain, named string }{
		{"tables and columns", "SELECT orders.id FROM orders WHERE orders.total_cents BETWEEN 100 AND 599 AND (1 = 1)", "SELECT $orders.id FROM $orders WHERE $orders.total_cents BETWEEN 100 AND 599 AND (1 = 1)"},
		{"a text with a backslash and a quote", `SELECT COUNT(*) FROM orders WHERE status = 'a\\b''7'`, `SELECT COUNT(*) FROM $orders WHERE status = 'a\\b''7'`},
		{"placeholders and a LIMIT", "SELECT id FROM orders WHERE customer_id = ? ORDER BY placed_at DESC LIMIT 10", "SELECT id FROM $orders WHERE customer_id = ? ORDER BY placed_at DESC LIMIT 10"},
		{"a write", "UPDATE orders SET status = 'x' WHERE id = 7", "UPDATE $orders SET status = 'x' WHERE $orders.id = 7"},
	} {
		cost := func(sql string) db.Estimate {
			return must(lab.Cost(t.Context(), db.Query{SQL: strings.ReplaceAll(sql, "$", name+".")}, db.Config{}))(t)
		}
		if want, got := cost(c.plain), cost(c.named); got.Value != want.Value {
			t.Errorf("%s: got %.1f, and without the name %.1f", c.name, got.Value, want.Value)
		}
	}
	_, err := lab.Cost(t.Context(), db.Query{SQL: "SELECT id FROM elsewhere.orders"}, db.Config{})
	if err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("a statement on another database: got %v", err)
	}
	if got := texts(t, app, "SELECT COUNT(*) FROM orders WHERE status = 'x'"); got[0] != "0" {
		t.Errorf("%s live rows were written", got[0])
	}
}

func TestAPlanNamesColumnsWithoutTheirDatabase(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 200, Options{})
	q := db.Query{SQL: "SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'City 3'"}
	for how, plan := range map[string]*db.Plan{"live": must(e.Explain(t.Context(), q))(t), "sample": must(labOf(t, e, 0).Plan(t.Context(), q, db.Config{}))(t)} {
		joined := ""
		plan.Walk(func(n *db.Node, _ int) { joined += strings.Join(n.Columns, " ") + " " })
		if !strings.Contains(joined, "customer_id = c.id") {
			t.Errorf("%s: got %q", how, joined)
		}
	}
}

// A search has sessions of its own beside the one that watches.
func TestTheSessionsOfASearchAreNotTheApplications(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 200, Options{})
	labOf(t, e, 0)
	for _, s := range must(e.Sessions(t.Context()))(t) {
		if e.o.own.has(s.ID) {
			t.Errorf("session %s is ours and listed: %q", s.ID, s.Statement)
		}
	}
}
