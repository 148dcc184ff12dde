package postgres

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// TestNobodyQueuesBehindAChangeThatWaits: while a change waits for a
// transaction that does not end, a third session reads and writes the table
// under the lock timeout of one of our attempts: it would fail behind us.
func TestNobodyQueuesBehindAChangeThatWaits(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	dbtest.Exec(t, app, "CREATE INDEX passing ON orders (total_cents)")
	e := impatient(t, url)
	schema, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		step db.Step
		old  bool // the transaction is older than one attempt when the change begins
	}{
		{"a build, behind a young transaction", e.CreateIndex(byStatus()), false},
		{"a build, behind an old one", e.CreateIndex(byStatus()), true},
		{"a drop, behind a young transaction", e.DropIndex(*schema.Index("passing")), false},
		{"a drop, behind an old one", e.DropIndex(*schema.Index("passing")), true},
		{"statistics", e.Analyze("orders"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			held := hold(t, dbtest.OpenPostgres(t, url))
			if row.old {
				time.Sleep(200 * time.Millisecond)
			}
			before, err := e.State(t.Context(), row.step.Object)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { _, err := e.Run(t.Context(), row.step, nil); ended <- err }()
			err, looks := readsOn(t, dbtest.OpenPostgres(t, url), ended)
			release(t, held)
			if row.step.Object.Kind == db.ObjectStatistics {
				return // it waits for no writer, and gathers
			}
			if err == nil || looks == 0 {
				t.Errorf("it came to its end behind a transaction that stands, after %d looks", looks)
			}
			if now, err := e.State(t.Context(), row.step.Object); now != before || err != nil {
				t.Errorf("it left %q, %v, want %q", now, err, before)
			}
		})
	}
}

// readsOn reads and writes until the change has ended.
func readsOn(t *testing.T, third *sql.DB, ended <-chan error) (err error, looks int) {
	t.Helper()
	dbtest.Exec(t, third, "SET lock_timeout = '2s'") // many times what a change may wait at a time
	for {
		select {
		case err := <-ended:
			return err, looks
		default:
		}
		for _, text := range []string{"SELECT count(*) FROM orders", "UPDATE orders SET status = 'third' WHERE id = 2", fmt.Sprintf("INSERT INTO orders (id, customer_id, status, placed_at) VALUES (%d, 1, 'x', now()) ON CONFLICT DO NOTHING", 100_000+looks)} {
			if _, err := third.Exec(text); err != nil {
				t.Fatalf("%s, behind the change: %v", text, err)
			}
		}
		looks++
	}
}
