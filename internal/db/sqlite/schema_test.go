package sqlite

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestWhatAnIndexDefinitionSays(t *testing.T) {
	for _, c := range []struct{ sql, terms, where string }{
		{"CREATE INDEX i ON t(a, b DESC)", "a|b", ""},
		{"create unique index \"on\" on t (lower(a) collate nocase asc, b)", "lower(a)|b", ""},
		{"CREATE INDEX i ON t(a) WHERE b > 0 AND c = 'x;y' ;", "a", "b > 0 AND c = 'x;y'"},
		{"CREATE INDEX [i(x,y)] ON \"t,(\"(a || ',' || b, coalesce(c, ')'))", "a || ',' || b|coalesce(c, ')')", ""},
		{"CREATE INDEX i /* (no */ ON t -- (no\n (a, (b + 1)) where c is not null", "a|(b + 1)", "c is not null"},
		{"CREATE INDEX i ON t(json_extract(a, '$.x[0]') DESC) WHERE json_valid(a)", "json_extract(a, '$.x[0]')", "json_valid(a)"},
		{"CREATE INDEX i ON", "", ""},
		{"", "", ""},
		{"CREATE INDEX i ON t('unterminated", "", ""},
	} {
		terms, where := indexText(c.sql)
		if got := strings.Join(terms, "|"); got != c.terms || where != c.where {
			t.Errorf("%s:\n got %q where %q\nwant %q where %q", c.sql, got, where, c.terms, c.where)
		}
	}
}

func TestNamesOfEveryKindAreRead(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	names := []string{`sp ace`, `qu"ote`, `new` + "\n" + `line`, `select`, `ünï😀`, `semi;colon`, `per%cent`, `back` + "`" + `tick`, `br[ack]et`, `it's`}
	for _, n := range names {
		dbtest.Exec(t, d, fmt.Sprintf("CREATE TABLE %s (id INTEGER PRIMARY KEY, %s TEXT COLLATE nocase)", quoted(n), quoted("c "+n)))
		dbtest.Exec(t, d, fmt.Sprintf("CREATE INDEX %s ON %s(%s)", quoted("i "+n), quoted(n), quoted("c "+n)))
		dbtest.Exec(t, d, fmt.Sprintf("INSERT INTO %s(%s) VALUES ('x'), ('y')", quoted(n), quoted("c "+n)))
	}
	s, err := open(t, path).Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		table := s.Table(n)
		if table == nil {
			t.Errorf("%q is not found", n)
			continue
		}
		ix := s.Index("i " + n)
		if table.Rows == nil || *table.Rows != 2 || table.Column("c "+n).Collation != "NOCASE" || ix == nil || ix.Columns[0].Name != "c "+n {
			t.Errorf("%q: got %+v with index %+v", n, table, ix)
		}
	}
}

func TestTriggersAndTheirTextsAreRead(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
	dbtest.Exec(t, d, "CREATE TRIGGER tidy AFTER INSERT ON a BEGIN DELETE FROM a WHERE id < 0; END")
	s, err := open(t, path).Schema(background())
	if err != nil || len(s.Triggers) != 1 || s.Triggers[0].Name != "tidy" || !strings.Contains(s.Triggers[0].SQL, "id < 0") {
		t.Errorf("got %+v, %v; want the trigger tidy", s, err)
	}
}

func TestTablesOfEveryKind(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `CREATE VIRTUAL TABLE words USING fts4(body); CREATE VIRTUAL TABLE boxes USING rtree(id, a, b);
		CREATE TABLE descending (id INTEGER PRIMARY KEY DESC, a);
		CREATE TABLE gen (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED, c AS (a + 1), d TEXT NOT NULL DEFAULT 'x,(y')`)
	dbtest.Exec(t, d, "CREATE TABLE pair (a, b, PRIMARY KEY (b, a)); CREATE TABLE child (x, y, FOREIGN KEY (x, y) REFERENCES pair)")
	dbtest.Exec(t, d, "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'strange', 'strange', 0, 'CREATE VIRTUAL TABLE strange USING no_such_module(x)'); PRAGMA writable_schema = RESET")
	s, err := open(t, path).Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"words": "virtual table (fts4)", "boxes": "virtual table (rtree)", "strange": "virtual table (no_such_module)", "words_content": "belongs to a virtual table", "gen": ""} {
		if table := s.Table(name); table == nil || table.Unsupported != want {
			t.Errorf("%s: got %+v, want unsupported %q", name, table, want)
		}
	}
	if got := s.Table("descending").RowID; got != "" {
		t.Errorf("INTEGER PRIMARY KEY DESC is no rowid, got %q", got)
	}
	gen := s.Table("gen")
	if !gen.Column("b").Generated || !gen.Column("c").Generated || gen.Column("a").Generated || !gen.Column("d").NotNull || gen.Column("d").Default != "'x,(y'" {
		t.Errorf("gen: got %+v", gen.Columns)
	}
	if fk := s.Table("child").ForeignKeys; len(fk) != 1 || strings.Join(fk[0].RefColumns, " ") != "b a" {
		t.Errorf("child: got %+v", fk)
	}
}

