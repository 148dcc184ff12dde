package postgres

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A question that meets a lock costs its part of the picture, with the reason,
// and only while the lock lasts.
func TestALockedCatalogIsSaidAndPasses(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	for _, row := range []struct {
		name, lock string
		part       bool // the rest is still read
		missing    string
	}{
		{"what all of it needs", "LOCK TABLE pg_tablespace IN ACCESS EXCLUSIVE MODE; LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE", false, "connections_used"},
		{"what only the sizes need", "LOCK TABLE pg_namespace IN ACCESS EXCLUSIVE MODE", true, "file_bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := open(t, url)
			must(e.Stats(t.Context()))(t)
			e.mu.Lock()
			e.slow.at = time.Time{}
			e.mu.Unlock()
			tx, err := app.Begin()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(row.lock); err != nil {
				t.Fatal(err)
			}
			st := must(e.Stats(t.Context()))(t)
			if st.Unread || row.part != (st.ConnectionsUsed != nil) {
				t.Errorf("behind the lock: got %+v", st)
			}
			if !strings.Contains(st.Missing[row.missing], "locked by another session") || !row.part && st.State != string(ProblemLocked) {
				t.Errorf("behind the lock: got state %q, %v", st.State, st.Missing)
			}
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			e.mu.Lock()
			e.slow.at = time.Time{} // a minute later
			e.mu.Unlock()
			if st := must(e.Stats(t.Context()))(t); st.State != "ok" || st.Unread || st.ConnectionsUsed == nil || st.Missing[row.missing] != "" || st.FileBytes == nil {
				t.Errorf("behind it: got %+v", st)
			}
		})
	}
}
