package main

import (
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
)

// Where a server has nothing to try an index on, one is advised by rule: low
// confidence, said so, with the way to a measured answer; and whatever gets
// none is named by its text.
func TestAServerWithoutAWhatIfRoomIsAdvisedByRule(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	shop, shop2 := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	dbtest.Exec(t, shop, dbtest.PostgresOrdersDDL)
	dbtest.FillPostgresOrders(t, shop, 20_000)
	dbtest.Exec(t, shop, "DROP EXTENSION IF EXISTS hypopg")
	dbtest.FillOrdersMariaDB(t, shop2, 20_000)
	for _, c := range []struct{ name, target, how string }{
		{"PostgreSQL without HypoPG", pgURL, "CREATE EXTENSION hypopg"},
		{"MariaDB that keeps no sample", maria.MariaDBURL(name), "--allow-scratch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDeck(t)
			queries := d.queries("-- weight: 90000\nSELECT status FROM orders WHERE total_cents = 4711;\n-- weight: 9\nSELECT status FROM orders WHERE id = 4711;\n")
			out := d.says(exitOK, []string{
				"orders(total_cents) (by rule, not measured)", "confidence is low: by rule", "indexes are advised by rule, not measured: ", c.how,
				"well served",
			}, "advise", c.target, "--queries", queries, "-d", "20s")
			if strings.Contains(out, "rules only") || !strings.Contains(out, "SELECT status FROM orders WHERE id = ?") {
				t.Errorf("got\n%s\nwant the statement without advice by its text, and no room that is not there", out)
			}
			id := d.advised("create_index", c.target, "--queries", queries, "-d", "20s")
			d.says(exitOK, []string{"orders(total_cents)", "applied"}, "apply", c.target, id, "--yes")
			again := d.says(exitOK, nil, "advise", c.target, "--queries", queries, "-d", "20s")
			if strings.Contains(again, "(by rule") {
				t.Errorf("with the index there, got\n%s\nwant none advised", again)
			}
			d.says(exitOK, nil, "undo", c.target, "--last", "--yes")
		})
	}
}
