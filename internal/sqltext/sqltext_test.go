package sqltext

import (
	"slices"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a string goes", "SELECT * FROM t WHERE a = 'secret'", "SELECT * FROM t WHERE a = ?"},
		{"a doubled quote does not end a string", "a = 'it''s secret' AND b = 2", "a = ? AND b = ?"},
		{"a backslash is a plain byte in standard SQL", `a = 'C:\' AND b = 'secret'`, `a = ? AND b = ?`},
		{"a backslash escapes a quote in MySQL", `a = 'it\'s secret' AND b = 1`, `a = ? AND b = ?`},
		{"also when the text was cut short", `a = 'it\'s secret', b = 'sec`, `a = ?, b = ?`},
		{"where both readings make sense, the rest goes", `a = 'C:\' AND b = 2`, `a = ?`},
		{"LIKE with a backslash as its escape", `a LIKE '%\' ESCAPE '\' AND b = 'x'`, `a LIKE ? ESCAPE ? AND b = ?`},
		{"PostgreSQL's escape strings", `a = E'it\'s' AND b = 'x'`, `a = ? AND b = ?`},
		{"blobs and bits", "VALUES (x'cafe', X'00', b'01', N'n')", "VALUES (?, ?, ?, ?)"},
		{"numbers of all sorts", "VALUES (1, 1.5, .5, 1e5, 1.5E-3, 0xFF, 1_000)", "VALUES (?, ?, ?, ?, ?, ?, ?)"},
		{"a sign belongs to its number", "a = -5 AND b IN (-1, +2) LIMIT -1", "a = ? AND b IN (?, ?) LIMIT ?"},
		{"a minus between values stays", "SELECT a -5, b - 1, (c)-2", "SELECT a -?, b - ?, (c)-?"},
		{"placeholders stay", "a = ? AND b = ?1 AND c = :name AND d = @x AND e = $1 AND f = $n", "a = ? AND b = ?1 AND c = :name AND d = @x AND e = $1 AND f = $n"},
		{"digits in names stay", "SELECT t1.c2 FROM t1", "SELECT t1.c2 FROM t1"},
		{"a cast is no placeholder", "SELECT a::int, '5'::text", "SELECT a::int, ?::text"},
		{"dollar quotes of PostgreSQL", "SELECT $$it's$$, $x$a $$ b$x$, 1", "SELECT ?, ?, ?"},
		{"quoted names stay", "SELECT \"a b\".\"c\" FROM \"a b\" WHERE `x` = 1", "SELECT \"a b\".\"c\" FROM \"a b\" WHERE `x` = ?"},
		{"bracketed names stay, subscripts go", "SELECT [a b], c[1], ARRAY['x', 2] FROM [t 1]", "SELECT [a b], c[?], ARRAY[?, ?] FROM [t 1]"},
		{"a compared \"x\" is a value", `SELECT id FROM users WHERE name = "alice"`, `SELECT id FROM users WHERE name = ?`},
		{"a listed \"x\" is a value", `INSERT INTO "t" ("a") VALUES ("alice")`, `INSERT INTO "t" ("a") VALUES (?)`},
		{"\"x\" in an IN list is a value", `SELECT "a" FROM "t" WHERE "a" IN ("alice", "bob")`, `SELECT "a" FROM "t" WHERE "a" IN (?, ?)`},
		{"\"x\" names where the text quotes a table so", `SELECT "id", count("n") FROM "users" WHERE "age" > 5 ORDER BY "id"`, `SELECT "id", count("n") FROM "users" WHERE "age" > ? ORDER BY "id"`},
		{"\"x\" beside backticks is MySQL's string", "SELECT concat(\"alice\", `b`) FROM `t`", "SELECT concat(?, `b`) FROM `t`"},
		{"\"x\" with nothing to tell is hidden", `SELECT concat("alice", b) FROM t`, `SELECT concat(?, b) FROM t`},
		{"a \"x\" that looks like no name is hidden", `SELECT json_extract(d, "$.secret") FROM "t"`, `SELECT json_extract(d, ?) FROM "t"`},
		{"an alias stays", `SELECT a AS "Total sum" FROM t`, `SELECT a AS "Total sum" FROM t`},
		{"BETWEEN takes two values", `SELECT 1 FROM "t" WHERE x BETWEEN "a" AND "b"`, `SELECT ? FROM "t" WHERE x BETWEEN ? AND ?`},
		{"comments go: they can hold literals", "SELECT /* user=bob */ 1 -- alice\nFROM t # carol", "SELECT ? FROM t"},
		{"a string cut short goes", "SELECT * FROM t WHERE a = 'secr", "SELECT * FROM t WHERE a = ?"},
		{"a name cut short goes", "SELECT * FROM `secr", "SELECT * FROM ?"},
		{"a comment cut short goes", "SELECT 1 /* secr", "SELECT ?"},
		{"a ? does not grow", "SELECT 'a'5, 1'b'", "SELECT ? ?, ? ?"},
		{"nothing is nothing", " ;", " ;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Mask(c.sql); strings.TrimSpace(got) != strings.TrimSpace(c.want) {
				t.Errorf("Mask(%s)\n got %s\nwant %s", c.sql, got, c.want)
			}
		})
	}
}

