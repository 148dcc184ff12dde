package mysql

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// lookAtAll asks all that mltop asks of a server while it watches and plans.
func lookAtAll(t *testing.T, e *Engine) {
	t.Helper()
	ctx := t.Context()
	steps := map[string]func() error{
		"stats":    func() error { _, err := e.Stats(ctx); return err },
		"sessions": func() error { _, err := e.Sessions(ctx); return err },
		"schema":   func() error { _, err := e.Schema(ctx); return err },
		"settings": func() error { _, err := e.Settings(ctx); return err },
		"sampling": func() error { _, err := e.lookAtSessions(ctx); return err },
		"account":  func() error { _, err := e.Account(ctx); return err },
		"rights":   func() error { _, err := e.MissingRights(ctx); return err },
		"requests": func() error { _, err := e.RequestTables(ctx); return err },
		"state": func() error {
			_, err := e.State(ctx, db.Object{Kind: db.ObjectIndex, Name: "orders_open", Table: "orders"})
			return err
		},
		"explain": func() error {
			_, err := e.Explain(ctx, db.Query{SQL: "SELECT total_cents FROM orders WHERE customer_id = 4711"})
			return err
		},
		"explain a placeholder": func() error {
			_, err := e.Explain(ctx, db.Query{SQL: "SELECT total_cents FROM orders WHERE customer_id = ?"})
			return err
		},
		"offers": func() error { _, err := e.EnableStatements(ctx); return err },
	}
	for name, f := range steps {
		if err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatWeAskIsNobodysLoad(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
	admin, app := orders(t, s, 500, Options{})
	name := admin.server.Database
	dbtest.Exec(t, app, "CREATE USER watcher@localhost")
	dbtest.Exec(t, app, "GRANT PROCESS ON *.* TO watcher@localhost")
	dbtest.Exec(t, app, "GRANT SELECT ON "+name+".* TO watcher@localhost")
	dbtest.Exec(t, app, "GRANT SELECT ON performance_schema.* TO watcher@localhost")
	watcher, err := Open(t.Context(), strings.Replace(s.MariaDBURL(name), "root@", "watcher@", 1), Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	if got, err := watcher.Account(t.Context()); got != "watcher@localhost" || err != nil {
		t.Errorf("got the account %q, %v, want watcher@localhost", got, err)
	}
	for _, row := range []struct {
		name string
		e    *Engine
	}{{"an administrator", admin}, {"one who may only look", watcher}} {
		t.Run(row.name, func(t *testing.T) {
			dbtest.Exec(t, app, "TRUNCATE performance_schema.events_statements_summary_by_digest")
			lookAtAll(t, row.e)
			before, err := row.e.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			lookAtAll(t, row.e)
			dbtest.Exec(t, app, "SELECT COUNT(*) FROM orders WHERE total_cents > 12345")
			after, err := row.e.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n := *after.Queries - *before.Queries; n != 1 {
				t.Errorf("got %v statements, the application ran 1", n)
			}
			totals := totalsWith(t, row.e, "total_cents > ?")
			for _, x := range totals.List {
				if !strings.Contains(x.Text, "total_cents > ?") && !strings.Contains(x.Text, "TRUNCATE") {
					t.Errorf("our own statement is listed as load: %s", x.Text)
				}
			}
			if dbtest.FindTotal(totals, "total_cents > ?") == nil {
				t.Error("the application's is not listed")
			}
		})
	}
}

// totalsWith waits until a statement is listed: the server counts it once its
// answer is on its way.
func totalsWith(t *testing.T, e *Engine, text string) db.StatementTotals {
	t.Helper()
	var totals db.StatementTotals
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var err error
		if totals, err = e.StatementTotals(t.Context()); err != nil {
			t.Fatal(err)
		}
		if dbtest.FindTotal(totals, text) != nil {
			break
		}
	}
	return totals
}
