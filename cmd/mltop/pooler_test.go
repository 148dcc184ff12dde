package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A deck is what a test does with mltop on one server: its own home, and every
// verb's output in one text.
type deck struct {
	t    *testing.T
	home string
}

func newDeck(t *testing.T) deck { return deck{t, t.TempDir()} }

// mltop runs a verb and answers all that it said, and its exit code.
func (d deck) mltop(args ...string) (string, int) {
	d.t.Helper()
	out, err := mltopIn(d.home, nil, args...).CombinedOutput()
	return string(out), exitCode(err)
}

// says runs a verb that has to end with a code, and to say all of these.
func (d deck) says(code int, want []string, args ...string) string {
	d.t.Helper()
	out, got := d.mltop(args...)
	if got != code {
		d.t.Errorf("%s: got exit code %d, want %d:\n%s", args[0], got, code, out)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			d.t.Errorf("%s: got\n%s\nwant %q in it", args[0], out, w)
		}
	}
	return out
}

// advised is the id of the first advice of a kind.
func (d deck) advised(kind string, args ...string) string {
	d.t.Helper()
	out, err := mltopIn(d.home, nil, append([]string{"advise", "-o", "json"}, args...)...).Output()
	var doc struct {
		Recommendations []struct{ ID, Kind string }
	}
	if err == nil {
		err = json.Unmarshal(out, &doc)
	}
	for _, r := range doc.Recommendations {
		if r.Kind == kind {
			return r.ID
		}
	}
	d.t.Fatalf("no %s is advised: %v, %s", kind, err, out)
	return ""
}

// queries is a file of queries that an index helps.
func (d deck) queries(text string) string {
	d.t.Helper()
	path := filepath.Join(d.home, "hot.sql")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

const hotOrders = "-- name: orders of a customer\n-- weight: 90000\nSELECT status, total_cents FROM orders WHERE customer_id = 4711;\n"

// TestBehindAPooler goes through all verbs at a PgBouncer in transaction mode,
// whose two sessions of the server are shared with an application: nothing may
// rely on the session.
func TestBehindAPooler(t *testing.T) {
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{})
	direct := pg.PostgresDatabase(t)
	name := strings.TrimPrefix(strings.Split(direct, "?")[0], "postgres://postgres@/")
	shop := dbtest.OpenPostgres(t, direct)
	dbtest.Exec(t, shop, dbtest.PostgresOrdersDDL)
	dbtest.FillPostgresOrders(t, shop, 20_000)
	for _, row := range []struct {
		name     string
		settings map[string]string
	}{
		{"that refuses settings at the start of a session", nil},
		{"that ignores them", map[string]string{"ignore_startup_parameters": "default_transaction_read_only,default_transaction_isolation,standard_conforming_strings,statement_timeout,lock_timeout,idle_in_transaction_session_timeout"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bouncer := dbtest.NewPgBouncer(t, pg, dbtest.PgBouncerOptions{Settings: row.settings})
			target := bouncer.PostgresURL(name)
			keepBusy(t, target)
			d := newDeck(t)
			d.says(exitOK, []string{"state ok", "a pooler stands between", "to apply: attach to the server itself: postgres:///" + name + "?host=" + pg.Socket}, "doctor", target)
			d.says(exitOK, []string{"commits", "PostgreSQL 15"}, "snapshot", target, "--interval", "300ms", "--count", "3")
			d.says(exitOK, []string{"scan", "orders"}, "explain", target, "SELECT status FROM orders WHERE customer_id = 7")
			id := d.advised("create_index", target, "--queries", d.queries(hotOrders), "-d", "20s")
			out := d.says(exitError, []string{"a pooler stands between", "apply needs a direct connection: attach to the server itself: postgres:///" + name}, "apply", target, id, "--yes")
			if strings.Contains(out, "prepared statement") {
				t.Errorf("a prepared statement was relied on:\n%s", out)
			}
			var made int
			if err := shop.QueryRow("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'mltop%'").Scan(&made); err != nil || made != 0 {
				t.Errorf("behind a refused apply: got %d indexes, %v, want none", made, err)
			}
			if list, code := d.mltop("undo", target, "--last", "--yes"); code != exitError || !strings.Contains(list, "nothing to undo") {
				t.Errorf("undo: got exit code %d, %s", code, list)
			}
		})
	}
	t.Run("a sample takes a session of its own", func(t *testing.T) {
		dbtest.Exec(t, shop, "DROP EXTENSION hypopg")
		defer dbtest.Exec(t, shop, "CREATE EXTENSION hypopg")
		target := dbtest.NewPgBouncer(t, pg, dbtest.PgBouncerOptions{}).PostgresURL(name)
		d := newDeck(t)
		d.says(exitOK, []string{"a pooler stands between, and a sample needs a session of its own"}, "advise", target, "--allow-scratch", "--queries", d.queries(hotOrders), "-d", "5s")
	})
	t.Run("the address that it names does it", func(t *testing.T) {
		d := newDeck(t)
		most := mostOfOurs(t, pg.PostgresURL("postgres"))
		id := d.advised("create_index", direct, "--queries", d.queries(hotOrders), "-d", "20s")
		if got := most(); got != 1 {
			t.Errorf("watching and advising took %d connections, want 1", got)
		}
		d.says(exitOK, nil, "apply", direct, id, "--yes", "--interval", "100ms")
		d.says(exitOK, nil, "undo", direct, "--last", "--yes")
		if got := most(); got < 2 || got > 3 {
			t.Errorf("a change took %d connections, want 2, or 3 to cancel", got)
		}
	})
}

// keepBusy is an application at the pooler that holds a session of the server
// most of the time, and leaves settings behind in it that its own statements are
// not held to.
func keepBusy(t *testing.T, target string) {
	t.Helper()
	app := dbtest.OpenPostgres(t, target+"&default_query_exec_mode=simple_protocol")
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-done:
				ended <- nil
				return
			default:
			}
			if _, err := app.Exec("BEGIN; SET statement_timeout = '50ms'; SET lock_timeout = '1ms'; SET LOCAL statement_timeout = 0; SELECT count(*) FROM orders WHERE customer_id = 3; COMMIT"); err != nil {
				ended <- fmt.Errorf("the application at the pooler: %w", err)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	t.Cleanup(func() {
		close(done)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// mostOfOurs counts mltop's sessions again and again, and answers the greatest
// number so far.
func mostOfOurs(t *testing.T, url string) func() int {
	t.Helper()
	admin := dbtest.OpenPostgres(t, url)
	var most atomic.Int64
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			var n int64
			if err := admin.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mltop'").Scan(&n); err != nil {
				t.Errorf("count mltop's sessions: %v", err)
				return
			}
			most.Store(max(most.Load(), n))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	t.Cleanup(func() { close(done); all.Wait() })
	return func() int { return int(most.Load()) }
}
