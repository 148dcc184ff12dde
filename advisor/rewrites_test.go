package advisor_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// A rewriteCase is a statement, the rule that is to rewrite it and the new
// text; or the reason for which it is not rewritten.
type rewriteCase struct {
	name, rule, sql string
	after           string // "" for no rewrite
	declined        string
	compared        string // begins so; "" for "1 of 1" and its like
}

// rewriteOf is the card of a rule for a statement, and why others were declined.
func rewriteOf(a advisor.Advice, name, rule string) (r advisor.Recommendation, reasons string) {
	for _, d := range a.Declined {
		if slices.Contains(d.Queries, name) {
			reasons += d.What + ": " + d.Reason + "; "
		}
	}
	i := slices.IndexFunc(a.Recommendations, func(r advisor.Recommendation) bool {
		return r.Rewrite != nil && r.Rule == "rewrite."+rule && r.Queries[0] == name
	})
	if i >= 0 {
		r = a.Recommendations[i]
	}
	return r, reasons
}

// workloadOf is all statements in one.
func workloadOf(list []rewriteCase) advisor.Workload {
	var named []string
	for _, c := range list {
		named = append(named, c.name+": "+c.sql)
	}
	return statements(named...)
}

func checkRewrites(t *testing.T, list []rewriteCase, got advisor.Advice) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) { checkRewrite(t, c, got) })
	}
}

func checkRewrite(t *testing.T, c rewriteCase, got advisor.Advice) {
	t.Helper()
	r, reasons := rewriteOf(got, c.name, c.rule)
	if c.after == "" {
		if r.ID != "" || !strings.Contains(reasons, c.declined) {
			t.Errorf("%s\nadvised %q; declined because %s; want none, because %q", c.sql, r.Statement, reasons, c.declined)
		}
		return
	}
	if r.Statement != c.after {
		t.Fatalf("%s\ngot  %q\nwant %q\ndeclined because %s", c.sql, r.Statement, c.after, reasons)
	}
	if want := c.compared; want == "" && !strings.Contains(r.Rewrite.Compared, ", the same rows: ") || !strings.HasPrefix(r.Rewrite.Compared, want) {
		t.Errorf("compared: %q, want %q", r.Rewrite.Compared, want)
	}
	if len(r.Plans) != 1 || r.Plans[0].Before.Plan == nil || r.Plans[0].After.Plan == nil {
		t.Errorf("want both plans, got %+v", r.Plans)
	}
	if len(r.Change) > 0 || strings.ContainsAny(r.Rewrite.Before+r.Rewrite.After, "7'") && strings.Contains(r.Rewrite.After, "2026") {
		t.Errorf("mltop would run %+v, or shows a constant: %+v", r.Change, r.Rewrite)
	}
}

