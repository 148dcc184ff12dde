package postgres

import (
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
)

// A database in SQL_ASCII takes any byte. What it ran stands in
// pg_stat_statements for all databases, and from then on none in UTF-8 is told
// any text: that costs the counted statements, and nothing else.
func TestTextsThatCannotBeShownHere(t *testing.T) {
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{})
	admin := dbtest.OpenPostgres(t, pg.PostgresURL("postgres"))
	dbtest.Exec(t, admin, "CREATE EXTENSION pg_stat_statements")
	dbtest.Exec(t, admin, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	e := open(t, pg.PostgresURL("postgres"))
	must(e.StatementTotals(t.Context()))(t)
	bytes := dbtest.OpenPostgres(t, pg.PostgresURL("bytes")+"&default_query_exec_mode=simple_protocol&client_encoding=SQL_ASCII")
	dbtest.Exec(t, bytes, "SELECT 1 AS \"caf\xe9\"")
	dbtest.Exec(t, admin, "SELECT count(*) FROM pg_class WHERE relname = 'a new text'")

	totals := must(e.StatementTotals(t.Context()))(t)
	if !totals.Sampled || !strings.Contains(totals.Missing["calls"], "pg_stat_statements_reset()") {
		t.Errorf("got sampled %v, %v, want it sampled and told why", totals.Sampled, totals.Missing)
	}
	st := must(e.Stats(t.Context()))(t)
	if st.State != "ok" || st.Commits == nil || st.Queries != nil || !strings.Contains(st.Missing["queries"], "encoding") {
		t.Errorf("got state %s, commits %v, queries %v, %v", st.State, st.Commits, st.Queries, st.Missing)
	}
	fresh := must(open(t, pg.PostgresURL("postgres")).Stats(t.Context()))(t)
	if seen := map[string]bool{}; fresh.Commits == nil {
		t.Errorf("at the first look: got %v", fresh.Missing)
	} else {
		for _, c := range fresh.Counters {
			if seen[c.Name] {
				t.Errorf("%s stands twice", c.Name)
			}
			seen[c.Name] = true
		}
	}
}
