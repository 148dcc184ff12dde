package postgres

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// asWeak attaches as a user with nothing but one grant.
func asWeak(t *testing.T, url string, app *sql.DB, grants ...string) *Engine {
	t.Helper()
	dbtest.Exec(t, app, "DO 'BEGIN CREATE ROLE weak LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'")
	t.Cleanup(func() {
		if _, err := app.Exec("DROP OWNED BY weak"); err != nil { // the role is all tests'
			t.Errorf("take the grants back: %v", err)
		}
	})
	for _, g := range grants {
		dbtest.Exec(t, app, "GRANT "+g+" TO weak")
	}
	return open(t, strings.Replace(url, "postgres://"+userOf(t, app)+"@", "postgres://weak@", 1))
}

func userOf(t *testing.T, app *sql.DB) (name string) {
	t.Helper()
	if err := app.QueryRow("SELECT session_user").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

// What mltop asks for and is refused is no ERROR in the server's log: for a
// superuser, for who may set log_min_messages, for who may not.
func TestWhatWeAreRefusedIsNoErrorInTheServersLog(t *testing.T) {
	server := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"log_line_prefix": "%a|"}})
	url := server.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "SET application_name = 'shop'")
	dbtest.Exec(t, app, dbtest.PostgresOrdersDDL)
	dbtest.FillPostgresOrders(t, app, 200)
	loud := open(t, url)
	loud.hushes.Store(false)
	loud.catches.Store(false)
	for _, row := range []struct {
		name string
		e    *Engine
		want bool
	}{
		{"a superuser", open(t, url), false},
		{"who may not set it", asWeak(t, url, app, "SELECT ON orders"), false},
		{"who may set it", asWeak(t, url, app, "SET ON PARAMETER log_min_messages"), false},
		{"who does nothing about it", loud, true},
	} {
		before := len(errorsOf(t, server, "mltop"))
		askMuch(t, row.e, url)
		if list := errorsOf(t, server, "mltop")[before:]; len(list) > 0 != row.want {
			t.Errorf("%s: %d lines in the log: %q", row.name, len(list), list)
		}
	}
	if _, err := app.Exec("SELECT * FROM nowhere"); err == nil || len(errorsOf(t, server, "shop")) != 1 {
		t.Errorf("an application's own error: %v; the log has %q", err, errorsOf(t, server, "shop"))
	}
}

// askMuch asks for plans that are refused, each for another reason.
func askMuch(t *testing.T, e *Engine, url string) {
	t.Helper()
	for _, sql := range []string{
		"SELECT * FROM nowhere", "SELECT * FROM nowhere WHERE a = $1", "SELECT nothing FROM orders", "SELECT no_function($1) FROM orders",
		"SELECT $1 + $2 FROM orders WHERE id = ANY (ARRAY[$3]) AND status = lower($4, $5)",
	} {
		if p, err := e.Explain(t.Context(), db.Query{SQL: sql}); err == nil {
			t.Errorf("%s: a plan: %+v", sql, p.Root)
		}
	}
	// Refused or not, by who asks.
	_, _ = e.Explain(t.Context(), db.Query{SQL: "INSERT INTO products (id, sku) SELECT g, $1 FROM generate_series($2, $3) g"})
	_, end := held(t, url)
	if _, err := e.Explain(t.Context(), db.Query{SQL: "SELECT * FROM orders WHERE id = $1"}); err == nil {
		t.Error("a plan of a locked table")
	}
	end()
}

// errorsOf are the ERROR lines of an application.
func errorsOf(t *testing.T, server *dbtest.Server, application string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(server.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, application+"|ERROR:") {
			list = append(list, line)
		}
	}
	return list
}
