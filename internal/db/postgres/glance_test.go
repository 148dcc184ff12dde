package postgres

import (
	"strings"
	"sync"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A tape keeps what mltop sends.
type tape struct {
	mu   sync.Mutex
	sent []string
}

func (r *tape) take(l db.Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, l.SQL)
}

// cut answers what was sent since the last cut.
func (r *tape) cut() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := strings.Join(r.sent, "\n")
	r.sent = nil
	return out
}

func taped(t *testing.T, url string) (*Engine, *tape) {
	t.Helper()
	r := &tape{}
	e, err := Open(t.Context(), url, Options{Trace: r.take})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, r
}

// The texts of statements lie in a file that the server reads whole each time:
// they are asked for when a statement is new, and not again.
func TestTextsAreReadOnce(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	e, sent := taped(t, url)
	texts := func() bool {
		sent.cut()
		must(e.StatementTotals(t.Context()))(t)
		return strings.Contains(sent.cut(), "coalesce(query, '') AS text")
	}
	if !texts() {
		t.Error("the first look reads no texts")
	}
	texts() // those of what the first look itself asked
	if texts() {
		t.Error("texts are read again where nothing is new")
	}
	dbtest.Exec(t, app, "SELECT count(*), max(id) FROM orders WHERE total_cents < 17")
	if !texts() {
		t.Error("the text of a new statement is not read")
	}
}

// In a session of our own a glance is the question alone; behind a pooler it
// has a transaction with its limits around it.
func TestAGlanceBehindAPoolerHasItsOwnLimits(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 50)
	for _, row := range []struct {
		name            string
		pooled, guarded bool
		around          bool
	}{{"our own session", false, true, false}, {"a pooler is told by its number", true, true, true}, {"a pooler that takes no settings", false, false, true}} {
		e, sent := taped(t, url)
		e.pooled.Store(row.pooled)
		e.guarded = row.guarded
		sent.cut()
		if _, err := e.Sessions(t.Context()); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		got := sent.cut()
		if around := strings.HasPrefix(got, "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL statement_timeout") && strings.HasSuffix(got, "COMMIT"); around != row.around {
			t.Errorf("%s: got\n%s", row.name, got)
		}
	}
}

func TestTheSumsOfStatementsComeWithTheTotals(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	e, sent := taped(t, url)
	look := func() (st db.Stats, apart bool) {
		sent.cut()
		st = must(e.Stats(t.Context()))(t)
		return st, strings.Contains("\n"+sent.cut(), "\nSELECT /* mltop */ coalesce(sum(calls)")
	}
	before, apart := look()
	for range 5 { // it learns which statements are ours
		before, apart = look()
	}
	if apart {
		t.Error("they are asked for by themselves")
	}
	for range 7 {
		dbtest.Exec(t, app, "SELECT count(*) FROM orders WHERE total_cents > 11")
	}
	after, _ := look()
	if before.Queries == nil || after.Queries == nil || *after.Queries < *before.Queries+7 {
		t.Fatalf("got %v statements after %v, want 7 more", after.Queries, before.Queries)
	}
	e.known.apart = true
	alone, apart := look()
	if !apart || alone.Queries == nil || *alone.Queries < *after.Queries || alone.Commits == nil || *alone.Commits < *after.Commits {
		t.Errorf("asked one by one: got %v statements and %v commits, want no fewer than %v and %v", alone.Queries, alone.Commits, *after.Queries, *after.Commits)
	}
}

// What a look sends when nothing is new: one statement each for totals with the
// sums of statements, sessions, statements and requests.
func TestALookAtRestIsOneStatement(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	dbtest.Exec(t, app, "CREATE TABLE request_logs (id bigserial PRIMARY KEY, timestamp timestamptz, method text, path text, response_status int, response_time_ms float8)")
	dbtest.Exec(t, app, "INSERT INTO request_logs (timestamp, method, path, response_status, response_time_ms) VALUES (now(), 'GET', '/a', 200, 3)")
	e, sent := taped(t, url)
	table := must(e.RequestTables(t.Context()))(t)[0]
	got := 0
	looks := []struct {
		name string
		look func() error
	}{
		{"totals", func() error { _, err := e.Stats(t.Context()); return err }},
		{"sessions", func() error { _, err := e.Sessions(t.Context()); return err }},
		{"statements", func() error { _, err := e.StatementTotals(t.Context()); return err }},
		{"requests", func() error {
			return e.ReadRequests(t.Context(), table, 0, 0, 10, false, func(*db.RequestRow) error { got++; return nil })
		}},
	}
	for i := range 4 { // the first ones learn which statements are ours
		for _, l := range looks {
			sent.cut()
			if err := l.look(); err != nil {
				t.Fatalf("%s: %v", l.name, err)
			}
			sent.mu.Lock()
			n := len(sent.sent)
			sent.mu.Unlock()
			if i == 3 && n != 1 {
				t.Errorf("%s: %d statements, want 1:\n%s", l.name, n, sent.cut())
			}
		}
	}
	if got != 4 {
		t.Errorf("%d requests were read, want the one at each of 4 looks", got)
	}
}
