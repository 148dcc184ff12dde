package sqlite

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestAboveItsBoundTheLabSamples(t *testing.T) {
	ctx := context.Background()
	path := makeFile(t, shop(60000)...)
	l := openLab(t, path, db.LabOptions{MaxBytes: 2 << 20, Seed: 1})
	q := db.Query{SQL: "SELECT count(*) FROM items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id"}
	e, err := l.Cost(ctx, q, db.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Method != db.MethodSample {
		t.Errorf("method %s, want %s", e.Method, db.MethodSample)
	}
	for _, s := range l.Shares() {
		t.Logf("%s: %d of %d rows, complete %v (%s)", s.Table, s.Rows, s.Of, s.Complete, s.Why)
	}
	for table, truth := range map[string]float64{"orders": 60000, "items": 120000} {
		if got := float64(l.rooms[table].fullRows); math.Abs(got-truth) > 0.1*truth {
			t.Errorf("%s: %0.f rows estimated, there are %.0f", table, got, truth)
		}
	}
	items := l.rooms["items"].rows
	joined, _, err := intOf(ctx, l.copy, q.SQL)
	if err != nil || items == 0 || float64(joined) < 0.5*float64(items) {
		t.Errorf("%d of %d sampled items meet their order and customer, error %v: want most", joined, items, err)
	}
}

func TestStatisticsOfTheLiveFileDecideThePlan(t *testing.T) {
	ctx := context.Background()
	statements := append(shop(20000), "CREATE INDEX orders_customer ON orders(customer_id)", "ANALYZE",
		// A lie that only the live file's statistics tell: customer_id is useless.
		"UPDATE sqlite_stat1 SET stat = '20000 20000' WHERE idx = 'orders_customer'", "UPDATE sqlite_stat1 SET stat = '20000 2' WHERE idx = 'orders_status'")
	l := openLab(t, makeFile(t, statements...), db.LabOptions{})
	q := db.Query{SQL: "SELECT * FROM orders WHERE customer_id = 5 AND status = 'open'"}
	for name, plan := range map[string]func() (*db.Plan, error){
		"in memory":        func() (*db.Plan, error) { return l.Plan(ctx, q, db.Config{}) },
		"on the copy":      func() (*db.Plan, error) { e, err := l.Cost(ctx, q, db.Config{}); return e.Plan, err },
		"in memory, again": func() (*db.Plan, error) { return l.Plan(ctx, q, db.Config{}) },
		"after an analysis": func() (*db.Plan, error) {
			_, _ = l.Plan(ctx, q, db.Config{Analyze: true})
			e, err := l.Cost(ctx, q, db.Config{})
			return e.Plan, err
		},
	} {
		p, err := plan()
		if err != nil {
			t.Fatal(err)
		}
		if got := usesOf(p); len(got) != 1 || got[0] != "orders_status" {
			t.Errorf("%s: uses %v, want what the live statistics say: orders_status", name, got)
		}
	}
	p, err := l.Plan(ctx, q, db.Config{Analyze: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := usesOf(p); len(got) != 1 || got[0] != "orders_customer" {
		t.Errorf("as if analyzed: uses %v, want orders_customer", got)
	}
}

func TestWhatCannotBeCopiedIsNamed(t *testing.T) {
	ctx := context.Background()
	path := makeFile(t, `CREATE TABLE a(id INTEGER PRIMARY KEY, x TEXT)`, `INSERT INTO a VALUES (1, 'x')`,
		`CREATE TABLE w(k TEXT, n INTEGER, v BLOB, PRIMARY KEY (k, n DESC)) WITHOUT ROWID`,
		`INSERT INTO w WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 3000) SELECT 'k' || (i % 100), i, zeroblob(i % 50) FROM n`,
		`CREATE TABLE "odd ""name`+"\n"+`"(rowid TEXT, "select" INTEGER, g AS ("select" * 2) STORED)`,
		`INSERT INTO "odd ""name`+"\n"+`"(rowid, "select") VALUES ('a', 1), ('b', 2)`,
		`PRAGMA writable_schema = ON`,
		`INSERT INTO sqlite_schema VALUES ('table', 'docs', 'docs', 0, 'CREATE VIRTUAL TABLE docs USING unknown_module(body)')`)
	l := openLab(t, path, db.LabOptions{})
	if why := l.LeftOut()["docs"]; !strings.Contains(why, "unknown_module") {
		t.Errorf("docs is left out because %q", why)
	}
	if _, err := l.Cost(ctx, db.Query{SQL: "SELECT * FROM docs"}, db.Config{}); err == nil {
		t.Error("a statement on a table that is not there was measured")
	}
	for _, s := range l.Shares() {
		want := map[string]int64{"a": 1, "w": 3000, "odd \"name\n": 2}[s.Table]
		if s.Rows != want || !s.Complete {
			t.Errorf("%q: %d rows, complete %v; want %d", s.Table, s.Rows, s.Complete, want)
		}
	}
	if err := l.Try(ctx, index("w", "v")); err != nil {
		t.Errorf("an index on a table without rowids: %v", err)
	}
}

func TestALabOfAKilledProcessIsSwept(t *testing.T) {
	parent := t.TempDir()
	// Process ids end at 4,194,304 on Linux: nobody has this one.
	dead, alive := filepath.Join(parent, labPrefix+"4194305-x"), filepath.Join(parent, fmt.Sprintf("%s%d-x", labPrefix, os.Getpid()))
	other := filepath.Join(parent, "mltop-lab-notes")
	for _, dir := range []string{dead, alive, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := makeLabDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{dead: false, alive: true, other: true, dir: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
	if _, err := makeLabFile(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "copy.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the copy: %v, error %v; want only ours", info.Mode(), err)
	}
}
