package rewrite_test

import (
	"strings"
	"testing"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// shop is a catalog in an engine's own types.
func shop(d db.Dialect) *db.Schema {
	types := map[string][]string{
		"sqlite":   {"INTEGER", "TEXT", "TEXT", "INTEGER", "TEXT"},
		"mysql":    {"bigint(20)", "varchar(40)", "datetime", "bigint(20)", "text"},
		"postgres": {"bigint", "text", "timestamp without time zone", "bigint", "character(3)"},
	}[d.Name()]
	key, text, when, epoch, odd := types[0], types[1], types[2], types[3], types[4]
	return &db.Schema{Tables: []*db.Table{
		{Schema: "main", Name: "orders", RowID: "id", PrimaryKey: []string{"id"}, Columns: []db.Column{
			{Name: "id", Type: key, NotNull: true}, {Name: "customer", Type: key}, {Name: "at", Type: when, NotNull: true}, {Name: "seen", Type: epoch},
			{Name: "code", Type: text}, {Name: "state", Type: text, NotNull: true}, {Name: "odd", Type: odd}, {Name: "fold", Type: text, Collation: "NOCASE"},
		}},
		{Schema: "main", Name: "named", PrimaryKey: []string{"k"}, Columns: []db.Column{{Name: "k", Type: text}, {Name: "n", Type: key, NotNull: true}}},
		{Schema: "main", Name: "folded", PrimaryKey: []string{"k"}, Columns: []db.Column{
			{Name: "k", Type: text, NotNull: true, Collation: "NOCASE"}, {Name: "n", Type: key, NotNull: true}, {Name: "u", Type: text, NotNull: true},
		}, Indexes: []*db.Index{
			{Name: "key", Table: "folded", Unique: true, Constraint: true, Columns: []db.IndexColumn{{Name: "k", Collation: "BINARY"}}},
			{Name: "u", Table: "folded", Unique: true, Columns: []db.IndexColumn{{Name: "u", Collation: "BINARY"}}},
		}},
		{Schema: "main", Name: "blocked", Columns: []db.Column{{Name: "who", Type: key}, {Name: "sure", Type: key, NotNull: true}, {Name: "why", Type: text}}},
	}}
}

// rewritten answers the text to run and the text to show that one rule gives.
func rewritten(t *testing.T, d db.Dialect, rule, sql string, calls float64) (w rewrite.Rewrite, ok bool) {
	t.Helper()
	s := rewrite.Statement{SQL: sql, Schema: shop(d), Dialect: d, CallsPerRequest: calls}
	var err error
	if s.Shape, err = d.Parse(sql, s.Schema); err != nil {
		t.Fatalf("parse %s: %v", sql, err)
	}
	for _, w := range rewrite.Of(s) {
		if w.Rule == "rewrite."+rule {
			return w, true
		}
	}
	return w, false
}

type texts struct {
	name string
	d    db.Dialect
	sql  string
	want string // to run; "" for no rewrite
}

func compareTexts(t *testing.T, rule string, list []texts) {
	t.Helper()
	for _, c := range list {
		t.Run(c.d.Name()+": "+c.name, func(t *testing.T) {
			if w, _ := rewritten(t, c.d, rule, c.sql, 0); w.After.SQL != c.want {
				t.Errorf("of   %s\ngot  %s\nwant %s", c.sql, w.After.SQL, c.want)
			}
		})
	}
}

var (
	lite  = sqlite.Dialect{}
	maria = mysql.Dialect{}
	pg    = postgres.Dialect{}
)

func TestAFunctionOfATimeBecomesARange(t *testing.T) {
	compareTexts(t, "date-range", []texts{
		{"a day", lite, "SELECT id FROM orders WHERE date(at) = '2026-01-05'", "SELECT id FROM orders WHERE at >= '2026-01-05' AND at < date('2026-01-05', '+1 day')"},
		{"a day under an alias, the value first, beside others", lite, "SELECT o.id FROM orders AS o WHERE o.state = 'x' AND '2026-01-05' <= date(o.at) ORDER BY o.id", "SELECT o.id FROM orders AS o WHERE o.state = 'x' AND o.at >= '2026-01-05' ORDER BY o.id"},
		{"days between", lite, "SELECT id FROM orders WHERE date(at) BETWEEN ? AND ?", "SELECT id FROM orders WHERE at >= ? AND at < date(?, '+1 day')"},
		{"after a day, in an OR's parentheses", lite, "SELECT id FROM orders WHERE (date(at) > '2026-01-05' OR id = 3) AND state = 'a'", "SELECT id FROM orders WHERE (at >= date('2026-01-05', '+1 day') OR id = 3) AND state = 'a'"},
		{"in a subquery", lite, "SELECT why FROM blocked WHERE who IN (SELECT o.customer FROM orders o WHERE date(o.at) < '2026-01-05')", "SELECT why FROM blocked WHERE who IN (SELECT o.customer FROM orders o WHERE o.at < '2026-01-05')"},
		{"a year", lite, "SELECT id FROM orders WHERE strftime('%Y', at) = '2026'", "SELECT id FROM orders WHERE at >= '2026' || '-01-01' AND at < ('2026' + 1) || '-01-01'"},
		{"a month", lite, "SELECT id FROM orders WHERE strftime('%Y-%m', at) = '2026-02'", "SELECT id FROM orders WHERE at >= '2026-02' AND at < strftime('%Y-%m', '2026-02' || '-01', '+1 month')"},
		{"seconds since 1970", lite, "SELECT id FROM orders WHERE date(seen, 'unixepoch') = '2026-01-05'", "SELECT id FROM orders WHERE seen >= CAST(strftime('%s', '2026-01-05') AS INTEGER) AND seen < CAST(strftime('%s', '2026-01-05', '+1 day') AS INTEGER)"},
		{"today", lite, "SELECT id FROM orders WHERE date(at) = date('now')", "SELECT id FROM orders WHERE at >= date('now') AND at < date(date('now'), '+1 day')"},
		{"a number is no time that date() reads so", lite, "SELECT id FROM orders WHERE date(seen) = '2026-01-05'", ""},
		{"a value with a time is no day", lite, "SELECT id FROM orders WHERE date(at) = '2026-01-05 10:00:00'", ""},
		{"nor one that is no date", lite, "SELECT id FROM orders WHERE date(at) = '2026-1-5'", ""},
		{"a shifted day is another one", lite, "SELECT id FROM orders WHERE date(at, '+3 hours') = '2026-01-05'", ""},
		{"a day of the week is no range", lite, "SELECT id FROM orders WHERE strftime('%w', at) = '1'", ""},
		{"what is selected stays", lite, "SELECT date(at) FROM orders WHERE id = 3", ""},
		{"a negation stays", lite, "SELECT id FROM orders WHERE NOT date(at) = '2026-01-05'", ""},
		{"a comparison inside of CASE stays", lite, "SELECT id FROM orders WHERE CASE WHEN id = 1 AND date(at) = '2026-01-05' THEN 1 ELSE 0 END = 1", ""},
		{"two columns stay", lite, "SELECT id FROM orders WHERE date(at) = date(seen, 'unixepoch')", ""},
		{"lower() stays: an index on the expression serves it", lite, "SELECT id FROM orders WHERE lower(code) = 'a'", ""},

		{"a day", maria, "SELECT id FROM orders WHERE DATE(at) = '2026-01-05'", "SELECT id FROM orders WHERE at >= '2026-01-05' AND at < '2026-01-05' + INTERVAL 1 DAY"},
		{"a cast", maria, "SELECT id FROM orders WHERE CAST(`at` AS DATE) <= '2026-01-05'", "SELECT id FROM orders WHERE `at` < '2026-01-05' + INTERVAL 1 DAY"},
		{"a year", maria, "SELECT id FROM orders WHERE YEAR(at) = 2026", "SELECT id FROM orders WHERE at >= MAKEDATE(2026, 1) AND at < MAKEDATE(2026 + 1, 1)"},
		{"a month", maria, "SELECT id FROM orders WHERE DATE_FORMAT(at, '%Y-%m') = '2026-02'", "SELECT id FROM orders WHERE at >= CONCAT('2026-02', '-01') AND at < CONCAT('2026-02', '-01') + INTERVAL 1 MONTH"},
		{"today", maria, "SELECT id FROM orders WHERE DATE(at) = CURDATE()", "SELECT id FROM orders WHERE at >= CURDATE() AND at < CURDATE() + INTERVAL 1 DAY"},
		{"a month of any year is no range", maria, "SELECT id FROM orders WHERE MONTH(at) = 2", ""},
		{"an XOR is left alone", maria, "SELECT id FROM orders WHERE DATE(at) = '2026-01-05' XOR id = 3", ""},
		{"a hint in a comment would be lost", maria, "SELECT /*+ MAX_EXECUTION_TIME(9) */ id FROM orders WHERE DATE(at) = '2026-01-05'", ""},

		{"a cast", pg, "SELECT id FROM orders WHERE at::date = '2026-01-05'", "SELECT id FROM orders WHERE at >= '2026-01-05'::date AND at < '2026-01-05'::date + 1"},
		{"a cast of both", pg, "SELECT id FROM orders WHERE at::date = '2026-01-05'::date", "SELECT id FROM orders WHERE at >= '2026-01-05'::date AND at < '2026-01-05'::date + 1"},
		{"a parameter is used twice", pg, "SELECT id FROM orders WHERE date(at) = $1 AND state = $2", "SELECT id FROM orders WHERE at >= $1::date AND at < $1::date + 1 AND state = $2"},
		{"a truncated month", pg, "SELECT id FROM orders WHERE date_trunc('month', at) = '2026-02-01'", "SELECT id FROM orders WHERE at >= '2026-02-01'::timestamp AND at < '2026-02-01'::timestamp + interval '1 month'"},
		{"a day within a month begins none", pg, "SELECT id FROM orders WHERE date_trunc('month', at) = '2026-02-03'", ""},
		{"a year", pg, "SELECT id FROM orders WHERE EXTRACT(YEAR FROM at) = 2026", "SELECT id FROM orders WHERE at >= make_date(2026::int, 1, 1) AND at < make_date(2026::int + 1, 1, 1)"},
		{"today", pg, "SELECT id FROM orders WHERE at::date = CURRENT_DATE", "SELECT id FROM orders WHERE at >= CURRENT_DATE::date AND at < CURRENT_DATE::date + 1"},
		{"text is no time", pg, "SELECT id FROM orders WHERE code::date = '2026-01-05'", ""},
	})
}

func TestConstantsAreShownAsPlaceholders(t *testing.T) {
	w, _ := rewritten(t, lite, "date-range", "SELECT id FROM orders WHERE date(at) = '2026-01-05' AND state = 'x'", 0)
	if want := "SELECT id FROM orders WHERE at >= ? AND at < date(?, '+1 day') AND state = ?"; w.After.Masked != want {
		t.Errorf("got  %s\nwant %s", w.After.Masked, want)
	}
	if want := "SELECT id FROM orders WHERE date(at) = ? AND state = ?"; w.Before.Masked != want {
		t.Errorf("got  %s\nwant %s", w.Before.Masked, want)
	}
	w, _ = rewritten(t, lite, "date-range", "SELECT id FROM orders WHERE state = ? AND date(at) = ?", 0)
	if len(w.After.Args) != 3 || w.After.Args[1] != 1 || w.After.Args[2] != 1 {
		t.Errorf("placeholders of %s are those of the statement at %v, want [0 1 1]", w.After.SQL, w.After.Args)
	}
	if all := strings.Join(w.Holds, "; "); !strings.Contains(all, "values in this order: 1, 2, 2") {
		t.Errorf("which value goes where is not said: %s", all)
	}
}

func TestWhatAddsNothingToAColumnGoes(t *testing.T) {
	compareTexts(t, "bare-column", []texts{
		{"a zero", lite, "SELECT id FROM orders WHERE customer + 0 = 7", "SELECT id FROM orders WHERE customer = 7"},
		{"a plus sign", lite, "SELECT id FROM orders WHERE +customer IN (1, 2)", "SELECT id FROM orders WHERE customer IN (1, 2)"},
		{"an empty text", lite, "SELECT id FROM orders WHERE code || '' = 'a'", "SELECT id FROM orders WHERE code = 'a'"},
		{"an empty text takes a collation away", lite, "SELECT id FROM orders WHERE fold || '' = 'a'", ""},
		{"a text is converted by a zero", lite, "SELECT id FROM orders WHERE code + 0 = 7", ""},
		{"a one is added", lite, "SELECT id FROM orders WHERE customer + 1 = 7", ""},
		{"a number as text would find nothing", lite, "SELECT id FROM orders WHERE +customer = '7'", ""},
		{"a zero", maria, "SELECT id FROM orders WHERE 0 + customer BETWEEN 1 AND 7", "SELECT id FROM orders WHERE customer BETWEEN 1 AND 7"},
		{"a || is an OR", maria, "SELECT id FROM orders WHERE code || '' = 'a'", ""},
		{"an empty text", maria, "SELECT id FROM orders WHERE CONCAT(code, '') = 'a'", "SELECT id FROM orders WHERE code = 'a'"},
		{"a zero", pg, "SELECT o.id FROM orders o WHERE o.customer + 0 = $1", "SELECT o.id FROM orders o WHERE o.customer = $1"},
		{"padded text loses its spaces", pg, "SELECT id FROM orders WHERE odd || '' = 'a'", ""},
	})
}

func TestABeginningIsLookedForByAPatternOrARange(t *testing.T) {
	compareTexts(t, "prefix", []texts{
		{"three letters", lite, "SELECT id FROM orders WHERE substr(code, 1, 3) = 'ab%'", "SELECT id FROM orders WHERE code >= 'ab%' AND code < 'ab%' || char(1114111)"},
		{"in any case", lite, "SELECT id FROM orders WHERE substr(fold, 1, 3) = 'abc'", ""},
		{"a value of another length", lite, "SELECT id FROM orders WHERE substr(code, 1, 3) = 'ab'", ""},
		{"from the middle", lite, "SELECT id FROM orders WHERE substr(code, 2, 2) = 'ab'", ""},
		{"with what a pattern minds", maria, "SELECT id FROM orders WHERE LEFT(code, 3) = 'a_%'", `SELECT id FROM orders WHERE code LIKE 'a\\_\\%%'`},
		{"a space at the end is padding", maria, "SELECT id FROM orders WHERE LEFT(code, 3) = 'ab '", ""},
		{"by name", pg, "SELECT id FROM orders WHERE left(code, 2) = 'ab'", "SELECT id FROM orders WHERE code LIKE 'ab%'"},
		{"by the standard's words", pg, "SELECT id FROM orders WHERE substring(code from 1 for 2) = $1", "SELECT id FROM orders WHERE code LIKE $1 || '%'"},
	})
}

func TestAValueForNULLIsNotPutThere(t *testing.T) {
	compareTexts(t, "coalesce", []texts{
		{"NULL is not among them", lite, "SELECT id FROM orders WHERE COALESCE(customer, 0) = 7", "SELECT id FROM orders WHERE customer = 7"},
		{"NULL is among them", lite, "SELECT id FROM orders WHERE id = 1 AND IFNULL(customer, 0) = 0", "SELECT id FROM orders WHERE id = 1 AND (customer = 0 OR customer IS NULL)"},
		{"an order", lite, "SELECT id FROM orders WHERE COALESCE(customer, 0) < 7", "SELECT id FROM orders WHERE (customer < 7 OR customer IS NULL)"},
		{"never NULL", lite, "SELECT id FROM orders WHERE COALESCE(state, '') = ?", "SELECT id FROM orders WHERE state = ?"},
		{"a value that is not known", lite, "SELECT id FROM orders WHERE COALESCE(customer, 0) = ?", ""},
		{"texts that a collation may take for the same", maria, "SELECT id FROM orders WHERE COALESCE(code, 'none') = 'NONE'", ""},
		{"texts that differ", maria, "SELECT id FROM orders WHERE COALESCE(code, '') = 'x'", "SELECT id FROM orders WHERE code = 'x'"},
		{"another type", pg, "SELECT id FROM orders WHERE COALESCE(customer, 0) = 7.5", ""},
		{"two columns", pg, "SELECT id FROM orders WHERE COALESCE(customer, id) = 7", ""},
	})
}

func TestTheValueIsConvertedInsteadOfTheColumn(t *testing.T) {
	compareTexts(t, "conversion", []texts{
		{"text and a number", maria, "SELECT id FROM orders WHERE code = 12345", "SELECT id FROM orders WHERE code = '12345'"},
		{"text and numbers", maria, "SELECT id FROM orders o WHERE o.code IN (1, 2)", "SELECT id FROM orders o WHERE o.code IN ('1', '2')"},
		{"an order of numbers is not that of texts", maria, "SELECT id FROM orders WHERE code > 12345", ""},
		{"a fraction may be written in many ways", maria, "SELECT id FROM orders WHERE code = 1.5", ""},
		{"a number and text", maria, "SELECT id FROM orders WHERE customer = '12345'", ""},
		{"a cast to text", maria, "SELECT id FROM orders WHERE CAST(customer AS CHAR) = '5'", "SELECT id FROM orders WHERE customer = 5"},
		{"SQLite converts the value by itself", lite, "SELECT id FROM orders WHERE code = 12345", ""},
		{"a cast of the column", lite, "SELECT id FROM orders WHERE CAST(code AS INTEGER) = 5", "SELECT id FROM orders WHERE code = '5'"},
		{"a cast of the key", pg, "SELECT id FROM orders WHERE id::text = '5'", "SELECT id FROM orders WHERE id = 5"},
		{"a cast of the key, and a parameter", pg, "SELECT id FROM orders WHERE id::text = $1", "SELECT id FROM orders WHERE id = $1::bigint"},
		{"a text that is no number as it is printed", pg, "SELECT id FROM orders WHERE id::text = '05'", ""},
		{"a fraction that is none", pg, "SELECT id FROM orders WHERE customer = 5.0", "SELECT id FROM orders WHERE customer = 5"},
		{"a parameter called numeric", pg, "SELECT id FROM orders WHERE customer = $1::numeric", "SELECT id FROM orders WHERE customer = $1::bigint"},
		{"a fraction", pg, "SELECT id FROM orders WHERE customer = 5.5", ""},
	})
}

func TestRowsAreComparedAsTheEngineFindsThem(t *testing.T) {
	compareTexts(t, "row-comparison", []texts{
		{"spelt out, going up", lite, "SELECT id FROM orders WHERE at > 'a' OR at = 'a' AND id > 7 ORDER BY at, id LIMIT 9", "SELECT id FROM orders WHERE (at, id) > ('a', 7) ORDER BY at, id LIMIT 9"},
		{"spelt out, going down, beside others", pg, "SELECT id FROM orders WHERE state = $3 AND (at < $1 OR (at = $1 AND id <= $2))", "SELECT id FROM orders WHERE state = $3 AND (at, id) <= ($1, $2)"},
		{"three columns", pg, "SELECT id FROM orders WHERE (at > $1 OR (at = $1 AND (code > $2 OR (code = $2 AND id > $3))))", "SELECT id FROM orders WHERE (at, code, id) > ($1, $2, $3)"},
		{"two placeholders may be two values", lite, "SELECT id FROM orders WHERE at > ? OR at = ? AND id > ?", ""},
		{"two values", lite, "SELECT id FROM orders WHERE at > 'a' OR at = 'b' AND id > 7", ""},
		{"two directions", lite, "SELECT id FROM orders WHERE at > 'a' OR at = 'a' AND id < 7", ""},
		{"a row stays where it is read well", pg, "SELECT id FROM orders WHERE (at, id) > ($1, $2)", ""},
		{"a row is spelt out", maria, "SELECT id FROM orders WHERE state = 'x' AND (at, id) < ('2026-01-01', 7)", "SELECT id FROM orders WHERE state = 'x' AND at <= '2026-01-01' AND (at < '2026-01-01' OR id < 7)"},
		{"rows that are equal are read well", maria, "SELECT id FROM orders WHERE (at, id) = ('2026-01-01', 7)", ""},
	})
}

func TestNOTINMindsNULLs(t *testing.T) {
	for _, c := range []struct {
		texts
		differs bool
	}{
		{texts{"what may be NULL is a warning", lite, "SELECT id FROM orders WHERE id NOT IN (SELECT who FROM blocked)", "SELECT id FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.who = orders.id)"}, true},
		{texts{"what is never NULL is not", pg, "SELECT o.id FROM orders o WHERE o.id NOT IN (SELECT b.sure FROM blocked AS b WHERE b.why = 'x' OR b.why = 'y')", "SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM blocked AS b WHERE (b.why = 'x' OR b.why = 'y') AND b.sure = o.id)"}, false},
		{texts{"nor what is left out", maria, "SELECT id FROM orders WHERE id NOT IN (SELECT who FROM blocked WHERE who IS NOT NULL)", "SELECT id FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE (who IS NOT NULL) AND blocked.who = orders.id)"}, false},
		{texts{"a NULL outside is in the answer where the list is empty", pg, "SELECT id FROM orders WHERE customer NOT IN (SELECT sure FROM blocked)", "SELECT id FROM orders WHERE (orders.customer IS NOT NULL OR NOT EXISTS (SELECT 1 FROM blocked)) AND NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.sure = orders.customer)"}, false},
		{texts{"groups are not rows", lite, "SELECT id FROM orders WHERE id NOT IN (SELECT who FROM blocked GROUP BY who HAVING count(*) > 3)", ""}, false},
		{texts{"the same table would take the name", lite, "SELECT id FROM orders WHERE id NOT IN (SELECT customer FROM orders)", ""}, false},
		{texts{"IN minds nothing", lite, "SELECT id FROM orders WHERE id IN (SELECT who FROM blocked)", ""}, false},
		{texts{"a list has none", lite, "SELECT id FROM orders WHERE id NOT IN (1, 2)", ""}, false},
	} {
		t.Run(c.d.Name()+": "+c.name, func(t *testing.T) {
			if w, _ := rewritten(t, c.d, "not-in", c.sql, 0); w.After.SQL != c.want || w.Differs != c.differs {
				t.Errorf("of   %s\ngot  %s (differs %v)\nwant %s (%v)", c.sql, w.After.SQL, w.Differs, c.want, c.differs)
			}
		})
	}
}

func TestOneStatementForManyCalls(t *testing.T) {
	for _, c := range []struct {
		texts
		calls float64
		shown string
	}{
		{texts{"by key", lite, "SELECT * FROM orders WHERE id = 7", "SELECT * FROM orders WHERE id IN (7)"}, 48, "SELECT * FROM orders WHERE id IN (?, ?, …)"},
		{texts{"PostgreSQL takes an array", pg, "SELECT code FROM orders WHERE state = 'x' AND id = $1", "SELECT code FROM orders WHERE state = 'x' AND id IN ($1)"}, 48, "SELECT code FROM orders WHERE state = ? AND id = ANY (?)"},
		{texts{"few calls are by design", lite, "SELECT * FROM orders WHERE id = 7", ""}, 3, ""},
		{texts{"the first row of each is not that of all", lite, "SELECT * FROM orders WHERE customer = ? LIMIT 1", ""}, 48, ""},
		{texts{"a count of each is not that of all", lite, "SELECT count(*) FROM orders WHERE customer = ?", ""}, 48, ""},
		{texts{"nor are all rows counted beside each", lite, "SELECT count(*) OVER (), id FROM orders WHERE customer = ?", ""}, 48, ""},
		{texts{"two values are two lists", lite, "SELECT * FROM orders WHERE customer = ? AND state = ?", ""}, 48, ""},
	} {
		t.Run(c.d.Name()+": "+c.name, func(t *testing.T) {
			if w, _ := rewritten(t, c.d, "batch", c.sql, c.calls); w.After.SQL != c.want || w.After.Masked != c.shown {
				t.Errorf("of   %s\ngot  %s\nshown %s\nwant %s\nshown %s", c.sql, w.After.SQL, w.After.Masked, c.want, c.shown)
			}
		})
	}
}

func TestAPageIsAskedForByItsKey(t *testing.T) {
	compareTexts(t, "keyset", []texts{
		{"going down", lite, "SELECT id FROM orders ORDER BY at DESC LIMIT 9 OFFSET 40", "SELECT id FROM orders WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT 9"},
		{"MySQL's short form", maria, "SELECT id FROM orders WHERE state = 'x' OR code = 'y' ORDER BY at LIMIT 40, 9", "SELECT id FROM orders WHERE (state = 'x' OR code = 'y') AND at >= ? AND (at > ? OR id > ?) ORDER BY at, id LIMIT 9"},
		{"the offset first, and parameters", pg, "SELECT id FROM orders WHERE state = $1 ORDER BY id OFFSET $2 LIMIT 9", "SELECT id FROM orders WHERE (state = $1) AND id > $3 ORDER BY id LIMIT 9"},
		{"no offset", pg, "SELECT id FROM orders ORDER BY id LIMIT 9", ""},
		{"a number for a column", lite, "SELECT code, at FROM orders ORDER BY 2 DESC LIMIT 9 OFFSET ?", "SELECT code, at FROM orders WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT 9"},
		{"a name that is selected for something else", lite, "SELECT id AS at, at AS id FROM orders ORDER BY orders.at LIMIT 9 OFFSET 40", "SELECT id AS at, at AS id FROM orders WHERE (at, id) > (?, ?) ORDER BY orders.at, orders.id LIMIT 9"},
		{"rows that are numbered", lite, "SELECT id, row_number() OVER () FROM orders ORDER BY id LIMIT 9 OFFSET ?", ""},
		{"all rows counted beside", pg, "SELECT id, count(*) OVER () FROM orders ORDER BY id LIMIT 9 OFFSET $1", ""},
		{"an order of another collation", lite, "SELECT id FROM orders ORDER BY code COLLATE NOCASE LIMIT 9 OFFSET ?", ""},
		{"NULLs first", lite, "SELECT id FROM orders ORDER BY customer LIMIT 9 OFFSET ?", ""},
		{"NULLs first, going down", pg, "SELECT id FROM orders ORDER BY customer DESC LIMIT 9 OFFSET $1", ""},
		{"NULLs left out", lite, "SELECT id FROM orders WHERE customer > 3 ORDER BY customer LIMIT 9 OFFSET ?", "SELECT id FROM orders WHERE (customer > 3) AND (customer, id) > (?, ?) ORDER BY customer, id LIMIT 9"},
		{"a key that may be NULL", lite, "SELECT k FROM named ORDER BY k LIMIT 9 OFFSET ?", ""},
		{"an offset of nothing but a page", lite, "SELECT id FROM orders ORDER BY at DESC, id LIMIT 9 OFFSET 4", ""},
	})
}
