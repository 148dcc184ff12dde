package postgres

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// Who has only read, and is at rest, is in the way of a drop and not of a build.
func TestThePreviewNamesThoseAloneWhomTheChangeWaitsFor(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	dbtest.Exec(t, app, "CREATE INDEX passing ON orders (total_cents)")
	e := open(t, url)
	schema, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	build, drop := e.CreateIndex(byStatus()), e.DropIndex(*schema.Index("passing"))
	for _, row := range []struct {
		name, begins, does string
		build, drop        bool
	}{
		{"one who has read the table", "BEGIN", "SELECT count(*) FROM orders", false, true},
		{"one who has written it", "BEGIN", "UPDATE orders SET status = 'held' WHERE id = 1", true, true},
		{"one who has used another table", "BEGIN", "SELECT count(*) FROM pg_class", false, false},
		{"one who keeps an old view of all tables", "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM pg_class", true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			session, err := app.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			for _, text := range []string{row.begins, row.does} {
				if _, err := session.ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(1100 * time.Millisecond) // a younger one is not worth naming
			for _, c := range []struct {
				what string
				step db.Step
				want bool
			}{{"the build", build, row.build}, {"the drop", drop, row.drop}} {
				c.step.Before, err = e.State(t.Context(), c.step.Object)
				if err != nil {
					t.Fatal(err)
				}
				if behind := e.Complete(c.step).Blocks.Behind; strings.Contains(behind, "it will wait for pid") != c.want {
					t.Errorf("%s says %q; want somebody named: %v", c.what, behind, c.want)
				}
			}
			if _, err := session.ExecContext(t.Context(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
		})
	}
}
