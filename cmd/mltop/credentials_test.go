package main

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
	"mltop/ui"
)

func TestAPasswordOfASessionsStatementIsShownToNobody(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	app.SetMaxOpenConns(1)
	for _, text := range []string{"CREATE ROLE not_shown", "ALTER ROLE not_shown PASSWORD 'GEHEIM'"} {
		dbtest.Exec(t, app, text)
	}
	defer dbtest.Exec(t, app, "DROP ROLE not_shown")
	list, err := e.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := false // an idle session shows its last statement
	for _, s := range list {
		seen = seen || strings.Contains(s.Statement, "ALTER ROLE not_shown")
		if strings.Contains(s.Statement, "GEHEIM") {
			t.Errorf("shown: %s", s.Statement)
		}
	}
	if !seen {
		t.Errorf("the session is not seen: %+v", list)
	}
}

func TestTheLogOfOurOwnStatementsHoldsNoCredentials(t *testing.T) {
	l := &statementLog{literals: true, quotes: db.QuotesOf(postgres.Dialect{})}
	l.add(ui.LogLine{SQL: "ALTER ROLE a PASSWORD 'GEHEIM' CONNECTION LIMIT 3"})
	if got := l.list()[0].SQL; got != "ALTER ROLE a PASSWORD '***' CONNECTION LIMIT 3" {
		t.Errorf("kept %q", got)
	}
}
