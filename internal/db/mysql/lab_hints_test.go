package mysql

import (
	"slices"
	"testing"
)

func TestHintsPassOverIndexes(t *testing.T) {
	maria := flavour{MariaDB: true, Major: 10, Minor: 11}
	rooms := map[string][]string{"orders": {"a", "b"}, "items": nil}
	ignore := func(table string) ([]string, bool) { names, ok := rooms[table]; return names, ok }
	for _, c := range []struct {
		name, sql, want string
		ok              bool
	}{
		{"every table has its own", "SELECT o.id FROM orders AS o JOIN items i ON i.order_id = o.id WHERE o.note = 'it''s \\\\ so'",
			"SELECT `o`.`id` FROM `orders` AS `o` IGNORE INDEX (`a`, `b`) JOIN `items` AS `i` ON `i`.`order_id`=`o`.`id` WHERE `o`.`note`='it''s \\\\ so'", true},
		{"also within a subquery", "SELECT id FROM items WHERE EXISTS (SELECT 1 FROM orders WHERE orders.id = items.order_id)",
			"SELECT `id` FROM `items` WHERE EXISTS (SELECT 1 FROM `orders` IGNORE INDEX (`a`, `b`) WHERE `orders`.`id`=`items`.`order_id`)", true},
		{"an update takes them", "UPDATE orders SET total = 1 WHERE id = 2", "UPDATE `orders` IGNORE INDEX (`a`, `b`) SET `total`=1 WHERE `id`=2", true},
		{"a limit stays before its offset", "SELECT id FROM orders LIMIT ? OFFSET ?", "SELECT `id` FROM `orders` IGNORE INDEX (`a`, `b`) LIMIT ? OFFSET ?", true},
		{"and behind it", "SELECT id FROM orders LIMIT ?, ?", "SELECT `id` FROM `orders` IGNORE INDEX (`a`, `b`) LIMIT ?,?", true},
		{"also of a union", "(SELECT id FROM orders LIMIT ? OFFSET ?) UNION ALL SELECT id FROM items LIMIT ? OFFSET ?", "(SELECT `id` FROM `orders` IGNORE INDEX (`a`, `b`) LIMIT ? OFFSET ?) UNION ALL SELECT `id` FROM `items` LIMIT ? OFFSET ?", true},
		{"a text without any stays as it was", "SELECT id FROM  items", "SELECT id FROM  items", true},
		{"a delete takes none", "DELETE FROM orders WHERE id = 1", "DELETE FROM orders WHERE id = 1", false},
		{"a view's tables are not named", "SELECT * FROM sales", "SELECT * FROM sales", false},
		{"a name may be that of a WITH", "WITH orders AS (SELECT 1 AS id) SELECT id FROM orders", "WITH orders AS (SELECT 1 AS id) SELECT id FROM orders", false},
		{"the statement's own hints stand", "SELECT id FROM orders USE INDEX (a)", "SELECT id FROM orders USE INDEX (a)", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := hinted(c.sql, maria, ignore)
			if got != c.want || ok != c.ok {
				t.Errorf("got  %s, %v\nwant %s, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// What InnoDB told of indexes that were built: 97, 161 and 225 pages.
func TestAnIndexTakesWholeExtents(t *testing.T) {
	for _, c := range []struct{ leaves, want float64 }{{1, 1}, {32, 32}, {40, 96}, {96, 96}, {97, 160}, {200, 224}} {
		if got := segmentPages(c.leaves); got != c.want {
			t.Errorf("%v leaves take %v pages, want %v", c.leaves, got, c.want)
		}
	}
	sizes := []float64{}
	for _, leaves := range []float64{90, 150, 220} {
		entry := 20.0
		sizes = append(sizes, indexBytes(leaves*761, entry)/innodbPage)
	}
	if want := []float64{97, 161, 225}; !slices.Equal(sizes, want) {
		t.Errorf("got %v pages, want %v", sizes, want)
	}
}
