package advisor_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// putOff keeps steps as advice, and writes it as a script.
func putOff(t *testing.T, e db.Engine, c db.Change) string {
	t.Helper()
	a := advisor.New(e, advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: "test", ReadOnly: true})
	t.Cleanup(func() { _ = a.Close() })
	r := advisor.Recommendation{ID: "0123abcd", Kind: advisor.KindCreateIndex, Title: "Create index on t(a)", Change: c,
		Reason: "it reads all of t\nand more; DROP TABLE t"} // a reason is never a statement
	if err := a.Save(t.Context(), []advisor.Recommendation{r}); err != nil {
		t.Fatal(err)
	}
	p, err := a.Preview(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return p.Script("shop (db1)", time.Now())
}

// runScript runs a script with the client that it names itself.
func runScript(t *testing.T, text string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "later.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, client, _ := strings.Cut(text, "run it with:\n")
	client, _, _ = strings.Cut(strings.TrimPrefix(client, "--     "), "\n")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(client, "FILE", file)).CombinedOutput()
	if err != nil {
		t.Logf("%s: %s", client, bytes.TrimSpace(out))
	}
	return err
}

// undoOf is the script with its other half: what takes it back is a comment.
func undoOf(t *testing.T, text string) string {
	t.Helper()
	head, tail, ok := strings.Cut(text, "\n-- undo:\n")
	if !ok {
		t.Fatalf("nothing takes it back:\n%s", text)
	}
	var b strings.Builder
	for _, line := range strings.Split(head, "\n") {
		if strings.HasPrefix(line, "-- ") || strings.HasPrefix(line, "SET ") || strings.HasPrefix(line, ".") || strings.HasPrefix(line, `\set`) {
			b.WriteString(line + "\n")
		}
	}
	return b.String() + strings.ReplaceAll("\n"+tail, "\n-- ", "\n")
}

// What is put off is run by somebody else, another day, with the database's own
// client: as it is, and so is what takes it back.
func TestAPostponedChangeIsAScriptThatTheClientRuns(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name, file := pg.PostgresDatabase(t), maria.MariaDBDatabase(t), filepath.Join(t.TempDir(), "it's a shop.db")
	ddl := "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, ä INTEGER)"
	app := maria.OpenMariaDB(t, name)
	dbtest.Exec(t, app, ddl)
	dbtest.Exec(t, app, "CREATE INDEX old ON t (a)")
	dbtest.Exec(t, dbtest.OpenPostgres(t, pgURL), ddl)
	dbtest.Exec(t, dbtest.Open(t, file), ddl)
	my := opened(mysql.Open(t.Context(), maria.MariaDBURL(name), mysql.Options{}))(t)
	for product, e := range map[string]db.Engine{
		"PostgreSQL": opened(postgres.Open(t.Context(), pgURL, postgres.Options{}))(t),
		"MariaDB":    my,
		"SQLite":     opened(sqlite.Open(t.Context(), file, sqlite.Options{}))(t),
	} {
		steps := map[string]db.Step{"an index": e.CreateIndex(db.Index{Name: "mltop_t_ä", Table: "t", Columns: []db.IndexColumn{{Name: "ä"}}})}
		if product == "MariaDB" {
			steps["hiding one"], _ = my.(db.IndexHider).HideIndex(db.Index{Name: "old", Table: "t", Columns: []db.IndexColumn{{Name: "a"}}})
		}
		for what, step := range steps {
			t.Run(product+", "+what, func(t *testing.T) { postponed(t, e, step) })
		}
	}
}

func postponed(t *testing.T, e db.Engine, step db.Step) {
	before, err := e.State(t.Context(), step.Object)
	if err != nil {
		t.Fatal(err)
	}
	text := putOff(t, e, db.Change{step})
	for _, want := range []string{"-- Create index on t(a) ", "for shop (db1): nothing was changed", "it reads all of t and more; DROP TABLE t"} {
		if !strings.Contains(strings.ReplaceAll(text, "\n-- ", " "), want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if !strings.Contains(text, "lock_timeout") && !strings.Contains(text, "lock_wait_timeout = 1") && !strings.Contains(text, ".timeout 5000") {
		t.Errorf("its waits for locks have no bound:\n%s", text)
	}
	if now, err := e.State(t.Context(), step.Object); err != nil || now != before {
		t.Fatalf("writing it changed something: %q, %v", now, err)
	}
	if err := runScript(t, text); err != nil {
		t.Fatalf("it does not run: %v\n%s", err, text)
	}
	if now, err := e.State(t.Context(), step.Object); err != nil || step.After != "" && now != step.After || now == before {
		t.Errorf("behind it: got %q, %v, want %q", now, err, step.After)
	}
	if err := runScript(t, text); err == nil && step.Before == db.Absent {
		t.Error("a second run is no error: nobody would learn that it stands already")
	}
	if err := runScript(t, undoOf(t, text)); err != nil {
		t.Fatalf("what takes it back does not run: %v\n%s", err, undoOf(t, text))
	}
	if now, err := e.State(t.Context(), step.Object); err != nil || now != before {
		t.Errorf("taken back: got %q, %v, want %q", now, err, before)
	}
}
