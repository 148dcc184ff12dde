package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// open attaches with the test's own binary as the child.
func open(t *testing.T, path string) *Engine {
	t.Helper()
	e, err := Open(context.Background(), path, Options{Child: childArgv(), TempDir: t.TempDir()})
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func childArgv() []string { return []string{os.Args[0], "__counters"} }

func TestOddPathsCanBeOpened(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "a?b.db", "a#b.db", "50%.db", "100%25.db", `q"uo'te.db`, "new\nline.db", "😀.db", "a&mode=rw.db", "-dash", "back\\slash.db", "\xff\xfe.db"} {
		path := filepath.Join(t.TempDir(), name)
		dbtest.RequestLog(t, filepath.Join(filepath.Dir(path), "x"), dbtest.Served, 3)
		if err := os.Rename(filepath.Join(filepath.Dir(path), "x"), path); err != nil {
			t.Fatal(err)
		}
		e := open(t, path)
		tables, err := e.RequestTables(context.Background())
		if err != nil || len(tables) != 1 {
			t.Fatalf("%q: got %d request tables, %v; want 1", name, len(tables), err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
			t.Errorf("%q: reading left %v beside it", name, entries)
		}
	}
}

func TestStatsOfARollbackFile(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 1000)
	e := open(t, path)
	ctx := context.Background()
	first, err := e.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, path)
	for range 5 {
		dbtest.Exec(t, d, dbtest.Served.InsertSQL("request_logs"), "2026-11-22T06:00:00", "GET", "/", 200, 1, "::1")
	}
	second, err := e.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first.State != "ok" || first.JournalMode != "delete" || first.Version != libraryVersion() || first.Name != "app.db" {
		t.Errorf("got state %q, journal mode %q, version %q, name %q", first.State, first.JournalMode, first.Version, first.Name)
	}
	if first.Pages == nil || first.PageSize == nil || first.FileBytes == nil || *first.Pages**first.PageSize != *first.FileBytes {
		t.Errorf("pages × page size is not the file's size: %+v", first)
	}
	if first.Commits == nil || second.Commits == nil || *second.Commits-*first.Commits != 5 {
		t.Errorf("got commits %v then %v, want 5 more (%v)", first.Commits, second.Commits, second.Missing["commits"])
	}
	for _, name := range []string{"queries", "cache_hits", "connections_used"} {
		if first.Missing[name] == "" {
			t.Errorf("no reason is given why %s is missing", name)
		}
	}
	if first.Queries != nil || first.CacheHits != nil || first.ConnectionsUsed != nil {
		t.Errorf("a number that SQLite cannot give was given: %+v", first)
	}
}

func TestReadRequestsOfEachFamily(t *testing.T) {
	for _, f := range []dbtest.Family{dbtest.Served, dbtest.First, dbtest.Documented} {
		path := dbtest.Path(t)
		dbtest.RequestLog(t, path, f, 500)
		e := open(t, path)
		ctx := context.Background()
		tables, err := e.RequestTables(ctx)
		if err != nil || len(tables) != 1 {
			t.Fatalf("%s: got tables %v, %v", f, tables, err)
		}
		last, err := e.MaxRequestID(ctx, tables[0])
		if err != nil || last != 500 {
			t.Fatalf("%s: got newest id %d, %v; want 500", f, last, err)
		}
		var ids []int64
		err = e.ReadRequests(ctx, tables[0], 100, 200, 10, true, func(r *db.RequestRow) error {
			ids = append(ids, r.ID)
			if r.Method == "" || !strings.HasPrefix(r.Path, "/") || r.Status < 200 || !r.HasDuration || r.Time.Before(dbtest.Start()) {
				t.Errorf("%s: got row %+v", f, *r)
			}
			return nil
		})
		if err != nil || len(ids) != 10 || ids[0] != 200 || ids[9] != 191 {
			t.Errorf("%s: got ids %v, %v; want 200 down to 191", f, ids, err)
		}
	}
}

func TestSchemaOfAnApplication(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 2000)
	s, err := open(t, path).Schema(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tables) != 4 || len(s.Views) != 1 {
		t.Fatalf("got %d tables, %d views; want 4 and 1", len(s.Tables), len(s.Views))
	}
	customers, items := s.Table("customers"), s.Table("order_items")
	if customers.RowID != "id" || customers.Column("name").Collation != "NOCASE" {
		t.Errorf("customers: got rowid %q, collation %q", customers.RowID, customers.Column("name").Collation)
	}
	if !items.WithoutRowID || strings.Join(items.PrimaryKey, " ") != "order_id line" {
		t.Errorf("order_items: got without rowid %v, key %v", items.WithoutRowID, items.PrimaryKey)
	}
	if fk := items.ForeignKeys; len(fk) != 2 || fk[1].RefColumns[0] != "id" || fk[0].RefColumns[0] != "id" {
		t.Errorf("order_items: got foreign keys %+v", fk)
	}
	lower := s.Index("customers_lower")
	if lower.Columns[0].Expr != "lower(email)" || lower.Columns[1].Collation != "NOCASE" || !lower.Columns[1].Desc {
		t.Errorf("customers_lower: got %+v", lower.Columns)
	}
	if partial := s.Index("orders_open"); partial.Where != "status = 'open'" || !partial.Columns[0].Desc {
		t.Errorf("orders_open: got %+v", partial)
	}
	if auto := s.Index("sqlite_autoindex_customers_1"); auto == nil || !auto.Constraint || !auto.Unique {
		t.Errorf("the unique constraint's index: got %+v", auto)
	}
	if orders := s.Table("orders"); orders.Rows == nil || *orders.Rows != 2000 || orders.Estimated == "" || orders.Bytes == nil {
		t.Errorf("orders: got rows %v, estimated %q", orders.Rows, orders.Estimated)
	}
}

func TestExplainAcceptsOnePlainStatement(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 2000)
	e := open(t, path)
	plan, err := e.Explain(context.Background(), db.Query{SQL: "SELECT * FROM orders WHERE customer_id = ? -- ; DROP TABLE orders"})
	if err != nil {
		t.Fatal(err)
	}
	scan := plan.Root.Children[0]
	if scan.Op != db.OpScan || scan.Table != "orders" || scan.Rows == nil || *scan.Rows != 2000 {
		t.Errorf("got %+v, want a scan of the 2000 orders", scan)
	}
	for _, sql := range []string{"", " ; ", "SELECT 1; SELECT 2", "SELECT 1;DROP TABLE orders", "EXPLAIN SELECT 1", "ANALYZE", "PRAGMA user_version = 3",
		"ATTACH 'x' AS y", "VACUUM", "BEGIN", "CREATE INDEX i ON orders(status)", "SELECT 1\x00; DROP TABLE orders", "QUERY PLAN SELECT 1", "SELECT load_extension('x')"} {
		if p, err := e.Explain(context.Background(), db.Query{SQL: sql}); err == nil {
			t.Errorf("%q was explained: %+v", sql, p.Root.Children)
		}
	}
}
