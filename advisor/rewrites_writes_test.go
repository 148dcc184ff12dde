package advisor_test

import (
	"database/sql"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// enoughTime lets a busy machine finish what is asked of it.
const enoughTime = 3 * time.Minute

// Writes and joins are rewritten where both texts mean the same rows; the rows
// that a write would change are asked for by a SELECT, and stay what they are.
func TestWritesAndJoinsAreRewrittenOnSQLite(t *testing.T) {
	file := dbtest.Path(t)
	d := dbtest.Open(t, file)
	dbtest.Exec(t, d, `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, at TEXT NOT NULL, mixed TEXT, pad TEXT);
		CREATE TABLE blocked (who INTEGER, sure INTEGER NOT NULL); CREATE TABLE notes (about TEXT, note TEXT);
		CREATE INDEX o_at ON orders (at); CREATE INDEX o_mixed ON orders (mixed); CREATE INDEX o_customer ON orders (customer);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000)
		INSERT INTO orders SELECT i, (i*7919)%2003, strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', '+'||(i*17)||' minutes'),
			CASE WHEN i%50 = 0 THEN strftime('%Y-%m-%dT%H:%M:%S+05:00', '2026-01-01', '+'||(i*17)||' minutes') ELSE strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', '+'||(i*17)||' minutes') END, hex(zeroblob(60)) FROM n;
		INSERT INTO blocked SELECT id*3, id FROM orders WHERE id < 5;
		INSERT INTO notes SELECT CASE id%4 WHEN 0 THEN id WHEN 1 THEN '0'||id WHEN 2 THEN 'none' END, 'n' FROM orders WHERE id < 9`)
	list := []rewriteCase{
		{"a day that is deleted", "date-range", "DELETE FROM orders WHERE date(at) = '2026-02-05'", "DELETE FROM orders WHERE at >= ? AND at < date(?, '+1 day')", "", "on the copy, the same rows: the rows that both texts write; every "},
		{"a change of times that are written in two ways", "date-range", "UPDATE orders SET pad = 'y' WHERE date(mixed) = '2026-02-05'", "", "it would write other rows", ""},
		{"a zero in a change", "bare-column", "UPDATE orders SET pad = 'y' WHERE customer + 0 = 77", "UPDATE orders SET pad = ? WHERE customer = ?", "", "on the copy, the same rows: the rows that both texts write; every "},
		{"a copy of a day", "date-range", "INSERT INTO blocked SELECT id, 1 FROM orders WHERE date(at) = '2026-02-05'", "INSERT INTO blocked SELECT id, ? FROM orders WHERE at >= ? AND at < date(?, '+1 day')", "", ""},
		{"a day in an outer join", "date-range", "SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.pad <> b.who AND date(o.at) = '2026-02-05'",
			"SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.pad <> b.who AND o.at >= ? AND o.at < date(?, '+1 day')", "", "on the copy, the same rows: both texts; every "},
		{"a zero in an outer join", "join", "SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.customer + 0 = b.who",
			"SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.customer = b.who", "", "on the copy, the same rows: both texts; every "},
		{"a key that is joined as text", "join", "SELECT r.note, o.pad FROM notes r LEFT JOIN orders o ON CAST(o.id AS TEXT) = r.about",
			"SELECT r.note, o.pad FROM notes r LEFT JOIN orders o ON o.id = CAST(r.about AS INTEGER) AND CAST(o.id AS TEXT) = r.about", "", "on the copy, the same rows: both texts; every "},
	}
	got, _ := adviseWithin(t, openEngine(t, file), workloadOf(list), enoughTime)
	checkRewrites(t, list, got)
	stillThere(t, d, 5000)
}

func stillThere(t *testing.T, d *sql.DB, want int) {
	t.Helper()
	got := 0
	if err := d.QueryRow("SELECT count(*) FROM orders WHERE pad <> 'y'").Scan(&got); err != nil || got != want {
		t.Errorf("%d rows are as they were (%v), want %d: a write was run to compare it", got, err, want)
	}
}

func TestWritesAndJoinsAreRewrittenOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, at timestamp NOT NULL, pad text);
		CREATE TABLE blocked (who bigint); CREATE TABLE notes (about text, amount numeric, day date, note text)`)
	dbtest.Exec(t, app, `INSERT INTO orders SELECT i, (i*7919)%2003, timestamp '2026-01-01' + i * interval '17 minutes', repeat('x', 100) FROM generate_series(1, 8000) i`)
	dbtest.Exec(t, app, `INSERT INTO blocked SELECT i*3 FROM generate_series(1, 20) i`)
	dbtest.Exec(t, app, `INSERT INTO notes SELECT CASE i%4 WHEN 0 THEN i::text WHEN 1 THEN '0'||i WHEN 2 THEN 'none' WHEN 3 THEN repeat('9', 40) END,
		CASE i%4 WHEN 0 THEN i WHEN 1 THEN i + 0.5 WHEN 2 THEN 'NaN' WHEN 3 THEN 1e30 END, date '2026-01-01' + i, 'n' FROM generate_series(1, 20) i`)
	dbtest.Exec(t, app, `CREATE INDEX o_at ON orders (at); CREATE INDEX o_customer ON orders (customer)`)
	dbtest.Exec(t, app, `ANALYZE`)
	list := []rewriteCase{
		{"a day that is deleted", "date-range", "DELETE FROM orders WHERE at::date = '2026-02-05'", "DELETE FROM orders WHERE at >= ?::date AND at < ?::date + 1", "", ""},
		{"a change by parameters", "conversion", "UPDATE orders SET pad = $1 WHERE id::text = $2", "UPDATE orders SET pad = $1 WHERE id = $2::bigint", "", ""},
		{"a change of rows that another table names", "bare-column", "UPDATE orders SET pad = 'y' FROM blocked b WHERE b.who <> orders.id AND orders.customer + 0 = 77", "UPDATE orders SET pad = ? FROM blocked b WHERE b.who <> orders.id AND orders.customer = ?", "", ""},
		{"a day in an outer join", "date-range", "SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.customer = b.who AND o.at::date = '2026-02-05'",
			"SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.customer = b.who AND o.at >= ?::date AND o.at < ?::date + 1", "", ""},
		{"a key that is joined as text", "join", "SELECT n.note, o.pad FROM notes n LEFT JOIN orders o ON o.id::text = n.about",
			"SELECT n.note, o.pad FROM notes n LEFT JOIN orders o ON o.id = CASE WHEN n.about ~ '^-?[0-9]+$' AND length(n.about) <= 18 THEN n.about::bigint END AND o.id::text = n.about", "", ""},
		{"a whole number that is joined with a fraction", "join", "SELECT n.note, o.pad FROM notes n LEFT JOIN orders o ON o.id = n.amount",
			"SELECT n.note, o.pad FROM notes n LEFT JOIN orders o ON o.id = CASE WHEN n.amount BETWEEN -9223372036854775808 AND 9223372036854775807 THEN n.amount::bigint END AND o.id = n.amount", "", ""},
		{"a day of another table, by which a hash is quicker than a range for each row", "join", "SELECT n.note, count(o.pad) FROM notes n LEFT JOIN orders o ON o.at::date = n.day GROUP BY n.note", "", "it is not faster", ""},
	}
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseWithin(t, e, workloadOf(list), enoughTime)
	checkRewrites(t, list, got)
	stillThere(t, app, 8000)
}

func TestWritesAndJoinsAreRewrittenOnMariaDB(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, `CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, at datetime NOT NULL, num varchar(20), pad varchar(200), KEY (at), KEY (customer), KEY (num))`)
	dbtest.Exec(t, app, `CREATE TABLE blocked (who bigint, KEY (who))`)
	dbtest.Exec(t, app, `CREATE TABLE notes (about varchar(40) CHARACTER SET latin1, note text)`)
	dbtest.Exec(t, app, `INSERT INTO orders SELECT seq, (seq*7919)%2003, '2026-01-01' + interval seq*17 minute, IF(seq%400 = 0, '007', (seq*31)%9973), repeat('x', 150) FROM seq_1_to_8000`)
	dbtest.Exec(t, app, `INSERT INTO blocked SELECT seq*3 FROM seq_3_to_20`)
	dbtest.Exec(t, app, `INSERT INTO notes SELECT CASE seq%4 WHEN 0 THEN seq WHEN 1 THEN CONCAT('0', seq) WHEN 2 THEN 'none' WHEN 3 THEN REPEAT('9', 40) END, 'n' FROM seq_1_to_20`)
	dbtest.Exec(t, app, `ANALYZE TABLE orders, blocked, notes`)
	list := []rewriteCase{
		{"a day that is deleted", "date-range", "DELETE FROM orders WHERE DATE(at) = '2026-02-05'", "DELETE FROM orders WHERE at >= ? AND at < ? + INTERVAL 1 DAY", "", ""},
		{"text and a number in a change", "conversion", "UPDATE orders SET pad = 'y' WHERE num = 31", "UPDATE orders SET pad = ? WHERE num = '?'", "", ""},
		{"text and a number that is written in two ways, in a change", "conversion", "UPDATE orders SET pad = 'y' WHERE num = 7", "", "it would write other rows", ""},
		{"a delete from one of two tables", "bare-column", "DELETE o FROM blocked b JOIN orders o ON o.id <> b.who WHERE o.customer + 0 = 77", "DELETE o FROM blocked b JOIN orders o ON o.id <> b.who WHERE o.customer = ?", "", ""},
		{"a day in an outer join", "date-range", "SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.pad <> b.who AND DATE(o.at) = '2026-02-05'",
			"SELECT b.who, o.id FROM blocked b LEFT JOIN orders o ON o.pad <> b.who AND o.at >= ? AND o.at < ? + INTERVAL 1 DAY", "", ""},
		{"a text that is joined with a number", "join", "SELECT b.who, o.pad FROM blocked b LEFT JOIN orders o ON o.num = b.who",
			"SELECT b.who, o.pad FROM blocked b LEFT JOIN orders o ON o.num = CONCAT(b.who)", "", ""},
		{"a key that is joined as text", "join", "SELECT n.note, o.pad FROM notes n LEFT JOIN orders o ON CAST(o.id AS CHAR) = n.about",
			"SELECT n.note, o.pad FROM notes n LEFT JOIN orders o ON o.id = CAST(n.about AS SIGNED) AND CAST(o.id AS CHAR) = n.about", "", ""},
	}
	e, err := mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseWithin(t, e, workloadOf(list), enoughTime)
	checkRewrites(t, list, got)
	stillThere(t, app, 8000)
}

// What a page by key relies on is asked of the copy where there is one, and a
// rewrite that was not compared is believed less.
func TestPagesAreComparedOnSQLite(t *testing.T) {
	file := dbtest.Path(t)
	dbtest.Exec(t, dbtest.Open(t, file), `CREATE TABLE acc (id INTEGER PRIMARY KEY, uid INTEGER, few INTEGER, st TEXT NOT NULL, pad TEXT);
		CREATE INDEX a_few ON acc (few); CREATE INDEX a_uid ON acc (uid); CREATE INDEX a_st ON acc (st);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 8000)
		INSERT INTO acc SELECT i, (i*7919)%2003, CASE WHEN i%20 THEN (i*31)%997 END, printf('%05d', (i*37)%8009), hex(zeroblob(60)) FROM n`)
	list := []rewriteCase{
		{"a number for a column", "keyset", "SELECT pad, st FROM acc ORDER BY 2 LIMIT 10 OFFSET 5000", "SELECT pad, st FROM acc WHERE (st, id) > (?, ?) ORDER BY st, id LIMIT ?", "", ""},
		{"a column without NULLs", "keyset", "SELECT id, pad FROM acc ORDER BY uid DESC LIMIT 10 OFFSET 5000", "SELECT id, pad FROM acc WHERE (uid, id) < (?, ?) ORDER BY uid DESC, id DESC LIMIT ?", "", ""},
		{"a column with NULLs at its end", "keyset", "SELECT id, pad FROM acc ORDER BY few DESC LIMIT 10 OFFSET 5000", "", "what it relies on does not hold here: no few is NULL", ""},
		{"a value that is not known beside a check that asks for none", "prefix", "SELECT id, pad FROM acc WHERE substr(st, 1, 5) = ?", "SELECT id, pad FROM acc WHERE st >= ? AND st < ? || char(1114111)", "", "on the copy, the same rows: both texts; every st is text"},
	}
	got, _ := adviseWithin(t, openEngine(t, file), workloadOf(list), enoughTime)
	checkRewrites(t, list, got)
	for _, r := range got.Recommendations {
		if r.Rewrite != nil && r.Confidence != "medium" {
			t.Errorf("%s was compared (%s), and its confidence is %s", r.Title, r.Rewrite.Compared, r.Confidence)
		}
	}
}
