package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A scene is two sessions of an application's, one of which will wait for the
// other's lock.
type scene struct {
	url          string
	root, waiter *sql.DB
}

func scenes(t *testing.T) map[string]scene {
	t.Helper()
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	return map[string]scene{
		"PostgreSQL": {url: pgURL, root: dbtest.OpenPostgres(t, pgURL), waiter: dbtest.OpenPostgres(t, pgURL)},
		"MariaDB":    {url: maria.MariaDBURL(name), root: maria.OpenMariaDB(t, name), waiter: maria.OpenMariaDB(t, name)},
	}
}

// begin leaves a transaction open that holds a row, and has another session
// wait for it; the answer comes when that session goes on.
func (s scene) begin(t *testing.T) <-chan error {
	t.Helper()
	dbtest.Exec(t, s.root, "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)")
	dbtest.Exec(t, s.root, "INSERT INTO t VALUES (1, 1)")
	tx, err := s.root.Begin()
	if err == nil {
		_, err = tx.Exec("UPDATE t SET v = 2 WHERE id = 1")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() }) // its session may have been ended
	freed := make(chan error, 1)
	go func() {
		_, err := s.waiter.Exec("UPDATE t SET v = 3 WHERE id = 1")
		freed <- err
	}()
	return freed
}

// The blocking tree on a real server: the verdict names its root, and ending
// that with a journaled act frees who waits.
func TestABlockingTreeIsFoundAndResolved(t *testing.T) {
	for name, s := range scenes(t) {
		t.Run(name, func(t *testing.T) {
			freed := s.begin(t)
			b := attachBackend(t, s.url)
			root := awaitRoot(t, b)
			if !root.Idle || root.Transaction <= 0 {
				t.Errorf("the root: got %+v, want it idle in its transaction", root)
			}
			out, err := mltopIn(t.TempDir(), nil, "why", s.url).CombinedOutput()
			if want := fmt.Sprintf("1 session waits for session %s", root.ID); err != nil || !strings.Contains(string(out), want) || !strings.Contains(string(out), "idle in transaction") {
				t.Errorf("why: got %s, %v, want %q in it", out, err, want)
			}
			snapshot, err := mltopIn(t.TempDir(), nil, "snapshot", s.url, "--interval", "200ms", "-o", "json").Output()
			var doc snapshotDoc
			if err = errors.Join(err, json.Unmarshal(snapshot, &doc)); err != nil || doc.Database == nil {
				t.Fatalf("snapshot: %v", err)
			}
			for _, x := range doc.Database.Sessions {
				if x.ID == root.ID && (x.Blocks != 1 || !x.IdleInTransaction || x.TransactionSeconds == nil) || strings.Contains(x.Statement, "v = 3") {
					t.Errorf("snapshot: got %+v, want the root with one behind it, and no literal", x)
				}
			}
			list, err := b.engine.Sessions(t.Context())
			if paper := sessionText(t, b.engine.Name(), list, nil); err != nil || !strings.Contains(paper, "■ ") || !strings.Contains(paper, "└") {
				t.Errorf("the tree on paper: %v, got\n%s", err, paper)
			}
			act := advisor.Act{Kind: advisor.KindTerminate, Session: root}
			p, err := b.PreviewAct(t.Context(), act)
			if err != nil || p.Refused != "" || !strings.Contains(p.Recommendation.Scope, "it frees 1 waiting session") || len(p.Recommendation.Warnings) != 1 {
				t.Fatalf("the preview: got %+v, %v", p, err)
			}
			cancel, err := b.PreviewAct(t.Context(), advisor.Act{Kind: advisor.KindCancel, Session: root})
			if err != nil || !strings.Contains(cancel.Refused, "it runs nothing") {
				t.Errorf("cancelling it: got %q, %v, want it refused", cancel.Refused, err)
			}
			if e, err := b.Act(t.Context(), act); err != nil || e.State != advisor.EntryDone {
				t.Fatalf("terminate: got %+v, %v", e, err)
			}
			if err := <-freed; err != nil {
				t.Errorf("who waited: got %v, want it to go on", err)
			}
			if list, err := b.advisor.Journal(t.Context()); err != nil || len(list) != 1 || list[0].Kind != advisor.KindTerminate {
				t.Errorf("the journal: got %+v, %v", list, err)
			}
		})
	}
}

// Cancelling ends a statement, and its session lives on.
func TestCancellingAWaitingStatement(t *testing.T) {
	for name, s := range scenes(t) {
		t.Run(name, func(t *testing.T) {
			freed := s.begin(t)
			b := attachBackend(t, s.url)
			root := awaitRoot(t, b)
			waiter := awaitSession(t, b, func(x db.Session) bool { return len(x.BlockedBy) > 0 && x.BlockedBy[0] == root.ID })
			if _, err := b.Act(t.Context(), advisor.Act{Kind: advisor.KindCancel, Session: waiter}); err != nil {
				t.Fatal(err)
			}
			if err := <-freed; err == nil {
				t.Error("the statement went on")
			}
			if _, err := s.waiter.Exec("SELECT 1"); err != nil {
				t.Errorf("its session: got %v, want it alive", err)
			}
		})
	}
}

// attachBackend is the dashboard's own door to a server.
func attachBackend(t *testing.T, url string) *backend {
	t.Helper()
	w := newWorld()
	home := t.TempDir()
	w.getenv = func(name string) string { return map[string]string{"HOME": home}[name] }
	o, c := &options{}, &cobra.Command{Use: "attach"}
	o.register(c.Flags())
	if err := o.complete(w, c); err != nil {
		t.Fatal(err)
	}
	a, err := openApp(context.Background(), w, o, url, purpose{changes: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return newBackend(a)
}

func awaitRoot(t *testing.T, b *backend) db.Session {
	t.Helper()
	return awaitSession(t, b, func(x db.Session) bool { return x.Idle })
}

// lookEvery lets InnoDB gather its transactions anew: it answers from memory
// whoever asks again within a tenth of a second
// (mariadb.com/kb/en/information-schema-innodb_trx-table).
const lookEvery = 250 * time.Millisecond

// awaitSession looks until a session is as it should be while another waits.
func awaitSession(t *testing.T, b *backend, is func(db.Session) bool) db.Session {
	t.Helper()
	var list []db.Session
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(lookEvery) {
		var err error
		if list, err = b.engine.Sessions(t.Context()); err != nil {
			t.Fatal(err)
		}
		oldest := time.Duration(0)
		for _, x := range list {
			if len(x.BlockedBy) > 0 {
				oldest = max(oldest, x.For)
			}
		}
		for _, x := range list {
			if is(x) && oldest > 1100*time.Millisecond { // a wait worth a verdict
				return x
			}
		}
	}
	t.Fatalf("no such session: %+v", list)
	return db.Session{}
}
