package demo

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// builtShop is a full shop without its history, opened as the server does.
func builtShop(t *testing.T) *shop {
	t.Helper()
	db := openOne(fileDSN(filepath.Join(t.TempDir(), "shop.db"), ""), nil)
	t.Cleanup(func() { db.Close() })
	ctx := context.Background()
	if err := run(ctx, db, "PRAGMA synchronous=OFF; BEGIN"); err != nil {
		t.Fatal(err)
	}
	if err := fillShop(ctx, db, sqliteDialect(), sizesOf(SQLite), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := run(ctx, db, "COMMIT"); err != nil {
		t.Fatal(err)
	}
	return &shop{db, sqliteDialect(), sizesOf(SQLite).products}
}

// processorTime is what this process has used, so that others on the machine
// do not count.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// processorGain is how many times less processor time a call takes with an index: the
// least of some runs without it, over the least with it.
func processorGain(t *testing.T, s *shop, c call, index string) float64 {
	t.Helper()
	best := func() time.Duration {
		least := time.Hour
		for range 9 {
			start := processorTime(t)
			if status, _, err := s.answer(context.Background(), c, words()[0]); err != nil || status != 200 {
				t.Fatalf("%s: status %d, %v", c.route.name(), status, err)
			}
			least = min(least, max(processorTime(t)-start, time.Microsecond))
		}
		return least
	}
	without := best()
	if err := run(context.Background(), s.db, "CREATE INDEX zz "+index); err != nil {
		t.Fatal(err)
	}
	with := best()
	if err := run(context.Background(), s.db, "DROP INDEX zz"); err != nil {
		t.Fatal(err)
	}
	return float64(without) / float64(with)
}

func TestWhatAnIndexMendsAndWhatItDoesNot(t *testing.T) {
	s := builtShop(t)
	for _, c := range []struct {
		name        string
		call        call
		index       string
		least, most float64
	}{
		{"the dropped index makes the star route ten times faster or more", call{routeOrder, 30_000}, "ON order_items(order_id, line_no)", 10, 1e9},
		{"so does its first column alone", call{routeOrder, 30_000}, "ON order_items(order_id)", 10, 1e9},
		{"an index on another column does not help the star route", call{routeOrder, 30_000}, "ON order_items(qty)", 0, 1.5},
		{"product pages lack an index too", call{routeProduct, 3_000}, "ON reviews(product_id)", 3, 1e9},
		{"no index mends a leading wildcard", call{route: routeSearch}, "ON reviews(body)", 0, 1.8},
		{"the obvious index on archived is a trap", call{route: routeCountries}, "ON orders(archived)", 0, 1.5},
	} {
		if got := processorGain(t, s, c.call, c.index); got < c.least || got > c.most {
			t.Errorf("%s: %.1f times faster, want %v to %v", c.name, got, c.least, c.most)
		}
	}
}

func TestOneIndexOfOrdersIsAPrefixOfAnother(t *testing.T) {
	s := builtShop(t)
	columns := func(index string) string {
		return column(t, s.db, `SELECT group_concat(name) FROM pragma_index_info(?)`, index)
	}
	narrow, wide := columns("idx_orders_customer"), columns("idx_orders_customer_created")
	if narrow == "" || !strings.HasPrefix(wide, narrow+",") {
		t.Errorf("indexes on (%s) and (%s), want the first to be a prefix", narrow, wide)
	}
}

// readsClock are the functions by which code waits.
func readsClock() []string {
	return []string{"Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}
}

// TestNothingInTheServerSleepsOrLooksForIndexes reads the package's source:
// all of it but the parent's and the client's part, which pace and stop.
func TestNothingInTheServerSleepsOrLooksForIndexes(t *testing.T) {
	others := []string{"client.go", "phase.go", "start.go", "detach.go", "tour.go", "toursteps.go", "tourjudge.go", "tourlock.go", "dump.go", "dump_sqlite.go", "dump_postgres.go", "dump_mariadb.go", "late.go"}
	introspection := regexp.MustCompile(`(?i)sqlite_(master|schema|temp_|stat)|index_(x?info|list)|\bexplain\b|indexed\s+by|reindex|pg_(index|class|stat_user)|information_schema|show\s+(index|keys|create)|sleep`)
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || slices.Contains(others, path) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		read++
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(readsClock(), n.Sel.Name) {
					t.Errorf("%s: time.%s in the server", path, n.Sel.Name)
				}
			case *ast.Ident:
				if n.Name == "late" && path != "instance.go" {
					t.Errorf("%s: only an instance behind the gateway may be late", path)
				}
				if n.Name == "Dump" {
					t.Errorf("%s: the server must not read the schema by Dump", path)
				}
			case *ast.BasicLit:
				text, err := strconv.Unquote(n.Value)
				if n.Kind == token.STRING && err == nil && introspection.MatchString(text) {
					t.Errorf("%s: the server's text %q asks for indexes or sleeps", path, text)
				}
			}
			return true
		})
	}
	if read < 10 {
		t.Errorf("%d files of the server read, want all of them", read)
	}
}
