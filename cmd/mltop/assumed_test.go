package main

import (
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
)

// What a request log is usually asked is assumed only where nobody counts what
// it is asked.
func TestNothingIsAssumedOfAServerThatCountsItsStatements(t *testing.T) {
	const ddl = "CREATE TABLE request_logs (id bigint PRIMARY KEY, timestamp timestamp NOT NULL, method varchar(10) NOT NULL, path varchar(99) NOT NULL, response_status int NOT NULL, response_time_ms double precision)"
	const row = "INSERT INTO request_logs VALUES (1, CURRENT_TIMESTAMP, 'GET', '/orders/1', 200, 3.5)"
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	counts, samples := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	one, other := dbtest.OpenPostgres(t, counts), maria.OpenMariaDB(t, samples)
	for _, sql := range []string{ddl, row} {
		dbtest.Exec(t, one, sql)
		dbtest.Exec(t, other, sql)
	}
	for _, c := range []struct {
		name, url string
		assumed   bool
	}{
		{"pg_stat_statements counts", counts, false},
		{"sessions are sampled", maria.MariaDBURL(samples), true},
	} {
		out := newDeck(t).says(exitOK, []string{`"requests": {`}, "snapshot", c.url, "--interval", "300ms", "-o", "json")
		if got := strings.Contains(out, `"source": "assumed"`); got != c.assumed {
			t.Errorf("%s: assumed %v, want %v\n%s", c.name, got, c.assumed, out)
		}
	}
}
