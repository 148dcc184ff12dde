package postgres

import (
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestAStatementWithQuestionMarksIsReadAsItIsMeant(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a text of our own", `select sum(qty) from "Order Items" where order_id = ?`, `select sum(qty) from "Order Items" where order_id =  $1`},
		{"two of them, and a limit", "select 1 from t where a = ? and b > ? order by a limit ?", "select 1 from t where a =  $1 and b >  $2 order by a limit  $3"},
		{"in strings, names and comments it stays", `select '?', "a?" from t where a=? -- ?`, `select '?', "a?" from t where a= $1 -- ?`},
		{"operators of jsonb stay, and take values", "select 1 from t where body ? ? and data ? ? and body ?| ? and body @? ? and body ->> ? = ?",
			"select 1 from t where body ?  $1 and data ?  $2 and body ?|  $3 and body @?  $4 and body ->>  $5 =  $6"},
		{"numbers go on behind those that are there", "select 1 from t where a = $2 and b between ? and ?", "select 1 from t where a = $2 and b between  $3 and  $4"},
		{"an interval", "select 1 from t where at > now() - interval ?", "select 1 from t where at > now() - $1::interval"},
		{"what can be read is not touched", "select body ? 'x' from t", "select body ? 'x' from t"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _, err := parsed(c.sql); got != c.want || err != nil {
				t.Errorf("%s\n got %s, %v\nwant %s", c.sql, got, err, c.want)
			}
		})
	}
	if _, _, err := parsed("select from where ?"); err == nil {
		t.Error("nonsense was read")
	}
}

func TestOurOwnTextsAreExplained(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 2000)
	e := open(t, url)
	const sql = "SELECT * FROM orders WHERE customer_id IN (?) AND status = ? AND total_cents > ? LIMIT ?;"
	p, err := e.Explain(t.Context(), db.Query{SQL: sql})
	if err != nil || p.Root.Cost == nil {
		t.Fatalf("explain: %+v, %v", p, err)
	}
	if typical, _, err := e.Draw(t.Context(), sql); err != nil || len(typical) != 4 {
		t.Errorf("drew %v, %v", typical, err)
	}
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if shape, err := e.Parse(sql, s); err != nil || shape.Params != 4 {
		t.Errorf("parse: %+v, %v", shape, err)
	}
}
