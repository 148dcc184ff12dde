package main

import (
	"testing"

	"mltop/internal/db/dbtest"
)

// A copy of rows that a killed mltop left is named at every start, with the
// statement that drops it, and dropped where samples are allowed.
func TestASampleThatAKilledMltopLeftIsNamed(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	const left = "mltop_scratch_1700000000_0123abcd"
	app, app2 := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	dbtest.Exec(t, app, "CREATE SCHEMA "+left)
	dbtest.Exec(t, app, "COMMENT ON SCHEMA "+left+" IS 'a sample that mltop tries indexes on; mltop drops it'")
	dbtest.Exec(t, app2, "CREATE DATABASE "+left)
	dbtest.Exec(t, app2, "CREATE TABLE "+left+".mltop_mark (made_by_mltop INT)")
	for _, c := range []struct{ name, target, drop string }{
		{"PostgreSQL", pgURL, "DROP SCHEMA " + left + " CASCADE"},
		{"MariaDB", maria.MariaDBURL(name), "DROP DATABASE `" + left + "`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDeck(t)
			d.says(exitOK, []string{"▲  a sample", "It is dropped by: " + c.drop + "; or by"}, "doctor", c.target)
			d.says(exitOK, []string{"mltop: a killed mltop left a copy of rows here. It is dropped by: " + c.drop}, "why", c.target)
			d.says(exitOK, nil, "why", c.target, "--allow-scratch")
			hides(t, d.says(exitOK, nil, "why", c.target), "a killed mltop")
		})
	}
}