func TestRewritesOnSQLite(t *testing.T) {
	file := dbtest.Path(t)
	d := dbtest.Open(t, file)
	dbtest.Exec(t, d, `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, at TEXT NOT NULL, mixed TEXT, code TEXT, num TEXT, pad TEXT);
		CREATE TABLE blocked (who INTEGER, sure INTEGER NOT NULL);
		CREATE TABLE holed (who INTEGER);
		CREATE INDEX o_at ON orders (at, id); CREATE INDEX o_mixed ON orders (mixed); CREATE INDEX o_customer ON orders (customer); CREATE INDEX o_code ON orders (code); CREATE INDEX o_num ON orders (num);
		CREATE INDEX b_who ON blocked (who); CREATE INDEX h_who ON holed (who)`)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000)
		INSERT INTO orders SELECT i, (i*7919)%2003, strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', '+'||(i*7)||' minutes'),
			CASE WHEN i%50 = 0 THEN strftime('%Y-%m-%dT%H:%M:%S+05:00', '2026-01-01', '+'||(i*7)||' minutes') ELSE strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', '+'||(i*7)||' minutes') END,
			printf('%05d', (i*31)%9973), CASE WHEN i%400 = 0 THEN '0'||(i%400+7) ELSE (i*31)%9973 END, hex(zeroblob(100)) FROM n`)
	dbtest.Exec(t, d, `INSERT INTO blocked SELECT id*3, id FROM orders WHERE id < 500; INSERT INTO holed SELECT id*3 FROM orders WHERE id < 500; INSERT INTO holed VALUES (NULL)`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	list := []rewriteCase{
		{"a day", "date-range", "SELECT id, pad FROM orders WHERE date(at) = '2026-02-05'", "SELECT id, pad FROM orders WHERE at >= ? AND at < date(?, '+1 day')", "", "on the copy, the same rows: both texts; every "},
		{"a day of times that are written in two ways", "date-range", "SELECT id, pad FROM orders WHERE date(mixed) = '2026-02-05'", "", "other rows", ""},
		{"a day on which the ways agree, of a column in which they do not", "date-range", "SELECT id, pad FROM orders WHERE date(mixed) = '2031-02-05'", "", "what it relies on does not hold here: every mixed begins with its day", ""},
		{"a zero", "bare-column", "SELECT id, pad FROM orders WHERE customer + 0 = 77", "SELECT id, pad FROM orders WHERE customer = ?", "", "on the copy, the same rows: both texts; every "},
		{"a beginning", "prefix", "SELECT id, pad FROM orders WHERE substr(code, 1, 4) = '0312'", "SELECT id, pad FROM orders WHERE code >= ? AND code < ? || char(1114111)", "", "on the copy, the same rows: both texts; every "},
		{"a value for NULL", "coalesce", "SELECT id, pad FROM orders WHERE COALESCE(customer, 0) = 77", "SELECT id, pad FROM orders WHERE customer = ?", "", ""},
		{"numbers that are written in two ways", "conversion", "SELECT id, pad FROM orders WHERE CAST(num AS INTEGER) = 7", "", "other rows", ""},
		{"a number that is not, beside others that are", "conversion", "SELECT id, pad FROM orders WHERE CAST(num AS INTEGER) = 31", "", "what it relies on does not hold here: every num is written as its number is", ""},
		{"a page", "keyset", "SELECT id, pad FROM orders ORDER BY at DESC, id DESC LIMIT 10 OFFSET 15000", "SELECT id, pad FROM orders WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?", "", ""},
		{"a page whose order has rows of one place", "keyset", "SELECT id, customer FROM orders WHERE customer IS NOT NULL ORDER BY customer LIMIT 10 OFFSET 995",
			"SELECT id, customer FROM orders WHERE (customer IS NOT NULL) AND (customer, id) > (?, ?) ORDER BY customer, id LIMIT ?", "", ""},
		{"a page that may end in a NULL", "keyset", "SELECT id, pad FROM orders ORDER BY customer LIMIT 10 OFFSET 995", "", "Page by key instead of OFFSET: customer may be NULL, and NULLs come first", ""},
		{"a list without NULLs", "not-in", "SELECT count(*) FROM orders WHERE id NOT IN (SELECT who FROM blocked)", "SELECT count(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.who = orders.id)", "", "on the copy, the same rows: no blocked.who is NULL; both texts"},
		{"a list with one", "not-in", "SELECT count(*) FROM orders WHERE id NOT IN (SELECT who FROM holed)", "SELECT count(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM holed WHERE holed.who = orders.id)", "", "on the copy: there are NULLs"},
		{"a lower case", "date-range", "SELECT id FROM orders WHERE lower(code) = '00031'", "", "", ""},
	}
	got, _, _ := adviseOn(t, file, workloadOf(list))
	checkRewrites(t, list, got)
}

func TestRewritesOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, at timestamp NOT NULL, zoned timestamptz NOT NULL, code text, pad text);
		CREATE TABLE blocked (who bigint)`)
	dbtest.Exec(t, app, `INSERT INTO orders SELECT i, (i*7919)%2003, timestamp '2026-01-01' + i * interval '7 minutes', timestamptz '2026-01-01' + i * interval '7 minutes', lpad(((i*31)%9973)::text, 5, '0'), repeat('x', 100) FROM generate_series(1, 30000) i`)
	dbtest.Exec(t, app, `INSERT INTO blocked SELECT i*3 FROM generate_series(1, 500) i`)
	dbtest.Exec(t, app, `CREATE INDEX o_at ON orders (at, id); CREATE INDEX o_zoned ON orders (zoned); CREATE INDEX o_customer ON orders (customer); CREATE INDEX o_code ON orders (code text_pattern_ops)`)
	dbtest.Exec(t, app, `ANALYZE`)
	list := []rewriteCase{
		{"a cast to a day", "date-range", "SELECT id, pad FROM orders WHERE at::date = '2026-02-05'", "SELECT id, pad FROM orders WHERE at >= ?::date AND at < ?::date + 1", "", ""},
		{"a day of the session's time zone, which no index on it can be of", "date-range", "SELECT id, pad FROM orders WHERE date(zoned) = '2026-02-05'", "SELECT id, pad FROM orders WHERE zoned >= ?::date AND zoned < ?::date + 1", "", ""},
		{"a month", "date-range", "SELECT count(pad) FROM orders WHERE date_trunc('month', at) = '2026-02-01'", "SELECT count(pad) FROM orders WHERE at >= ?::timestamp AND at < ?::timestamp + interval '1 month'", "", ""},
		{"a parameter", "date-range", "SELECT id, pad FROM orders WHERE date(at) = $1", "SELECT id, pad FROM orders WHERE at >= $1::date AND at < $1::date + 1", "", ""},
		{"a cast of the key", "conversion", "SELECT id, pad FROM orders WHERE id::text = '77'", "SELECT id, pad FROM orders WHERE id = ?", "", ""},
		{"a fraction", "conversion", "SELECT id, pad FROM orders WHERE customer = 77.0", "SELECT id, pad FROM orders WHERE customer = ?", "", ""},
		{"a beginning", "prefix", "SELECT id, pad FROM orders WHERE left(code, 4) = '0312'", "SELECT id, pad FROM orders WHERE code LIKE '?%'", "", ""},
		{"rows column by column", "row-comparison", "SELECT id, pad FROM orders WHERE at > '2026-03-05 10:00:00' OR (at = '2026-03-05 10:00:00' AND id > 77) ORDER BY at, id LIMIT 10",
			"SELECT id, pad FROM orders WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?", "", ""},
		{"a page", "keyset", "SELECT id, pad FROM orders ORDER BY at DESC, id DESC LIMIT 10 OFFSET 15000", "SELECT id, pad FROM orders WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?", "", ""},
		{"a list that may hold NULLs", "not-in", "SELECT count(*) FROM orders WHERE id NOT IN (SELECT who FROM blocked)", "SELECT count(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.who = orders.id)", "", ""},
	}
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseOnServer(t, e, workloadOf(list))
	checkRewrites(t, list, got)
}

