package rewrite_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/sqlite"
)

// A world is a database of tables that hold what rewrites may trip over, and
// what mltop knows of it.
type world struct {
	*sql.DB
	schema *db.Schema
	r      *rand.Rand
}

const worldTables = `CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER, t TEXT, f TEXT COLLATE NOCASE, x NUMERIC, nn INTEGER NOT NULL, tt TEXT NOT NULL, d TEXT, e INTEGER);
	CREATE TABLE b (who INTEGER, sure INTEGER NOT NULL, why TEXT, day TEXT, ref TEXT);
	CREATE TABLE k (k TEXT PRIMARY KEY, v TEXT, w INTEGER NOT NULL);
	CREATE TABLE w (p TEXT COLLATE NOCASE, q INTEGER, v INTEGER, PRIMARY KEY (p COLLATE BINARY, q)) WITHOUT ROWID;
	CREATE TABLE u (id INTEGER PRIMARY KEY, s TEXT NOT NULL COLLATE NOCASE, r TEXT NOT NULL UNIQUE);
	CREATE UNIQUE INDEX u_s ON u (s COLLATE BINARY);
	CREATE INDEX a_n ON a (n); CREATE INDEX a_t ON a (t); CREATE INDEX a_d ON a (d); CREATE INDEX b_who ON b (who)`

