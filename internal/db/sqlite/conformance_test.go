package sqlite

import (
	"database/sql"
	"os"
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
			dbtest.Run(t, dbtest.Subject{
				Engine: e,
				App: func(t testing.TB, sql string) {
					t.Helper()
					dbtest.Exec(t, app, sql)
				},
				Numbers: []string{"file_bytes", "disk_free_bytes", "page_size", "pages", "free_pages", "busy", "polls"},
				Truth:   func(t testing.TB, name string) (float64, bool) { return pragmaTruth(t, app, path, name) },
			})
		})
	}
}

// pragmaTruth is what SQLite tells the application, and the file system.
func pragmaTruth(t testing.TB, app *sql.DB, path, name string) (float64, bool) {
	t.Helper()
	pragma := map[string]string{"page_size": "page_size", "pages": "page_count", "free_pages": "freelist_count"}[name]
	side, isFile := map[string]string{"file_bytes": "", "wal_bytes": "-wal"}[name]
	var v float64
	switch {
	case pragma != "":
		if err := app.QueryRow("PRAGMA " + pragma).Scan(&v); err != nil {
			t.Fatal(err)
		}
	case isFile:
		if f, err := os.Stat(path + side); err == nil {
			v = float64(f.Size())
		}
	}
	return v, pragma != "" || isFile
}