func TestThePrimaryKeyOfATableWithoutRowIDsTakesNoRoomTwice(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Exec(t, dbtest.Open(t, path), `CREATE TABLE w (k TEXT, n INTEGER, v UNIQUE, PRIMARY KEY (n, k)) WITHOUT ROWID; CREATE INDEX w_v ON w(k, v);
		CREATE TABLE r (k TEXT PRIMARY KEY); INSERT INTO w VALUES ('a', 1, 2); INSERT INTO r VALUES ('a')`)
	s, err := open(t, path).Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, table := range s.Tables {
		for _, ix := range table.Indexes {
			got[ix.Name] = table.IsItself(ix)
			if sized := ix.Bytes != nil; sized == got[ix.Name] {
				t.Errorf("%s: has bytes of its own %v, is the table itself %v", ix.Name, sized, got[ix.Name])
			}
		}
	}
	if want := map[string]bool{"sqlite_autoindex_w_1": false, "sqlite_autoindex_w_2": true, "w_v": false, "sqlite_autoindex_r_1": false}; !maps.Equal(got, want) {
		t.Errorf("which indexes are the table itself: got %v, want %v", got, want)
	}
}

func TestStatisticsAreRead(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 4000)
	e := open(t, path)
	before, err := e.Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, "ANALYZE")
	s, err := e.Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	if ix := s.Index("products_category"); len(ix.Stat) != 1 || ix.Stat[0] != 17 {
		t.Errorf("products_category: got %v, want 17 rows a category", ix.Stat)
	}
	if items := s.Table("order_items"); items.Rows == nil || *items.Rows != 8000 || !strings.Contains(items.Estimated, "ANALYZE") {
		t.Errorf("a table without rowid has its rows by ANALYZE: got %v %q", items.Rows, items.Estimated)
	}
	if before.Table("order_items").Rows != nil || s.Version == before.Version {
		t.Errorf("got rows %v before ANALYZE; versions %s, %s", before.Table("order_items").Rows, before.Version, s.Version)
	}
	dbtest.Exec(t, d, "UPDATE sqlite_stat1 SET stat = stat || ' noskipscan' WHERE idx = 'products_category'")
	again, err := e.Schema(background())
	if err != nil || again.Version == s.Version {
		t.Errorf("new statistics did not move the version %s, %v", again.Version, err)
	}
}

func TestRowsOfATableWithGapsAreEstimated(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, "CREATE TABLE sparse (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE few (v)")
	dbtest.Exec(t, d, "INSERT INTO sparse SELECT i*1000003, 'some text of thirty characters' FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) SELECT i FROM n)")
	s, err := open(t, path).Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	sparse := s.Table("sparse")
	if sparse.Rows == nil || *sparse.Rows < 15_000 || *sparse.Rows > 25_000 || !strings.Contains(sparse.Estimated, "dense") {
		t.Errorf("got %v rows, %q; want about 20,000, estimated", *sparse.Rows, sparse.Estimated)
	}
	if sparse.Bytes == nil || *sparse.Bytes < 600_000 || *sparse.Bytes > 1_200_000 {
		t.Errorf("got %v bytes of some 850,000", *sparse.Bytes)
	}
	if few := s.Table("few"); few.Rows == nil || *few.Rows != 0 || strings.Contains(few.Estimated, "rows by") {
		t.Errorf("an empty table: got %v rows, %q", few.Rows, few.Estimated)
	}
}

func TestTenThousandTablesAreRead(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	// To create them one by one takes SQLite longer each time: they are
	// written down at once, all on one root page.
	dbtest.Exec(t, d, "CREATE TABLE t1 (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); PRAGMA writable_schema = ON")
	dbtest.Exec(t, d, `INSERT INTO sqlite_schema SELECT 'table', 't' || i, 't' || i, rootpage, replace(sql, 't1', 't' || i)
		FROM sqlite_schema, (WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n)`)
	d.Close()
	longest := 0.0
	e, err := Open(background(), path, Options{Trace: func(l db.Line) { longest = max(longest, l.Elapsed.Seconds()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s, err := e.Schema(background())
	if err != nil || len(s.Tables) != 10_000 || len(s.Table("t9999").Columns) != 3 {
		t.Fatalf("got %d tables, %v", len(s.Tables), err)
	}
	t.Logf("the longest of its statements took %.1f ms", longest*1000)
	if last := s.Tables[len(s.Tables)-1]; last.Rows == nil && last.Estimated == "" {
		t.Errorf("a table was not looked into, and nothing says so: %+v", last)
	}
}