func TestOneFingerprint(t *testing.T) {
	for _, c := range []struct {
		name string
		sqls []string
	}{
		{"literals and placeholders", []string{"SELECT a FROM t WHERE b = 1", "select a\nfrom t where b='x'", "SELECT a FROM t WHERE b = -1.5e3;", "SELECT a FROM t WHERE b=$1", "SELECT a FROM t WHERE b = :b -- c"}},
		{"IN lists of any length", []string{"SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (1,2, 3)", "select a from t where b in (?, ?)", "SELECT a FROM t WHERE b IN (NULL, 'x')", "SELECT a FROM t WHERE b IN (...)"}},
		{"IN lists of rows", []string{"SELECT 1 FROM t WHERE (a, b) IN ((1, 2))", "SELECT 1 FROM t WHERE (a,b) IN ((1,2),(3,4))"}},
		{"rows of VALUES", []string{"INSERT INTO t (a, b) VALUES (1, 2)", "INSERT INTO t(a,b) VALUES (1,2),(3,NULL), (x'ff', 'y')", "insert into t(a, b) values (?, ?), (?, ?)"}},
		{"VALUES keep what comes behind", []string{"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "INSERT INTO t VALUES (1), (2) ON CONFLICT DO NOTHING"}},
		{"a server's digest", []string{"SELECT COUNT(DISTINCT `a`) FROM t WHERE b >= -5 AND c = NULL AND d IS NULL AND f(1, 2) LIMIT 10, 5", "SELECT COUNT ( DISTINCTROW `a` ) FROM `t` WHERE `b` >= - ? AND C = ? AND `d` IS NULL AND `f` (...) LIMIT ?, ... "}},
		{"a digest of VALUES", []string{"INSERT INTO t (id, b) VALUES (1, 'x'), (2, NULL)", "INSERT INTO `t` ( ID , `b` ) VALUES (...) /* , ... */ "}},
		{"quotes that need not be there", []string{"SELECT `a`, [b] FROM `t`", "SELECT a, b FROM t"}},
		{"words that mean the same", []string{"SELECT NOW() - INTERVAL 1 DAY, SUBSTR(a, 1, 2)", "SELECT CURRENT_TIMESTAMP() - INTERVAL ? SQL_TSI_DAY, SUBSTRING(a, ?, ...)"}},
		{"spaces", []string{"SELECT count(*),a.b FROM t a WHERE(a.b>=1)", "SELECT count( * ) , a . b FROM t a WHERE ( a.b >= 1 )"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range c.sqls[1:] {
				if Fingerprint(s) != Fingerprint(c.sqls[0]) {
					t.Errorf("got %s\nwant %s", Normalize(s), Normalize(c.sqls[0]))
				}
			}
		})
	}
}

func TestOtherFingerprint(t *testing.T) {
	for _, c := range [][2]string{
		{"SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE c = 1"},
		{"SELECT a FROM t WHERE b IS NULL", "SELECT a FROM t WHERE b IS NOT NULL"},
		{"SELECT a FROM t WHERE b IN (SELECT 1)", "SELECT a FROM t WHERE b IN (1)"},
		{`SELECT "a" FROM "t"`, `SELECT "b" FROM "t"`},
		{"INSERT INTO t (a, b) VALUES (1, 2)", "INSERT INTO t (a, b, c) VALUES (1, 2, 3)"},
		{"SELECT f(a, 1)", "SELECT f(1)"}, {"SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 1, 2"},
		{"SELECT a FROM t WHERE b = NULL", "SELECT a FROM t WHERE b IS NULL"},
		{"SELECT `a b` FROM t", "SELECT a, b FROM t"}, {"SELECT a - 1", "SELECT a, - 1"},
		{"SELECT a - 1 FROM t", "SELECT a + 1 FROM t"},
	} {
		if Fingerprint(c[0]) == Fingerprint(c[1]) {
			t.Errorf("%s and %s have one fingerprint", c[0], c[1])
		}
	}
}

func TestNormalize(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT  a,b\n FROM t WHERE x IN (1,2) AND f( a )=$1;":              "SELECT a, b FROM t WHERE x IN (?) AND f(a) = ?",
		"INSERT INTO t (a) VALUES (1),(2) RETURNING id":                     "INSERT INTO t(a) VALUES (?) RETURNING id",
		"SELECT a::text, b->>'k', arr[1] FROM s . t AS x LIMIT 5 OFFSET -1": "SELECT a::text, b ->> ?, arr[?] FROM s.t AS x LIMIT ? OFFSET ?",
	} {
		if got := Normalize(sql); got != want {
			t.Errorf("Normalize(%s)\n got %s\nwant %s", sql, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	sql := `SELECT o.id, sum(i.price) FROM orders o LEFT JOIN items i ON i.order_id = o.id
		WHERE o.created BETWEEN 1 AND 2 AND o.status IN (SELECT s FROM st WHERE x = 'a  b') GROUP BY o.id ORDER BY 2 DESC LIMIT 10`
	want := []string{
		"SELECT o.id, sum(i.price)",
		"FROM orders o",
		"LEFT JOIN items i ON i.order_id = o.id",
		"WHERE o.created BETWEEN 1 AND 2",
		"  AND o.status IN (",
		"  SELECT s",
		"  FROM st",
		"  WHERE x = 'a  b')",
		"GROUP BY o.id",
		"ORDER BY 2 DESC",
		"LIMIT 10",
	}
	if got := Format(sql, 60); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, l := range Format("SELECT "+strings.Repeat("column_name, ", 50)+"x FROM t", 40) {
		if len(l) > 40 {
			t.Errorf("line of %d cells, want at most 40: %s", len(l), l)
		}
	}
}

func TestSplit(t *testing.T) {
	script := `-- top
-- name: one
SELECT 'a;b', "c;d" /* ; */ FROM t; -- of the one before
/* weight
 * 5 */
CREATE TRIGGER tr AFTER INSERT ON t BEGIN
  UPDATE t SET a = CASE WHEN 1 THEN 2 ELSE 3 END;
  DELETE FROM u;
END;

;;
select 3 -- no semicolon`
	got := Split(script)
	want := []Statement{
		{`SELECT 'a;b', "c;d" /* ; */ FROM t`, 3, []string{"top", "name: one"}},
		{"CREATE TRIGGER tr AFTER INSERT ON t BEGIN\n  UPDATE t SET a = CASE WHEN 1 THEN 2 ELSE 3 END;\n  DELETE FROM u;\nEND", 6, []string{"weight", "5"}},
		{"select 3", 12, nil},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d statements %+v, want %d", len(got), got, len(want))
	}
	for i := range want {
		if got[i].SQL != want[i].SQL || got[i].Line != want[i].Line || !slices.Equal(got[i].Comments, want[i].Comments) {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestQuote(t *testing.T) {
	for _, c := range [][3]string{
		{"orders", "sqlite", "orders"}, {"Orders", "sqlite", "Orders"}, {"Orders", "postgres", `"Orders"`},
		{"order", "sqlite", `"order"`}, {"a b", "mysql", "`a b`"}, {"a`b", "mysql", "`a``b`"},
		{`a"b`, "postgres", `"a""b"`}, {"", "sqlite", `""`}, {"1a", "sqlite", `"1a"`}, {"é", "sqlite", `"é"`},
	} {
		if got := QuoteIdent(c[0], c[1]); got != c[2] {
			t.Errorf("QuoteIdent(%q, %s) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
	for _, c := range [][3]string{
		{"it's", "sqlite", "'it''s'"}, {`a\'b`, "mysql", `'a\\''b'`}, {`a\b`, "postgres", `'a\b'`},
		{"a\x00b", "sqlite", "CAST(x'610062' AS TEXT)"}, {"a\x00b", "mysql", `'a\0b'`},
	} {
		if got := QuoteString(c[0], c[1]); got != c[2] {
			t.Errorf("QuoteString(%q, %s) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestUnfinished(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT ')' FROM t": "", "SELECT 'a": "a quote is not closed", "SELECT (1": "parentheses do not match",
		"SELECT 1 /* x": "a comment is not closed", "SELECT 1)": "parentheses do not match", "": "",
	} {
		if got := Unfinished(sql); got != want {
			t.Errorf("Unfinished(%s) = %q, want %q", sql, got, want)
		}
	}
	if got := Verb("/* a */ -- b\nselect 1"); got != "SELECT" {
		t.Errorf("got verb %q", got)
	}
}
