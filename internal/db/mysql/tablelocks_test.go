package mysql

import (
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestTheTablesOfAChangeAreReadOffItsText(t *testing.T) {
	for _, row := range []struct {
		sql  string
		want []string
	}{
		{"ALTER TABLE Orders ADD COLUMN x INT", []string{"orders"}},
		{"ALTER ONLINE TABLE IF EXISTS `shop`.`orders` ADD FOREIGN KEY (customer_id) REFERENCES customers (id)", []string{"orders", "customers"}},
		{"CREATE INDEX i ON orders (status)", []string{"orders"}},
		{"TRUNCATE orders", []string{"orders"}},
		{"TRUNCATE TABLE orders", []string{"orders"}},
		{"DROP TABLE IF EXISTS orders", []string{"orders"}},
		{"RENAME TABLE orders TO orders_old", []string{"orders", "orders_old"}},
		{"SELECT 1", nil},
	} {
		if got := tablesChanged(row.sql); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.sql, got, row.want)
		}
	}
}

// A change that has one table's lock and waits for another's keeps even the
// catalog from the first: it is as it was known, or not known, and never gone.
func TestATableThatTheCatalogIsRefusedIsNotGone(t *testing.T) {
	s := dbtest.MariaDB(t)
	knows, app := orders(t, s, 20, Options{})
	before, err := knows.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changer := s.OpenMariaDB(t, knows.server.Database)
	changerID := idOf(t, changer)
	dbtest.Exec(t, app, "BEGIN")
	dbtest.Exec(t, app, "SELECT id FROM products LIMIT 1")
	done := make(chan error, 1)
	go func() {
		_, err := changer.Exec("RENAME TABLE orders TO orders_then, products TO products_then")
		done <- err
	}()
	await(t, knows, changerID, func(s db.Session) bool { return strings.Contains(s.Waits, "metadata lock") })
	for _, row := range []struct {
		name   string
		e      *Engine
		unseen bool
	}{{"known", knows, false}, {"not known", open(t, s, knows.server.Database, Options{}), true}} {
		now, err := row.e.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o := now.Table("orders")
		if o == nil || o.Unseen != row.unseen || o.Unsupported != "" || !strings.HasPrefix(o.Locked, "orders is locked by session "+changerID+" (") {
			t.Errorf("%s: got %+v", row.name, o)
		}
		if !row.unseen && now.Version != before.Version {
			t.Errorf("%s: the catalog seems to have changed", row.name)
		}
		if c := now.Table("customers"); c.Locked != "" || len(c.Columns) == 0 || len(c.Indexes) == 0 {
			t.Errorf("%s: another table: got %+v", row.name, c)
		}
		rows, err := row.e.Select(t.Context(), db.Query{SQL: "SELECT @@session.lock_wait_timeout"}, 1)
		if err != nil || rows.Values[0][0] != "1" {
			t.Errorf("%s: behind it the session waits %v s for locks, %v; want 1", row.name, rows.Values, err)
		}
	}
	dbtest.Exec(t, app, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
}
