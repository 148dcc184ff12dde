package postgres

import (
	"testing"

	"mltop/internal/db/dbtest"
)

func TestItKeepsThePromisesOfAnEngine(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 2000)
	e := open(t, url)
	dbtest.Exec(t, app, "SET lock_timeout = '5s'") // what is held between ticks would fail it
	dbtest.Run(t, dbtest.Subject{Engine: e, App: func(t testing.TB, sql string) {
		t.Helper()
		dbtest.Exec(t, app, sql)
	}})
}

func open(t testing.TB, url string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
