package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// digests are statements as applications write them; pg_stat_statements keeps
// them with $n for the constants.
var digests = []struct{ name, sql string }{
	{"an interval", "SELECT id FROM orders WHERE customer_id = 7 AND placed_at > now() - interval '1 day'"},
	{"an interval with its unit outside", "SELECT status FROM orders WHERE customer_id = 7 AND placed_at > now() - INTERVAL '1' DAY"},
	{"an interval with a precision", "SELECT total_cents FROM orders WHERE customer_id = 7 AND placed_at > now() - interval(3) '1 s'"},
	{"a timestamp", "SELECT id FROM orders WHERE customer_id = 7 AND placed_at >= timestamp '2025-01-02 03:04:05'"},
	{"a timestamp with a zone", "SELECT id FROM orders WHERE customer_id = 7 AND placed_at >= timestamp with time zone '2025-01-02 03:04:05+00'"},
	{"a date", "SELECT id FROM orders WHERE customer_id = 7 AND placed_at BETWEEN date '2025-01-02' AND pg_catalog.date '2025-01-03'"},
	{"a time", "SELECT id FROM orders WHERE customer_id = 7 AND placed_at::time > time '12:00'"},
	{"a number with its type", "SELECT id FROM orders WHERE customer_id = 7 AND total_cents > numeric(10,2) '3.5'"},
	{"extract", "SELECT extract(year FROM placed_at), extract('month' from placed_at) FROM orders WHERE customer_id = 7"},
	{"a series of numbers", "SELECT g, (SELECT count(*) FROM orders WHERE customer_id = g) FROM generate_series(1, 20) g"},
	{"a series of days", "SELECT d FROM generate_series(timestamp '2025-01-01', timestamp '2025-01-09', interval '1 day') d JOIN orders o ON o.placed_at = d WHERE o.customer_id = 7"},
	{"jsonb_build_object", "SELECT jsonb_build_object('id', id, 'total', total_cents) FROM orders WHERE customer_id = 7"},
	{"concat and format", "SELECT concat('no. ', id), format('%s of %s', id, 'x') FROM orders WHERE customer_id = 7"},
	{"a list as an array", "SELECT id FROM orders WHERE customer_id = ANY (ARRAY[1, 2, 3])"},
	{"a list as rows", "SELECT o.id FROM (VALUES (1), (2)) v(c) JOIN orders o ON o.customer_id = v.c"},
	{"arithmetic of constants", "SELECT id, round(1.0 / 3, 2) FROM orders WHERE customer_id = 40 / 5"},
	{"words beyond ASCII before it", "SELECT 'größer' || id, 'é' AS ß, jsonb_build_array('ü', id) FROM orders WHERE customer_id = 7"},
	{"what changes rows", "UPDATE orders SET placed_at = placed_at + interval '1 day' WHERE customer_id = 7"},
}

func TestTheServersDigestsArePlannedAndAdvisedOn(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20000)
	e := open(t, url)
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	weak := asWeak(t, url, app, "SELECT, UPDATE ON ALL TABLES IN SCHEMA public")
	weakLab := must(weak.Lab(t.Context(), db.LabOptions{}, nil))(t)
	index := db.Index{Table: "orders", Name: "mltop_orders_customer_id", Columns: []db.IndexColumn{{Name: "customer_id"}}}
	for i, c := range digests {
		t.Run(c.name, func(t *testing.T) {
			mark := fmt.Sprintf("/* digest %d */", i)
			dbtest.Exec(t, app, mark+c.sql)
			var text string
			if err := app.QueryRow("SELECT query FROM pg_stat_statements WHERE strpos(query, $1) = 1", mark).Scan(&text); err != nil || !strings.Contains(text, "$1") {
				t.Fatalf("the server has %q, %v", text, err)
			}
			p, err := e.Explain(t.Context(), db.Query{SQL: text})
			if err != nil || p.Root.Cost == nil || p.Root.Detail != "planned for any values" {
				t.Errorf("%s\nplan %+v, %v", text, p, err)
			}
			if same, err := weak.Explain(t.Context(), db.Query{SQL: text}); err != nil || *same.Root.Cost != *p.Root.Cost {
				t.Errorf("%s\nby a user whose refusals are caught: plan %+v, %v", text, same, err)
			}
			if _, err := e.Parse(text, s); err != nil {
				t.Errorf("%s\nparse: %v", text, err)
			}
			for _, lab := range []db.Lab{lab, weakLab} {
				got, err := lab.Cost(t.Context(), db.Query{SQL: text}, db.Config{Add: []db.Index{index}})
				if err != nil || !slices.Contains(got.Uses, index.Name) {
					t.Errorf("%s\nwith the index: %v, %v", text, got.Uses, err)
				}
			}
			drawn, _, err := e.Draw(t.Context(), text)
			if err != nil {
				t.Fatalf("%s\ndraw: %v", text, err)
			}
			if _, err := e.Explain(t.Context(), db.Query{SQL: text, Args: drawn}); err != nil {
				t.Errorf("%s\nwith %v: %v", text, drawn, err)
			}
		})
	}
}

func TestAStatementThatNoTypeHelpsIsRefusedOnce(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 100)
	e := open(t, url)
	for _, sql := range []string{"SELECT no_such_function($1, id) FROM orders", "SELECT id FROM orders WHERE status > placed_at AND id = $1"} {
		_, err := e.Explain(t.Context(), db.Query{SQL: sql})
		if err == nil {
			t.Fatalf("%s was planned", sql)
		}
		if n := strings.Count(err.Error(), "SQLSTATE"); n != 1 {
			t.Errorf("%s: the server's error stands %d times: %v", sql, n, err)
		}
	}
	if n := access(t, e, slow); n.Op != db.OpScan {
		t.Errorf("the session does not plan any more: %+v", n)
	}
}

func TestAValueIsCastWhereTheGrammarTakesOnlyALiteral(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"SELECT now() - interval $1", "SELECT now() - $1::interval"},
		{"SELECT now() - interval $12 day", "SELECT now() - $12::interval day"},
		{"SELECT timestamp(3) without time zone $1, double precision $2, character varying(9) $3", "SELECT $1::timestamp(3) without time zone, $2::double precision, $3::character varying(9)"},
		{"SELECT my.kind $1, text $2", "SELECT $1::my.kind, $2::text"},
		{"SELECT extract($1 from a)", "SELECT date_part($1, a)"},
		{"SELECT a AT TIME ZONE $1 FROM t WHERE b IN ($2) AND c LIKE $3 ESCAPE $4 OFFSET $5 LIMIT $6", ""},
		{"SELECT a FROM t WHERE (a) = $1 AND 'interval $2' = \"interval $3\" /* interval $4 */ FETCH FIRST $5 ROWS ONLY", ""},
	} {
		want := c.want
		if want == "" {
			want = c.sql
		}
		if got := castParams(c.sql); got != want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, want)
		}
	}
}
