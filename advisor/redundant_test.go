package advisor_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
)

// stock is a file with a table of 20,000 rows and the indexes that a test asks for.
func stock(t *testing.T, indexes string) string {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `CREATE TABLE stock (id INTEGER PRIMARY KEY, shop INTEGER, item INTEGER, n INTEGER, note TEXT);
		CREATE TABLE shops (id INTEGER PRIMARY KEY, town TEXT, name TEXT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) INSERT INTO stock SELECT i, (i*7919)%500, (i*104729)%3000, i%50, hex(zeroblob(30)) FROM n;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) INSERT INTO shops SELECT i, 'town '||(i%4000), 'shop '||i FROM n;`+indexes)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnIndexThatIsThePrefixOfAnotherIsDropped(t *testing.T) {
	const narrowAndWide = "CREATE INDEX narrow ON stock(shop); CREATE INDEX wide ON stock(shop, item);"
	ofShop := "of a shop: SELECT note FROM stock WHERE shop = 77"
	write := "write: INSERT INTO stock (shop, item, n, note) VALUES (1, 2, 3, 'x')"
	tests := []struct {
		name, indexes string
		queries       []string
		want          []string // dropped
		declined      string
	}{
		{"where both serve the search", narrowAndWide, []string{ofShop, write}, []string{"narrow"}, ""},
		{"of three that begin alike the longest stays",
			"CREATE INDEX a ON stock(shop); CREATE INDEX ab ON stock(shop, item); CREATE INDEX abc ON stock(shop, item, n);",
			[]string{ofShop, "of an item: SELECT note FROM stock WHERE shop = 7 AND item = 8", write}, []string{"a", "ab"}, ""},
		{"of two that are the same and one that is longer the longer stays",
			"CREATE INDEX x ON stock(shop); CREATE INDEX y ON stock(shop); CREATE INDEX wide ON stock(shop, item);",
			[]string{ofShop, write}, []string{"x", "y"}, ""},
		{"although advice on another table has a plan with it", narrowAndWide,
			[]string{"in a town: SELECT sum(s.n) FROM shops JOIN stock s ON s.shop = shops.id WHERE shops.town = 'town 77'", write}, []string{"narrow"}, ""},
		{"although another statement of the table gets an index", narrowAndWide,
			[]string{ofShop, "items: SELECT note FROM stock WHERE item = 5", write}, []string{"narrow"}, ""},
		{"although a statement counts all rows by the smallest index", narrowAndWide,
			[]string{ofShop, "count: SELECT count(*) FROM stock", write}, []string{"narrow"}, ""},
		{"unless a statement is sorted by it", "CREATE INDEX narrow ON stock(n); CREATE INDEX wide ON stock(n, item);",
			[]string{ofShop, "page: SELECT note FROM stock WHERE n = 7 ORDER BY id LIMIT 3", write}, nil, "page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, _ := adviseOn(t, stock(t, tt.indexes), statements(tt.queries...))
			if drops := dropped(got); !slices.Equal(drops, tt.want) {
				t.Errorf("drops %q, want %q; declined %+v", drops, tt.want, got.Declined)
			}
			for _, d := range got.Declined {
				if strings.HasPrefix(d.What, "Drop narrow") && !slices.Contains(d.Queries, tt.declined) {
					t.Errorf("declined for %q (%s), want %q", d.Queries, d.Reason, tt.declined)
				}
			}
		})
	}
}

func dropped(a advisor.Advice) (list []string) {
	for _, r := range a.Recommendations {
		if r.Kind == advisor.KindDropIndex {
			list = append(list, strings.TrimPrefix(r.Object, "index "))
		}
	}
	slices.Sort(list)
	return list
}
