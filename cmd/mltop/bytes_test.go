package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"mltop/internal/db/dbtest"
)

// An awkward database holds what its server lets one put in: names with
// quotes, line breaks and emoji, and text in another encoding than UTF-8.
type awkward struct {
	name, url string
	app       func(t *testing.T) *sql.DB
	table     string   // quoted, as the server wants it
	setup     []string // makes it
	query     string   // an index helps
	raw       []string // statements whose text is no UTF-8, or is long; they sleep
}

const oddTable, oddColumn = "we\"ird `na\nme'; 😀", "co\"l`\n'é"

func awkwardDatabases(t *testing.T) []awkward {
	t.Helper()
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	name := strings.ReplaceAll(strings.ToLower(t.Name()), "/", "_")
	admin := dbtest.OpenPostgres(t, pg.PostgresURL("postgres"))
	dbtest.Exec(t, admin, "CREATE DATABASE "+name+" ENCODING 'SQL_ASCII' TEMPLATE template0")
	t.Cleanup(func() { dbtest.Exec(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	shop := maria.MariaDBDatabase(t)
	pq := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	my := func(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
	mine := strings.ReplaceAll(oddTable, "😀", "é") // MariaDB's names are of three bytes a sign at most
	long := strings.Repeat("x", 300_000)
	return []awkward{
		{"PostgreSQL in SQL_ASCII", pg.PostgresURL(name), func(t *testing.T) *sql.DB {
			return dbtest.OpenPostgres(t, pg.PostgresURL(name)+"&default_query_exec_mode=simple_protocol&client_encoding=SQL_ASCII")
		}, pq(oddTable), []string{"CREATE EXTENSION pg_stat_statements", "CREATE EXTENSION hypopg", "CREATE TABLE " + pq(oddTable) + " (id int PRIMARY KEY, " + pq(oddColumn) + " int, note text)",
			"INSERT INTO " + pq(oddTable) + " SELECT i, i % 5000, E'caf\\xe9' FROM generate_series(1, 20000) i", "ANALYZE"},
			"SELECT note FROM " + pq(oddTable) + " WHERE " + pq(oddColumn) + " = 7",
			[]string{"SELECT 'caf\xe9 \xff\x1b[31m \u202e', pg_sleep(60)", "SELECT '" + long + "é', pg_sleep(60)", "SELECT pg_sleep(60) /* \xf0\x9f */"}},
		{"MariaDB", maria.MariaDBURL(shop), func(t *testing.T) *sql.DB { return maria.OpenMariaDB(t, shop) }, my(mine),
			[]string{"CREATE TABLE " + my(mine) + " (id INT PRIMARY KEY, " + my(oddColumn) + " INT, note VARCHAR(20) CHARACTER SET latin1)",
				"INSERT INTO " + my(mine) + " SELECT seq, seq % 5000, 'café' FROM seq_1_to_20000", "ANALYZE TABLE " + my(mine)},
			"SELECT note FROM " + my(mine) + " WHERE " + my(oddColumn) + " = 7",
			[]string{"SELECT 'caf\xe9 \xff\x1b[31m \u202e', SLEEP(60)", "SELECT '" + long + "é', SLEEP(60)", "SELECT SLEEP(60) /* \xf0\x9f */"}},
	}
}

// TestAwkwardNamesAndBytes goes the whole way with them: nothing that mltop
// prints is broken by what the server holds.
func TestAwkwardNamesAndBytes(t *testing.T) {
	for _, a := range awkwardDatabases(t) {
		t.Run(a.name, func(t *testing.T) {
			for _, text := range a.setup {
				dbtest.Exec(t, a.app(t), text)
			}
			d := newDeck(t)
			hot := d.queries("-- name: odd\n-- weight: 90000\n" + a.query + ";\n")
			isClean(t, d.says(exitOK, []string{"scan"}, "explain", a.url, a.query, "-d", "1s"))
			id := d.advised("create_index", a.url, "--queries", hot, "-d", "20s", "--allow-scratch")
			d.says(exitOK, nil, "apply", a.url, id, "--yes", "--interval", "100ms")
			isClean(t, d.says(exitOK, []string{"search"}, "explain", a.url, a.query, "-d", "1s"))
			isClean(t, d.says(exitOK, []string{"undone"}, "undo", a.url, "--last", "--yes", "--interval", "100ms"))
			a.sleep(t)
			until(t, looks(t, a.url), "its sessions", func(l seen) bool { return sleepers(l) == len(a.raw) })
			isClean(t, d.says(exitOK, nil, "snapshot", a.url, "--interval", "200ms"))
			if out := d.says(exitOK, nil, "snapshot", a.url, "--interval", "200ms", "-o", "json"); !utf8.ValidString(out) || !json.Valid([]byte(out)) {
				t.Errorf("no JSON in UTF-8: %.200q", out)
			}
		})
	}
}

// sleepers counts the sessions that run one of the raw statements.
func sleepers(l seen) (n int) {
	for _, s := range l.Database.Sessions {
		m, _ := s.(map[string]any)
		text, _ := m["statement"].(string)
		if strings.HasPrefix(text, "SELECT") {
			n++
		}
	}
	return n
}

// sleep runs the raw statements until the test ends.
func (a awkward) sleep(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(func() { cancel(); all.Wait() })
	for _, text := range a.raw {
		app := a.app(t)
		all.Go(func() {
			if _, err := app.ExecContext(ctx, text); err != nil && ctx.Err() == nil {
				t.Errorf("%.40q: %v", text, err)
			}
		})
	}
}

// isClean: what a terminal shows has no control signs, nor signs that turn the
// order of others, and is UTF-8.
func isClean(t *testing.T, out string) {
	t.Helper()
	for i, r := range out {
		if r == utf8.RuneError && !strings.HasPrefix(out[i:], "\uFFFD") || r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("a sign that a terminal obeys, %s, in %q", fmt.Sprintf("%U", r), out[max(0, i-40):min(len(out), i+40)])
			return
		}
	}
}
