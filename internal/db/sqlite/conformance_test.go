package sqlite

import (
	"testing"

	"mltop/internal/db/dbtest"
)

func TestItKeepsThePromisesOfAnEngine(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		t.Run(mode, func(t *testing.T) {
			path := dbtest.Path(t)
			dbtest.Orders(t, path, 2000)
			app := dbtest.Open(t, path)
			dbtest.Exec(t, app, "PRAGMA journal_mode = "+mode)
			dbtest.Exec(t, app, "PRAGMA busy_timeout = 0")
			e := open(t, path)
			dbtest.Run(t, dbtest.Subject{Engine: e, App: func(t testing.TB, sql string) {
				t.Helper()
				dbtest.Exec(t, app, sql)
			}})
		})
	}
}
