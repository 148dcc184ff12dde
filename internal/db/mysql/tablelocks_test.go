package mysql

import (
	"slices"
	"testing"
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
