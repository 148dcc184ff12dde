package postgres

import (
	"fmt"
	"testing"

	"mltop/internal/db/dbtest"
)

// BenchmarkSchemaOf100000Tables is one look at the catalog of a database that
// has so many; making them takes a minute or two.
func BenchmarkSchemaOf100000Tables(b *testing.B) {
	s := dbtest.NewPostgres(b, dbtest.PostgresOptions{})
	app := dbtest.OpenPostgres(b, s.PostgresURL("postgres"))
	dbtest.Exec(b, app, "DO $$ BEGIN FOR i IN 1..100000 LOOP EXECUTE 'CREATE TABLE t' || i || ' (a int)'; IF i % 500 = 0 THEN COMMIT; END IF; END LOOP; END $$")
	e := open(b, s.PostgresURL("postgres"))
	for b.Loop() {
		schema, err := e.Schema(b.Context())
		if err != nil || len(schema.Tables) != mostTables || schema.Partly == "" {
			b.Fatalf("got %v, %v", schema, err)
		}
	}
}

// BenchmarkSessionsOf800 lists real ones, of which 400 wait for one.
func BenchmarkSessionsOf800(b *testing.B) {
	s := dbtest.NewPostgres(b, dbtest.PostgresOptions{Settings: map[string]string{"max_connections": "900", "shared_buffers": "16MB"}})
	url := s.PostgresURL("postgres")
	root := dbtest.OpenPostgres(b, url)
	dbtest.Exec(b, root, "CREATE TABLE one (a int)")
	dbtest.Exec(b, root, "INSERT INTO one VALUES (1)")
	dbtest.Exec(b, root, "BEGIN")
	dbtest.Exec(b, root, "UPDATE one SET a = 2")
	for i := range 799 {
		app := dbtest.OpenPostgres(b, url)
		dbtest.Exec(b, app, fmt.Sprintf("SELECT %d", i))
		if i%2 == 0 {
			go func() { _, _ = app.Exec("UPDATE one SET a = 3") }() // it ends with the server
		}
	}
	e := open(b, url)
	for b.Loop() {
		list, err := e.Sessions(b.Context())
		if err != nil || len(list) < 800 {
			b.Fatalf("got %d sessions, %v", len(list), err)
		}
	}
}
