package postgres

import (
	"database/sql"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// One table stands behind a lock, held or only waited for: all others are read
// and planned, and of it is said who keeps it. Nothing of ours waits for it.
func TestOneLockedTableCostsItselfAlone(t *testing.T) {
	for _, row := range []struct {
		name string
		lock func(t *testing.T, url string) (says string, end func())
	}{
		{"somebody has it for himself", held},
		{"somebody waits to have it, behind a transaction at rest", queued},
	} {
		t.Run(row.name, func(t *testing.T) {
			url, _ := dbtest.PostgresOrders(t, 200)
			knows := open(t, url)
			before := must(knows.Schema(t.Context()))(t)
			says, end := row.lock(t, url)
			defer end()
			refused := 0
			fresh := must(Open(t.Context(), url, Options{Trace: func(l db.Line) {
				if codeOf(l.Err) == codeLock {
					refused++
				}
			}}))(t)
			defer fresh.Close() //nolint:errcheck // it only reads
			readsAround(t, "an engine that knows the table", must(knows.Schema(t.Context()))(t), before, says, false)
			readsAround(t, "an engine that has just come", must(fresh.Schema(t.Context()))(t), before, says, true)
			plansAround(t, fresh, says)
			if refused != 0 {
				t.Errorf("%d questions waited for the lock, want none", refused)
			}
			end()
			after := must(fresh.Schema(t.Context()))(t)
			if orders := after.Table("orders"); len(after.LockedTables()) > 0 || orders.Unseen || orders.Bytes == nil || after.Version != before.Version {
				t.Errorf("behind the lock: got %+v, version %s, want %s", orders, after.Version, before.Version)
			}
		})
	}
}

// A statement meets a lock that nobody knew of: it is named all the same, and
// from then on nothing waits for it.
func TestALockThatAPlanMeetsIsNamed(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 200)
	refused := 0
	e := must(Open(t.Context(), url, Options{Trace: func(l db.Line) {
		if codeOf(l.Err) == codeLock {
			refused++
		}
	}}))(t)
	defer e.Close() //nolint:errcheck // it only reads
	says, end := held(t, url)
	defer end()
	for range 3 {
		plansAround(t, e, says)
	}
	if refused != 1 {
		t.Errorf("%d questions waited for the lock, want the first one alone", refused)
	}
	writer := dbtest.OpenPostgres(t, url)
	tx := must(writer.Begin())(t)
	defer tx.Rollback() //nolint:errcheck // it is only to end
	if _, err := tx.Exec("LOCK TABLE products IN SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Explain(t.Context(), db.Query{SQL: "SELECT * FROM products"}); err != nil {
		t.Errorf("a lock that keeps writers out, and a reader: %v", err)
	}
	if _, err := e.Explain(t.Context(), db.Query{SQL: "UPDATE products SET title = 'x'"}); err == nil || !strings.Contains(err.Error(), "products is locked by pid ") {
		t.Errorf("a lock that keeps writers out, and a writer: got %v", err)
	}
}

// held locks orders; the answer is what is said of it.
func held(t *testing.T, url string) (says string, end func()) {
	tx, pid := begun(t, url, "shop")
	if _, err := tx.Exec("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	return "orders is locked by pid " + pid + " (shop), in a transaction open for ", func() { _ = tx.Rollback() }
}

// queued has an ALTER wait for a transaction that has read.
func queued(t *testing.T, url string) (says string, end func()) {
	reader, first := begun(t, url, "shop")
	if _, err := reader.Exec("SELECT FROM orders LIMIT 1"); err != nil {
		t.Fatal(err)
	}
	changer, pid := begun(t, url, "migrate")
	done := make(chan error, 1)
	go func() { _, err := changer.Exec("ALTER TABLE orders ADD COLUMN note text"); done <- err }()
	looker := dbtest.OpenPostgres(t, url)
	for waits, began := false, time.Now(); !waits; time.Sleep(10 * time.Millisecond) {
		if err := looker.QueryRow("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND pid = $1::int)", pid).Scan(&waits); err != nil || time.Since(began) > time.Minute {
			t.Fatalf("the ALTER does not wait: %v", err)
		}
	}
	ended := false
	return "orders is locked by pid " + pid + " (migrate), in a transaction open for ", func() {
		if ended {
			return
		}
		ended = true
		_ = reader.Rollback()
		if err := <-done; err != nil {
			t.Errorf("the ALTER behind pid %s: %v", first, err)
		}
		_ = changer.Rollback()
	}
}

// begun is a transaction of an application.
func begun(t *testing.T, url, application string) (*sql.Tx, string) {
	d := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, d, "SET application_name = '"+application+"'")
	tx := must(d.Begin())(t)
	var pid int
	if err := tx.QueryRow("SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	return tx, strconv.Itoa(pid)
}

func readsAround(t *testing.T, who string, s, before *db.Schema, says string, unseen bool) {
	t.Helper()
	orders, was := s.Table("orders"), before.Table("orders")
	if orders == nil || !strings.HasPrefix(orders.Locked, says) || orders.Unseen != unseen || len(orders.Columns) != len(was.Columns) {
		t.Fatalf("%s: the locked table: got %+v, want it to say %q", who, orders, says)
	}
	if !unseen && (s.Version != before.Version || !reflect.DeepEqual(orders.Indexes, was.Indexes)) {
		t.Errorf("%s: of the locked table it has forgotten something: %+v", who, orders)
	}
	for _, name := range []string{"customers", "products", "order_items"} {
		if got, want := s.Table(name), before.Table(name); got.Locked != "" || got.Bytes == nil || len(got.Indexes) != len(want.Indexes) {
			t.Errorf("%s: %s: got %+v", who, name, got)
		}
	}
	if v := s.Views[0]; v.Name != "open_orders" || !strings.HasPrefix(v.Locked, says) || (v.SQL == "") != unseen {
		t.Errorf("%s: the view over it: got %+v", who, v)
	}
}

func plansAround(t *testing.T, e *Engine, says string) {
	t.Helper()
	for _, sql := range []string{"SELECT * FROM orders WHERE status = $1", "UPDATE public.orders SET status = 'x'", "SELECT count(*) FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)"} {
		if _, err := e.Explain(t.Context(), db.Query{SQL: sql}); !errors.Is(err, db.ErrBusy) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", sql, err, says)
		}
	}
	if _, err := e.Explain(t.Context(), db.Query{SQL: "SELECT * FROM products WHERE category = $1"}); err != nil {
		t.Errorf("a plan of another table: %v", err)
	}
}