// newWorld fills the tables with 0 to 60 rows each; tidy ones hold nothing but
// what their types say, and a NULL less often.
func newWorld(t *testing.T, seed uint64) world {
	t.Helper()
	path := dbtest.Path(t)
	w := world{DB: dbtest.Open(t, path), r: rand.New(rand.NewPCG(seed, 4))}
	dbtest.Exec(t, w.DB, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; "+worldTables)
	w.fill(t, seed%2 == 0)
	e, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if w.schema, err = e.Schema(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) fill(t *testing.T, tidy bool) {
	t.Helper()
	tx, err := w.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it is committed, or the test has failed
	words := func() string { return fmt.Sprint(w.word(true)) }
	for _, table := range []struct {
		sql string
		row func() []any
	}{
		{"a VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", func() []any {
			return []any{w.number(tidy), w.word(tidy), w.word(tidy), w.number(tidy), w.r.IntN(9) - 4, words(), w.day(tidy, true), w.second(tidy)}
		}},
		{"b VALUES (?, ?, ?, ?, ?)", func() []any {
			return []any{w.number(tidy), w.r.IntN(9) - 4, w.word(tidy), w.day(tidy, false), w.word(tidy)}
		}},
		{"k VALUES (?, ?, ?)", func() []any { return []any{w.word(tidy), w.word(tidy), w.r.IntN(5)} }},
		{"w VALUES (?, ?, ?)", func() []any { return []any{words(), w.r.IntN(3), w.number(tidy)} }},
		{"u VALUES (NULL, ?, ?)", func() []any { return []any{words(), fmt.Sprint(words(), w.r.IntN(40))} }},
	} {
		for range pick(w.r, 0, 1, 7, 60) {
			if _, err := tx.Exec("INSERT OR IGNORE INTO "+table.sql, table.row()...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func (w world) number(tidy bool) any {
	if tidy {
		return pick[any](w.r, -3, -1, 0, 1, 2, 7, 7, 7, 12)
	}
	return pick[any](w.r, nil, nil, -3, -1, 0, 1, 7, 7, 2.5, "7 a", "x", []byte("7"))
}

func (w world) word(tidy bool) any {
	if tidy {
		return pick[any](w.r, "", "a", "A", "ab", "aB", "abc", "b", "7", "07", "12", "-3", "é", "a%", "a_")
	}
	return pick[any](w.r, nil, nil, "", "a", "A", "ab", "AB", "abc", "7", "07", " 7", "7.0", "7 a", "1e1", "-3", 7, []byte("ab"), "a\U0010ffffz", "\U0010ffff")
}

// day is a day; with a time, where it may have one.
func (w world) day(tidy, time bool) any {
	clock := ""
	if time {
		clock = pick(w.r, "", " 00:00:00", " 10:30:00", " 23:59:59", "T10:00:00")
	}
	if tidy {
		return fmt.Sprintf("2026-%02d-%02d%s", 1+w.r.IntN(2), pick(w.r, 1, 4, 5, 28), clock)
	}
	return pick[any](w.r, nil, "2026-01-05"+clock, "2025-12-31 23:00:00-05:00", "2026-1-5", "", "now", 2461045.5, 20260105, "2026-01-05 x")
}

func (w world) second(tidy bool) any {
	if tidy {
		return 1767225600 + w.r.IntN(10*24)*3600
	}
	return pick[any](w.r, nil, 0, -1, 1767225600, 1767225599, "1767571200", 1767571200.5)
}

// sql fills a template's marks with constants.
func (w world) sql(template string) string {
	for {
		i := strings.IndexByte(template, '$')
		if i < 0 {
			return template
		}
		template = template[:i] + w.constant(template[i+1]) + template[i+2:]
	}
}

func (w world) constant(mark byte) string {
	switch mark {
	case 'N':
		return pick(w.r, "-3", "0", "1", "7", "12")
	case 'T':
		return pick(w.r, "''", "'a'", "'A'", "'ab'", "'abc'", "'7'", "'-3'", "'a%'")
	case 'I':
		return pick(w.r, "'7'", "'-3'", "'12'", "'0'")
	case 'D':
		return pick(w.r, "'2026-01-05'", "'2026-02-28'", "'2026-01-01'", "'2025-12-31'")
	case 'O':
		return pick(w.r, "=", "<", "<=", ">", ">=", "<>")
	}
	return pick(w.r, "1", "2", "3") // a length
}

// conditions that rules look for, and some that they have to leave alone.
var conditions = []string{
	"date(d) $O $D", "$D $O date(d)", "date(d) BETWEEN $D AND $D", "strftime('%Y-%m', d) $O '2026-01'", "strftime('%Y', d) $O '2026'", "strftime('%Y-%m-%d', d) = $D",
	"date(e, 'unixepoch') $O $D", "date(e, 'unixepoch') BETWEEN $D AND $D", "date(d) = date('now')",
	"n + 0 $O $N", "+n IN ($N, $N)", "n - 0 BETWEEN $N AND $N", "n * 1 = $N", "1 * x <> $N", "t || '' $O $T", "f || '' = $T", "0 + nn $O $N", "'' || tt IN ($T, $T)",
	"COALESCE(n, $N) $O $N", "IFNULL(x, $N) $O $N", "COALESCE(t, $T) = $T", "COALESCE(t, $T) <> $T", "COALESCE(f, $T) = $T", "COALESCE(nn, $N) $O $N", "IFNULL(tt, $T) = $T",
	"substr(t, 1, $L) = $T", "substr(f, 1, $L) = $T", "substr(tt, 1, $L) = $T", "$T = substring(t, 1, $L)",
	"CAST(t AS INTEGER) = $N", "CAST(n AS TEXT) = $I", "CAST(nn AS TEXT) = $I", "CAST(x AS TEXT) = $I", "CAST(f AS INTEGER) = $N",
	"n > 1 OR n = 1 AND id > 9", "(t < 'ab' OR (t = 'ab' AND id <= 9))", "f > 'a' OR f = 'a' AND (n > 0 OR n = 0 AND id >= 3)", "n >= 1 OR n = 1 AND id > 9", "x < 7 OR 7 = x AND nn < 2",
	"a.n NOT IN (SELECT who FROM b)", "n NOT IN (SELECT sure FROM b)", "nn NOT IN (SELECT b.sure FROM b WHERE b.why = $T)", "n NOT IN (SELECT who FROM b WHERE who IS NOT NULL)", "t NOT IN (SELECT ref FROM b WHERE ref IS NOT NULL)", "f NOT IN (SELECT ref FROM b WHERE ref IS NOT NULL)",
}

// shapes are statements around conditions {0} and {1}.
var shapes = []string{
	"SELECT id, n, t FROM a WHERE {0}", "SELECT * FROM a WHERE {0} AND {1}", "SELECT id FROM a WHERE ({0} OR {1}) AND nn > -2", "SELECT count(*), max(id) FROM a WHERE {0} OR {1}",
	"SELECT id FROM a WHERE {0} ORDER BY id", "SELECT id FROM a WHERE NOT ({0})", "SELECT t FROM a WHERE {0} GROUP BY t HAVING count(*) > 0",
	"SELECT a.id, b.sure FROM a LEFT JOIN b ON b.sure = a.nn AND {0}", "SELECT a.id, b.rowid FROM b LEFT JOIN a ON a.nn = b.sure WHERE {0}", "SELECT id FROM a WHERE CASE WHEN {0} THEN 1 ELSE 0 END = 1",
	"DELETE FROM a WHERE {0}", "UPDATE a SET n = n + 1 WHERE {0} AND {1}", "INSERT INTO b (sure, why) SELECT nn, t FROM a WHERE {0}",
}

var joins = []string{
	"SELECT a.id, b.rowid FROM a JOIN b ON a.n + 0 = b.who", "SELECT a.id, b.rowid FROM a LEFT JOIN b ON a.n = b.who + 0", "SELECT a.id, b.rowid FROM b LEFT JOIN a ON COALESCE(a.nn, 0) = b.sure",
	"SELECT a.id, b.rowid FROM a LEFT JOIN b ON CAST(a.n AS TEXT) = b.ref", "SELECT a.id, b.rowid FROM a JOIN b ON date(a.d) = b.day WHERE a.nn > -2", "SELECT a.id, b.rowid FROM a LEFT JOIN b ON date(a.d) = b.day AND b.sure > 0",
	"SELECT a.id, b.rowid FROM a JOIN b ON CAST(a.id AS TEXT) = b.why", "SELECT a.id, b.rowid FROM a, b WHERE COALESCE(a.tt, '') = b.why", "SELECT a.id, b.rowid FROM b LEFT JOIN a ON a.nn = b.sure WHERE COALESCE(a.nn, 0) = b.sure",
	"DELETE FROM a WHERE EXISTS (SELECT 1 FROM b WHERE a.n + 0 = b.who)", "UPDATE a SET t = 'x' FROM b WHERE CAST(a.id AS TEXT) = b.ref",
}

func (w world) statement() string {
	if w.r.IntN(5) == 0 {
		return pick(w.r, joins...)
	}
	s := pick(w.r, shapes...)
	for _, place := range []string{"{0}", "{1}"} {
		s = strings.ReplaceAll(s, place, w.sql(pick(w.r, conditions...)))
	}
	return s
}

// Whatever a rule writes answers the same rows as the text before, on every
// table on which what it relies on was asked and holds.
func TestRewritesAnswerTheSameRowsOnAnyTable(t *testing.T) {
	tried := map[string]int{}
	for seed := range uint64(36) {
		w := newWorld(t, seed)
		for range 60 {
			w.tryAll(t, w.statement(), tried)
		}
	}
	for _, rule := range []string{"date-range", "bare-column", "coalesce", "prefix", "conversion", "row-comparison", "not-in", "join"} {
		if tried[rule] < 3 {
			t.Errorf("%s was compared %d times: %v", rule, tried[rule], tried)
		}
	}
}

func (w world) rewrites(t *testing.T, sql string) []rewrite.Rewrite {
	t.Helper()
	shape, err := lite.Parse(sql, w.schema)
	if err != nil {
		t.Fatalf("parse %s: %v", sql, err)
	}
	return rewrite.Of(rewrite.Statement{SQL: sql, Shape: shape, Schema: w.schema, Dialect: lite, CallsPerRequest: 48})
}

func (w world) tryAll(t *testing.T, sql string, tried map[string]int) {
	t.Helper()
	for _, r := range w.rewrites(t, sql) {
		if r.Differs || r.Keeps || !w.reliesOnWhatHolds(t, r) {
			continue
		}
		rule := strings.TrimPrefix(r.Rule, "rewrite.")
		tried[rule]++
		if old, now := w.does(t, r.Before.SQL), w.does(t, r.After.SQL); !slices.Equal(old, now) {
			t.Errorf("%s\nof   %s\nis   %s\ngot  %d rows, want %d; too many: %.300s; missing: %.300s", rule, r.Before.SQL, r.After.SQL, len(now), len(old), without(now, old), without(old, now))
		}
	}
}

// without lists what one list has and the other has not.
func without(list, other []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) }), " ")
}

// reliesOnWhatHolds asks all checks but that of both texts.
func (w world) reliesOnWhatHolds(t *testing.T, r rewrite.Rewrite) bool {
	t.Helper()
	for _, c := range r.Checks {
		if c.What != rewrite.BothTexts && c.What != rewrite.BothWrite && !slices.Equal(w.does(t, c.A.SQL), w.does(t, c.B.SQL)) {
			return false
		}
	}
	return true
}

// does answers a SELECT's rows: as they come where all of them have an order, as
// a bag else; of a write, the tables after it.
func (w world) does(t *testing.T, sql string) (out []string) {
	t.Helper()
	tx, err := w.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing is kept
	if !strings.HasPrefix(sql, "SELECT") {
		if _, err := tx.Exec(sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return append(rowsOf(t, tx, "SELECT * FROM a ORDER BY id"), rowsOf(t, tx, "SELECT * FROM b ORDER BY 1, 2, 3, 4, 5")...)
	}
	if out = rowsOf(t, tx, sql); !strings.Contains(sql, "ORDER BY id") {
		slices.Sort(out)
	}
	return out
}

func rowsOf(t *testing.T, tx *sql.Tx, query string, args ...any) (out []string) {
	t.Helper()
	rows, err := tx.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%#v", values))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}
