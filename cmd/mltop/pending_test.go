package main

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/sqltext"
)

// pendingUndoOn applies an index in the backend's journal, and has its undo
// refused for now, with little patience.
func pendingUndoOn(t *testing.T, b *backend, url string, lock func()) advisor.Entry {
	t.Helper()
	e, err := mysql.Open(t.Context(), url, mysql.Options{WriteTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a := advisor.New(e, b.advisorConfig())
	defer a.Close()
	text := "SELECT id FROM orders WHERE total_cents = 17"
	got, err := a.Advise(t.Context(), advisor.Workload{Statements: []advisor.Statement{{
		Name: "it", Fingerprint: sqltext.Fingerprint(text), Text: sqltext.Normalize(text), Examples: []string{text}, CallsPerHour: 3600, MeanSeconds: math.NaN(),
	}}}, advisor.Seen{RequestsPerSecond: math.NaN(), CommitsPerRequest: math.NaN()}, advisor.Options{Duration: 30 * time.Second, Seed: 1, AllowScratch: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Recommendations {
		if r.Kind != advisor.KindCreateIndex {
			continue
		}
		entry, err := a.Apply(t.Context(), r.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		lock()
		time.Sleep(1100 * time.Millisecond) // a younger transaction is not worth naming
		if entry, err = a.Undo(t.Context(), entry.ID, nil); entry.State != advisor.EntryUndoPending {
			t.Fatalf("got %+v, %v; want the undo pending", entry, err)
		}
		if said := entry.Note + " " + err.Error(); strings.Contains(said, "file") || strings.Contains(said, "process") || !strings.Contains(said, "held by pid ") {
			t.Errorf("a server's lock: got %q, want the session that holds it", said)
		}
		return entry
	}
	t.Fatalf("no index was advised: %+v", got)
	return advisor.Entry{}
}

// A reading of the journal is short, and a transaction may be long: what is
// pending stays so until it is undone.
func TestAPendingUndoOutlivesALockThatIsHeldForLong(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.FillOrdersMariaDB(t, app, 20_000)
	b := attachBackend(t, s.MariaDBURL(name))
	defer b.settling.end()
	tx, err := app.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	entry := pendingUndoOn(t, b, s.MariaDBURL(name), func() {
		if _, err := tx.Exec("SELECT count(*) FROM orders"); err != nil {
			t.Fatal(err)
		}
	})
	const reading = 300 * time.Millisecond
	look := func() advisor.Entry {
		ctx, cancel := context.WithTimeout(t.Context(), reading)
		defer cancel()
		list, err := b.Journal(ctx)
		if len(list) > 0 && list[0].ID == entry.ID {
			entry = list[0]
		} else if ctx.Err() == nil { // a slow machine may read nothing in that time
			t.Fatalf("the journal: got %+v, %v", list, err)
		}
		return entry
	}
	for end := time.Now().Add(10 * reading); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if e := look(); e.State != advisor.EntryUndoPending && e.State != advisor.EntryUndoing {
			t.Fatalf("behind the lock: got %s (%s), want it pending or tried", e.State, e.Note)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	state := advisor.EntryState("")
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end) && state != advisor.EntryUndone; time.Sleep(50 * time.Millisecond) {
		state = look().State
	}
	if state != advisor.EntryUndone {
		t.Errorf("with the lock gone: got %s, want it undone", state)
	}
}
