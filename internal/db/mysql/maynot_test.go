package mysql

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// What MayNot says is what Run is told: it is asked before, and then tried.
func TestAnIndexThatAUserMayNotMakeIsSaidBeforehand(t *testing.T) {
	s := dbtest.MariaDB(t)
	root, app := orders(t, s, 20, Options{})
	base := root.server.Database
	dbtest.Exec(t, app, "CREATE OR REPLACE USER clerk@localhost")
	t.Cleanup(func() {
		if _, err := app.Exec("DROP USER clerk@localhost"); err != nil {
			t.Error(err)
		}
	})
	for _, row := range []struct{ name, grant, want string }{
		{"who may only read", "SELECT ON `" + base + "`.*", "it takes the privilege ALTER: GRANT ALTER ON `" + base + "`.`orders` TO 'clerk'@'localhost'"},
		{"who may change another table", "ALTER ON `" + base + "`.`customers`", "GRANT ALTER ON"},
		{"who may change this one", "ALTER ON `" + base + "`.`orders`", ""},
		{"who may change all", "ALTER ON `" + strings.ReplaceAll(base, "_", "\\_") + "`.*", ""},
	} {
		dbtest.Exec(t, app, "REVOKE ALL PRIVILEGES, GRANT OPTION FROM clerk@localhost")
		dbtest.Exec(t, app, "GRANT SELECT, INSERT ON `"+base+"`.`products` TO clerk@localhost")
		dbtest.Exec(t, app, "GRANT SELECT ON `"+base+"`.`orders` TO clerk@localhost")
		dbtest.Exec(t, app, "GRANT "+row.grant+" TO clerk@localhost")
		e, err := Open(t.Context(), strings.Replace(s.MariaDBURL(base), "root@", "clerk@", 1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		step := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}})
		got, err := e.MayNot(t.Context(), step)
		if err != nil || !strings.Contains(got, row.want) || (got == "") != (row.want == "") {
			t.Errorf("%s: got %q, %v; want %q", row.name, got, err, row.want)
		}
		_, err = e.Run(t.Context(), step, nil)
		if (err != nil) != (got != "") {
			t.Errorf("%s: it was said %q, and the server says: %v", row.name, got, err)
		}
		if err == nil {
			dbtest.Exec(t, app, step.Undo[0])
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
