package main

import (
	"strings"
	"testing"

	"mltop/collectors"
	"mltop/collectors/querylog"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/sqltext"
)

func TestStatementsThatDifferInAQuotedColumnAreTwoOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
	dbtest.Exec(t, app, `CREATE TABLE u ("userId" int, "orgId" int, v text)`)
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	file := "select v from u where \"userId\" = 7;\nselect v from u where \"orgId\" = 9;\n"
	for _, q := range sqltext.Split(file) {
		dbtest.Exec(t, app, q.SQL)
	}
	counted, _, err := collectors.NewStatementTotals(e).Past(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, g := range counted.Rows {
		texts[g.Fingerprint] = g.Text
	}
	queries, problems := querylog.ParseQueries("q.sql", strings.NewReader(file), db.QuotesOf(e))
	if len(queries) != 2 || len(problems) > 0 || queries[0].Fingerprint == queries[1].Fingerprint {
		t.Fatalf("the file has %+v, %v", queries, problems)
	}
	for _, q := range queries {
		if got := texts[q.Fingerprint]; got != q.Text {
			t.Errorf("%s: the server's statement of its fingerprint is %q", q.Text, got)
		}
		p, err := e.Explain(t.Context(), db.Query{SQL: q.SQL})
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(q.Text[strings.Index(q.Text, `"`)+1:], `"`)
		if n := p.Root.Children[0]; !strings.Contains(n.Raw, name) {
			t.Errorf("the plan of %s filters by %q", q.Text, n.Raw)
		}
	}
}

func TestAServersModeSaysWhatIsQuoted(t *testing.T) {
	server := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	name := server.MariaDBDatabase(t)
	app := server.OpenMariaDB(t, name)
	for mode, want := range map[string]sqltext.Quotes{"STRICT_TRANS_TABLES": sqltext.Texts, "STRICT_TRANS_TABLES,ANSI_QUOTES": sqltext.Names, "ANSI": sqltext.Names} {
		dbtest.Exec(t, app, "SET GLOBAL sql_mode = '"+mode+"'")
		e, err := mysql.Open(t.Context(), server.MariaDBURL(name), mysql.Options{Home: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if got := db.QuotesOf(e); got != want {
			t.Errorf("%s: reads a quote as %d, want %d", mode, got, want)
		}
		sql := `select "a b" from t where x = "userId"`
		if _, err := e.Parse(sql, &db.Schema{Tables: []*db.Table{{Name: "t", Columns: []db.Column{{Name: "a b"}, {Name: "x"}, {Name: "userId"}}}}}); err != nil {
			t.Errorf("%s: parse: %v", mode, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
