package postgres

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// lookAtAll asks all that mltop asks of a server while it watches, plans and
// tries.
func lookAtAll(t *testing.T, e *Engine) {
	t.Helper()
	ctx := t.Context()
	indexes := db.Config{Add: []db.Index{{Table: "orders", Name: "mltop_x", Columns: []db.IndexColumn{{Name: "customer_id"}}}}}
	steps := map[string]func() error{
		"stats":    func() error { _, err := e.Stats(ctx); return err },
		"sessions": func() error { _, err := e.Sessions(ctx); return err },
		"schema":   func() error { _, err := e.Schema(ctx); return err },
		"settings": func() error { _, err := e.Settings(ctx); return err },
		"sampling": func() error { _, err := e.lookAtSessions(ctx); return err },
		"rights":   func() error { _, err := e.MissingRights(ctx); return err },
		"requests": func() error { _, err := e.RequestTables(ctx); return err },
		"state": func() error {
			_, err := e.State(ctx, db.Object{Kind: db.ObjectIndex, Name: "orders_open", Table: "orders"})
			return err
		},
		"explain": func() error {
			_, err := e.Explain(ctx, query("SELECT total_cents FROM orders WHERE customer_id = 4711"))
			return err
		},
		"explain a placeholder": func() error {
			_, err := e.Explain(ctx, query("SELECT total_cents FROM orders WHERE customer_id = $1"))
			return err
		},
		"what-if": func() error {
			lab, err := e.Lab(ctx, db.LabOptions{}, nil)
			if err != nil {
				return err
			}
			for _, sql := range []string{"SELECT total_cents FROM orders WHERE customer_id = 4711", "SELECT total_cents FROM orders WHERE customer_id = $1"} {
				if _, err := lab.Cost(ctx, query(sql), indexes); err != nil {
					return err
				}
			}
			return lab.Close()
		},
		"account": func() error { _, err := e.Account(ctx); return err },
		"offers":  func() error { _, err := e.EnableStatements(ctx); return err },
	}
	for name, f := range steps {
		if err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// watcher is a user who may look and is no superuser: what it asks is counted.
func watcher(t *testing.T, url string) *Engine {
	t.Helper()
	name := fmt.Sprintf("watcher_%d", os.Getpid())
	admin := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, admin, "CREATE ROLE "+name+" LOGIN; GRANT pg_monitor TO "+name+"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+name)
	e, err := Open(t.Context(), strings.Replace(url, "//postgres@", "//"+name+"@", 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		dbtest.Exec(t, admin, "DROP OWNED BY "+name+"; DROP ROLE "+name)
	})
	return e
}

func TestWhatWeAskIsNobodysLoad(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 2000)
	for _, row := range []struct {
		name string
		open func() *Engine
	}{
		{"a superuser", func() *Engine { return open(t, url) }},
		{"one who may look", func() *Engine { return watcher(t, url) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := row.open()
			dbtest.Exec(t, app, "SELECT pg_stat_statements_reset()")
			lookAtAll(t, e)
			dbtest.Exec(t, app, "SELECT count(*) FROM orders WHERE total_cents > 12345")
			must(e.StatementTotals(t.Context()))(t)
			totals := must(e.StatementTotals(t.Context()))(t) // what the first one asked is told as ours by the second
			for _, s := range totals.List {
				if !strings.Contains(s.Text, "total_cents > $") && !strings.Contains(s.Text, "pg_stat_statements_reset") {
					t.Errorf("our own statement is listed as load: %s", s.Text)
				}
			}
			if dbtest.FindTotal(totals, "total_cents > $") == nil {
				t.Error("the application's is not listed")
			}
			// What a look asks for the first time is told as ours by the next.
			must(e.Stats(t.Context()))(t)
			before := *must(e.Stats(t.Context()))(t).Queries
			lookAtAll(t, e)
			for range 30 {
				dbtest.Exec(t, app, "SELECT count(*) FROM orders WHERE total_cents > 12345")
			}
			if n := *must(e.Stats(t.Context()))(t).Queries - before; n < 30 || n > 33 {
				t.Errorf("got %v statements, the application ran 30", n)
			}
		})
	}
}

// A statement that we were the first to plan has our text in the server: what
// the application runs later is counted there, and is its own.
func TestAStatementThatWePlannedFirstIsTheApplications(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	e := watcher(t, url)
	dbtest.Exec(t, app, "SELECT pg_stat_statements_reset()")
	if _, err := e.Explain(t.Context(), query("SELECT placed_at FROM orders WHERE customer_id = $1 AND total_cents < 4")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		dbtest.Exec(t, app, "SELECT placed_at FROM orders WHERE customer_id = 17 AND total_cents < 4")
	}
	found := dbtest.FindTotal(must(e.StatementTotals(t.Context()))(t), "SELECT placed_at FROM orders")
	if found == nil || *found.Calls != 3 || strings.Contains(found.Text, "mltop") {
		t.Errorf("got %+v, want three calls of the application's", found)
	}
}

// rollbacks is what the server itself counts in the database.
func rollbacks(t *testing.T, app *sql.DB) (n int) {
	t.Helper()
	if err := app.QueryRow("SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// gone waits until only the application's own session is in the database: one
// that has ended has told all that it did.
func gone(t *testing.T, app *sql.DB) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var n int
		if err := app.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Scan(&n); err != nil || n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("our session does not end")
		}
	}
}

func TestPlanningIsNoRollback(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	before := rollbacks(t, app)
	e := must(Open(t.Context(), url, Options{}))(t)
	for range 5 {
		lookAtAll(t, e)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	gone(t, app)
	if n := rollbacks(t, app) - before; n != 0 {
		t.Errorf("looking, planning and trying five times are %d rollbacks to the server", n)
	}
}

func TestOurOwnRollbacksAreNotTheApplications(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	e := open(t, url)
	counted := func() float64 {
		must(e.Stats(t.Context()))(t) // has our session tell what it did
		for _, c := range must(e.Stats(t.Context()))(t).Counters {
			if c.Name == "pg_stat_database.xact_rollback" {
				return c.Value
			}
		}
		t.Fatal("rollbacks are not counted")
		return 0
	}
	before, raw := counted(), rollbacks(t, app)
	for range 7 {
		if _, err := e.Explain(t.Context(), query("SELECT 1 FROM nowhere WHERE a = $1")); err == nil {
			t.Fatal("a table that is not there has a plan")
		}
		must(e.Select(t.Context(), query("SELECT 1"), 1))(t)
	}
	tx := must(app.Begin())(t)
	must(tx.Exec("UPDATE orders SET status = 'x' WHERE id = 1"))(t)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	if n := counted() - before; n != 1 {
		t.Errorf("got %v rollbacks, the application's is one", n)
	}
	if n := rollbacks(t, app) - raw; n < 15 {
		t.Errorf("the server counts %d in all: nothing was left out", n)
	}
}

func TestEachStatementBehindAFailedPlanIsMarkedAsOurs(t *testing.T) {
	e := &Engine{o: Options{}.withDefaults()}
	script := marked("ROLLBACK; " + cleanSQL(&knowledge{hypopgIn: "public", hides: true}) + "; " + e.begin())
	for _, s := range strings.Split(script, "; ") {
		if !ownText(s) {
			t.Errorf("not marked: %q in\n%s", s, script)
		}
	}
}
