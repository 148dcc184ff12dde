package main

import (
	"testing"

	"mltop/internal/db/dbtest"
)

// What was advised after a search of half a minute can be applied by its id,
// whatever was looked at meanwhile.
func TestTheIdsOfAnAdviceOutliveWhatIsAskedMeanwhile(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	shop, shop2 := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	dbtest.Exec(t, shop, dbtest.PostgresOrdersDDL)
	dbtest.FillPostgresOrders(t, shop, 20_000)
	dbtest.FillOrdersMariaDB(t, shop2, 20_000)
	const cents = "SELECT status FROM orders WHERE total_cents = 4711"
	for _, c := range []struct {
		name, target string
		search       []string
		meanwhile    [][]string
	}{
		{"PostgreSQL", pgURL, nil, [][]string{{"explain", pgURL, "SELECT 1", "-d", "10s"}}},
		{"MariaDB", maria.MariaDBURL(name), []string{"--allow-scratch"},
			[][]string{{"explain", maria.MariaDBURL(name), "SELECT 1", "-d", "5s"}, {"advise", maria.MariaDBURL(name), "-d", "5s"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDeck(t)
			id := d.advised("create_index", append([]string{c.target, "--queries", d.queries("-- name: cents\n-- weight: 90000\n" + cents + ";\n"), "-d", "20s"}, c.search...)...)
			for _, args := range c.meanwhile {
				d.says(exitOK, nil, args...)
			}
			d.says(exitError, []string{"Create index on orders", "not confirmed"}, "apply", c.target, id)
		})
	}
}