func TestRewritesOnMariaDB(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, `CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, at datetime NOT NULL, code varchar(20), num varchar(20), pad varchar(200), KEY (at, id), KEY (customer), KEY (code), KEY (num))`)
	dbtest.Exec(t, app, `CREATE TABLE blocked (who bigint, KEY (who))`)
	dbtest.Exec(t, app, `INSERT INTO orders SELECT seq, (seq*7919)%2003, '2026-01-01' + interval seq*7 minute, lpad((seq*31)%9973, 5, '0'), IF(seq%400 = 0, '007', (seq*31)%9973), repeat('x', 150) FROM seq_1_to_30000`)
	dbtest.Exec(t, app, `INSERT INTO blocked SELECT seq*3 FROM seq_1_to_500`)
	dbtest.Exec(t, app, `ANALYZE TABLE orders, blocked`)
	list := []rewriteCase{
		{"a day", "date-range", "SELECT id, pad FROM orders WHERE DATE(at) = '2026-02-05'", "SELECT id, pad FROM orders WHERE at >= ? AND at < ? + INTERVAL 1 DAY", "", ""},
		{"a day that the server does not tell", "date-range", "SELECT id, num, pad FROM orders WHERE DATE(at) = ?", "SELECT id, num, pad FROM orders WHERE at >= ? AND at < ? + INTERVAL 1 DAY", "", ""},
		{"a year", "date-range", "SELECT count(pad) FROM orders WHERE YEAR(at) = 2025", "SELECT count(pad) FROM orders WHERE at >= MAKEDATE(?, 1) AND at < MAKEDATE(? + 1, 1)", "", ""},
		{"text and a number", "conversion", "SELECT id, pad FROM orders WHERE num = 31", "SELECT id, pad FROM orders WHERE num = '?'", "", ""},
		{"text and a number that is written in two ways", "conversion", "SELECT id, pad FROM orders WHERE num = 7", "", "other rows", ""},
		{"a beginning", "prefix", "SELECT id, pad FROM orders WHERE LEFT(code, 4) = '0312'", "SELECT id, pad FROM orders WHERE code LIKE '?%'", "", ""},
		{"a comparison of rows", "row-comparison", "SELECT id, pad FROM orders WHERE (at, id) > ('2026-05-05 10:00:00', 77) ORDER BY at, id LIMIT 10",
			"SELECT id, pad FROM orders WHERE at >= ? AND (at > ? OR id > ?) ORDER BY at, id LIMIT ?", "", ""},
		{"a page", "keyset", "SELECT id, pad FROM orders ORDER BY at DESC, id DESC LIMIT 10 OFFSET 15000", "SELECT id, pad FROM orders WHERE at <= ? AND (at < ? OR id < ?) ORDER BY at DESC, id DESC LIMIT ?", "", ""},
		{"a list that may hold NULLs", "not-in", "SELECT count(*) FROM orders WHERE id NOT IN (SELECT who FROM blocked)", "SELECT count(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.who = orders.id)", "", ""},
	}
	e, err := mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseOnServer(t, e, workloadOf(list))
	checkRewrites(t, list, got)
}

// A statement in a loop is advised as one for all its values, and the one that
// is known answers the same rows.
func TestAStatementInALoopIsAskedOnce(t *testing.T) {
	w := statements("one by one: SELECT id, path, headers FROM request_logs WHERE id = 77", "seldom: SELECT method FROM request_logs WHERE id = 78")
	w.Statements[0].CallsPerRequest, w.Statements[0].CallsHow = 48, "GET /items, by ids"
	w.Statements[1].CallsPerRequest = 2
	got, _, _ := adviseOn(t, requestLog(t, 2000), w)
	checkRewrite(t, rewriteCase{name: "one by one", rule: "batch", after: "SELECT id, path, headers FROM request_logs WHERE id IN (?, ?, …)"}, got)
	if r, _ := rewriteOf(got, "one by one", "batch"); len(r.Evidence) != 1 || r.Evidence[0] != "48 calls a request of GET /items, by ids" {
		t.Errorf("evidence %q", r.Evidence)
	}
	if r, _ := rewriteOf(got, "seldom", "batch"); r.ID != "" {
		t.Errorf("two calls a request are advised on: %s", r.Title)
	}
}
