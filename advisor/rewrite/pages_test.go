package rewrite_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
)

// Where NULLs come last, rows that have one are on no page by key: a copy tells
// whether there are any, and has to.
func TestAPageByAColumnThatMayBeNULLIsCheckedForThem(t *testing.T) {
	w, _ := rewritten(t, lite, "keyset", "SELECT id, customer FROM orders ORDER BY customer DESC LIMIT 9 OFFSET ?", 0)
	must := 0
	for _, c := range w.Checks {
		if c.Must && c.What == "no customer is NULL" {
			must++
		}
	}
	if must != 1 || !slices.ContainsFunc(w.Holds, func(s string) bool { return strings.HasPrefix(s, "no customer is NULL") }) {
		t.Errorf("holds %q, checks %+v", w.Holds, w.Checks)
	}
}

func TestAPageThatNULLsKeepFromItsKeySaysSo(t *testing.T) {
	for _, c := range []struct {
		name string
		d    db.Dialect
		sql  string
		want string
	}{
		{"they come first", lite, "SELECT id FROM orders ORDER BY customer LIMIT 9 OFFSET ?", "customer may be NULL, and NULLs come first"},
		{"to PostgreSQL where the order falls", pg, "SELECT id FROM orders ORDER BY customer DESC LIMIT 9 OFFSET $1", "customer may be NULL, and NULLs come first"},
		{"they come last", lite, "SELECT id FROM orders ORDER BY customer DESC LIMIT 9 OFFSET ?", ""},
		{"there are none", lite, "SELECT id FROM orders ORDER BY at LIMIT 9 OFFSET ?", ""},
		{"it counts no pages", lite, "SELECT id FROM orders ORDER BY customer LIMIT 9", ""},
		{"it is not understood", lite, "SELECT id FROM orders ORDER BY customer, at DESC LIMIT 9 OFFSET ?", ""},
	} {
		s := rewrite.Statement{SQL: c.sql, Schema: shop(c.d), Dialect: c.d}
		var err error
		if s.Shape, err = c.d.Parse(c.sql, s.Schema); err != nil {
			t.Fatalf("parse %s: %v", c.sql, err)
		}
		got := rewrite.WhyNoPages(s)
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A page whose number is not known is compared all the same: its first rows and
// those of the table's middle.
func TestPagesAreComparedWhicheverOneIsAskedFor(t *testing.T) {
	w, _ := rewritten(t, lite, "keyset", "SELECT id FROM orders WHERE state = ? ORDER BY at LIMIT ? OFFSET ?", 0)
	if len(w.Checks) < 2 {
		t.Fatalf("checks %+v", w.Checks)
	}
	c := w.Checks[0]
	if want := "SELECT id FROM orders WHERE state = ? ORDER BY at, id LIMIT 200 OFFSET 1"; c.A.SQL != want {
		t.Errorf("got  %s\nwant %s", c.A.SQL, want)
	}
	one := "(SELECT %s FROM orders WHERE state = ? ORDER BY at, id LIMIT 1 OFFSET 0)"
	want := "SELECT id FROM orders WHERE (state = ?) AND (at, id) > (" + strings.Replace(one, "%s", "at", 1) + ", " + strings.Replace(one, "%s", "id", 1) + ") ORDER BY at, id LIMIT 200"
	if c.B.SQL != want || !slices.Equal(c.B.Args, []int{0, 0, 0}) {
		t.Errorf("got  %s %v\nwant %s [0 0 0]", c.B.SQL, c.B.Args, want)
	}
}

func TestAPageByKeySaysWhatToGiveAndWhatToSelect(t *testing.T) {
	w, _ := rewritten(t, maria, "keyset", "SELECT code FROM orders WHERE state = ? ORDER BY at LIMIT ? OFFSET ?", 0)
	all := strings.Join(w.Holds, "; ")
	for _, want := range []string{"in order: at, at, id", "select besides, so that they are known: at, id", "the first page"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not said in %s", want, all)
		}
	}
	if want := []int{0, -1, -1, -1, 1}; !slices.Equal(w.After.Args, want) {
		t.Errorf("placeholders of %s are %v, want %v", w.After.SQL, w.After.Args, want)
	}
	if !strings.Contains(w.Risk, "no jump to page n") {
		t.Errorf("risk: %s", w.Risk)
	}
}

func TestAPageThatIsNotUnderstoodStaysAsItIs(t *testing.T) {
	var list []texts
	refused := func(d db.Dialect, cases ...string) {
		for i := 0; i+1 < len(cases); i += 2 {
			list = append(list, texts{cases[i], d, cases[i+1], ""})
		}
	}
	refused(lite,
		"a window named at the end", "SELECT id, rank() OVER w FROM orders WINDOW w AS (PARTITION BY state) ORDER BY id LIMIT 9 OFFSET ?",
		"a count of all", "SELECT count(*) FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"SQLite's greatest of one value", "SELECT max(at), id FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"a function that nobody knows", "SELECT id, running(customer) FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"a function that nobody knows, by a quoted name", `SELECT id, "running"(customer) FROM orders ORDER BY id LIMIT 9 OFFSET ?`,
		"rows once", "SELECT DISTINCT state FROM orders ORDER BY state LIMIT 9 OFFSET ?",
		"groups", "SELECT state FROM orders GROUP BY state ORDER BY state LIMIT 9 OFFSET ?",
		"two SELECTs", "SELECT id FROM orders UNION ALL SELECT id FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"a join multiplies rows", "SELECT o.id FROM orders o JOIN blocked b ON b.who = o.customer ORDER BY o.id LIMIT 9 OFFSET ?",
		"a join by a comma", "SELECT o.id FROM orders o, blocked ORDER BY o.id LIMIT 9 OFFSET ?",
		"a subquery in the list", "SELECT id, (SELECT count(*) FROM blocked) FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"a subquery below", "SELECT id FROM (SELECT id FROM orders) ORDER BY id LIMIT 9 OFFSET ?",
		"a number of an expression", "SELECT id + 1, at FROM orders ORDER BY 1 LIMIT 9 OFFSET ?",
		"a number behind a star", "SELECT *, at FROM orders ORDER BY 2 LIMIT 9 OFFSET ?",
		"a number that is no item's", "SELECT id FROM orders ORDER BY 1, 1 LIMIT 9 OFFSET ?",
		"a name that is selected for an expression", "SELECT id, state || 'x' AS at FROM orders ORDER BY at LIMIT 9 OFFSET ?",
		"the same without AS", "SELECT id, -id at FROM orders ORDER BY at LIMIT 9 OFFSET ?",
		"the same by a string", "SELECT id, -id AS 'at' FROM orders ORDER BY at LIMIT 9 OFFSET ?",
		"a name that two are selected by", "SELECT id AS x, at AS x FROM orders ORDER BY x LIMIT 9 OFFSET ?",
		"an expression", "SELECT id FROM orders ORDER BY lower(state) LIMIT 9 OFFSET ?",
		"a column in parentheses", "SELECT id FROM orders ORDER BY (at) LIMIT 9 OFFSET ?",
		"a sign", "SELECT id FROM orders ORDER BY +at LIMIT 9 OFFSET ?",
		"two directions", "SELECT id FROM orders ORDER BY at DESC, id LIMIT 9 OFFSET ?",
		"a place for NULLs", "SELECT id FROM orders ORDER BY at NULLS LAST LIMIT 9 OFFSET ?",
		"a column twice", "SELECT id FROM orders ORDER BY at, at LIMIT 9 OFFSET ?",
		"a comparison that passes NULLs", "SELECT id FROM orders WHERE customer IS ? ORDER BY customer LIMIT 9 OFFSET ?",
		"one that is not something", "SELECT id FROM orders WHERE customer IS NOT 5 ORDER BY customer LIMIT 9 OFFSET ?",
		"an OR", "SELECT id FROM orders WHERE customer > 5 OR id < 9 ORDER BY customer LIMIT 9 OFFSET ?",
		"not in a list, which may be empty", "SELECT id FROM orders WHERE customer NOT IN () ORDER BY customer LIMIT 9 OFFSET ?",
		"a key that may be NULL behind the order", "SELECT k FROM named ORDER BY n LIMIT 9 OFFSET ?",
		"a key by another collation", "SELECT n FROM folded ORDER BY n LIMIT 9 OFFSET ?",
		"no key", "SELECT sure FROM blocked ORDER BY sure LIMIT 9 OFFSET ?",
		"an offset that is reckoned", "SELECT id FROM orders ORDER BY id LIMIT 9 OFFSET ? * 9",
		"no limit, really", "SELECT id FROM orders ORDER BY id LIMIT -1 OFFSET 40",
	)
	refused(maria,
		"a variable that counts on", "SELECT @n := @n + 1, id FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"a count of all beside", "SELECT SQL_CALC_FOUND_ROWS id FROM orders ORDER BY id LIMIT 9 OFFSET ?",
		"a text longer than its order", "SELECT id FROM orders WHERE odd > 'a' ORDER BY odd LIMIT 9 OFFSET ?",
		"NULL-safe equality", "SELECT id FROM orders WHERE customer <=> ? ORDER BY customer LIMIT 9 OFFSET ?",
	)
	refused(pg,
		"a function that answers rows", "SELECT id, generate_series(1, 2) FROM orders ORDER BY id LIMIT 9 OFFSET $1",
		"a cast is called as its column", "SELECT id::text FROM orders ORDER BY id LIMIT 9 OFFSET $1",
		"so is a CASE", "SELECT CASE WHEN customer = 1 THEN 0 ELSE id END FROM orders ORDER BY id LIMIT 9 OFFSET $1",
		"a function is called by its name", "SELECT date_trunc('day', at), upper(code) FROM orders ORDER BY upper LIMIT 9 OFFSET $1",
		"the first of each", "SELECT DISTINCT ON (state) id FROM orders ORDER BY state LIMIT 9 OFFSET $1",
		"rows that are locked", "SELECT id FROM orders ORDER BY id LIMIT 9 OFFSET $1 FOR UPDATE",
		"rows that are drawn", "SELECT id FROM orders TABLESAMPLE SYSTEM (10) ORDER BY id LIMIT 9 OFFSET $1",
	)
	compareTexts(t, "keyset", list)
}

func TestAPageIsUnderstoodInMoreThanOneWriting(t *testing.T) {
	compareTexts(t, "keyset", []texts{
		{"a name of the select list", lite, "SELECT id, at AS t FROM orders ORDER BY t DESC LIMIT 9 OFFSET ?", "SELECT id, at AS t FROM orders WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT 9"},
		{"the column's own collation", lite, "SELECT id FROM orders WHERE code = 'x' ORDER BY code COLLATE binary LIMIT 9 OFFSET ?", "SELECT id FROM orders WHERE (code = 'x') AND (code, id) > (?, ?) ORDER BY code COLLATE binary, id LIMIT 9"},
		{"functions of each row", lite, "SELECT id, upper(code), coalesce(customer, 0) FROM orders o WHERE state IN (?, ?) ORDER BY o.id LIMIT 9 OFFSET ?", "SELECT id, upper(code), coalesce(customer, 0) FROM orders o WHERE (state IN (?, ?)) AND o.id > ? ORDER BY o.id LIMIT 9"},
		{"NULLs left out by name", lite, "SELECT id FROM orders WHERE customer IS NOT NULL AND state = 'x' ORDER BY customer LIMIT 9 OFFSET ?", "SELECT id FROM orders WHERE (customer IS NOT NULL AND state = 'x') AND (customer, id) > (?, ?) ORDER BY customer, id LIMIT 9"},
		{"a unique index", lite, "SELECT n FROM folded ORDER BY u LIMIT 9 OFFSET ?", "SELECT n FROM folded WHERE u > ? ORDER BY u LIMIT 9"},
		{"a name that an expression has, in an order by another", pg, "SELECT upper(code), id AS key FROM orders ORDER BY at LIMIT 9 OFFSET $1", "SELECT upper(code), id AS key FROM orders WHERE (at, id) > ($2, $3) ORDER BY at, id LIMIT 9"},
	})
}
