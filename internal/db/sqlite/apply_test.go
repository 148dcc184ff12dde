package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func background() context.Context { return context.Background() }

// dump is the schema and the statistics as text, as another program sees them.
func dump(t *testing.T, path string) string {
	t.Helper()
	d := dbtest.Open(t, path)
	text := firstColumn(t, d, "SELECT type||' '||name||' '||ifnull(sql,'') FROM sqlite_schema ORDER BY 1", "PRAGMA journal_mode", "PRAGMA integrity_check", "PRAGMA page_size")
	if strings.Contains(text, "table sqlite_stat1") {
		text += firstColumn(t, d, "SELECT tbl||' '||ifnull(idx,'')||' '||stat FROM sqlite_stat1 ORDER BY 1")
	}
	if err := d.Close(); err != nil { // in WAL mode an open one would be in the way
		t.Fatal(err)
	}
	return text
}

// firstColumn runs queries of one column.
func firstColumn(t *testing.T, d *sql.DB, queries ...string) string {
	t.Helper()
	var b strings.Builder
	for _, q := range queries {
		rows, err := d.Query(q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			b.WriteString(s + "\n")
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// lookAt fills in what a step must know of its object, as the advisor does.
func lookAt(t *testing.T, e *Engine, s db.Step) db.Step {
	t.Helper()
	now, err := e.State(background(), s.Object)
	if err != nil {
		t.Fatal(err)
	}
	s.Before = now
	return e.Complete(s)
}

// undoing is the step that takes s back.
func undoing(t *testing.T, e *Engine, s db.Step) db.Step {
	t.Helper()
	s.Do, s.Undo = s.Undo, s.Do
	now, err := e.State(background(), s.Object)
	if err != nil {
		t.Fatal(err)
	}
	s.Before, s.After = now, s.Before
	return s
}

func steps(t *testing.T, e *Engine) map[string]db.Step {
	t.Helper()
	s, err := e.Schema(background())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]db.Step{
		"an index is made":        e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}, {Name: "placed_at", Desc: true}}}),
		"an index is dropped":     e.DropIndex(*s.Index("products_category")),
		"statistics are gathered": e.Analyze(""),
		"the file turns to WAL":   e.SetSetting(db.Setting{Name: "journal_mode", Value: "delete", Scope: db.ScopeFile}, "wal"),
		"the page size changes":   e.SetSetting(db.Setting{Name: "page_size", Value: "4096", Scope: db.ScopeFile}, "8192"),
	}
}

func TestEveryChangeCanBeUndone(t *testing.T) {
	for _, analyzed := range []bool{false, true} {
		path := dbtest.Path(t)
		dbtest.Orders(t, path, 500)
		if analyzed {
			d := dbtest.Open(t, path)
			dbtest.Exec(t, d, "ANALYZE; INSERT INTO orders SELECT id + 1000000, customer_id, status, placed_at, total_cents FROM orders")
			d.Close()
		}
		e := open(t, path)
		for name, s := range steps(t, e) {
			before := dump(t, path)
			s = lookAt(t, e, s)
			done, err := e.Run(background(), s, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if dump(t, path) == before {
				t.Errorf("%s: nothing changed", name)
			}
			if s.After != "" && done.After != s.After || done.Before != s.Before {
				t.Errorf("%s: got %q → %q, want %q → %q", name, done.Before, done.After, s.Before, s.After)
			}
			if _, err := e.Run(background(), undoing(t, e, s), nil); err != nil {
				t.Fatalf("%s, undone: %v", name, err)
			}
			if got := dump(t, path); got != before {
				t.Errorf("%s, analyzed before %v: undo left\n%s\nbefore it was\n%s", name, analyzed, got, before)
			}
		}
	}
}

func TestAStepThatFindsSomethingElseChangesNothing(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 50)
	e := open(t, path)
	good := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}}})
	for name, spoil := range map[string]func(s *db.Step){
		"the object is not as before":       func(s *db.Step) { s.Before = "CREATE INDEX another" },
		"the object does not come out so":   func(s *db.Step) { s.After = "CREATE INDEX another" },
		"the second statement fails":        func(s *db.Step) { s.Do = append(s.Do, "CREATE INDEX x ON nothing(a)") },
		"the statement is not SQL":          func(s *db.Step) { s.Do = []string{"MAKE INDEX"} },
		"an index of that name is in place": func(s *db.Step) { s.Do = append(s.Do, s.Do[0]) },
	} {
		before := dump(t, path)
		s := good
		s.Do = append([]string{}, good.Do...)
		spoil(&s)
		_, err := e.Run(background(), s, nil)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := dump(t, path); got != before {
			t.Errorf("%s: left\n%s", name, got)
		}
	}
}

func TestACancelledBuildLeavesNothing(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 200_000)
	e := open(t, path)
	before := dump(t, path)
	ctx, cancel := context.WithCancel(background())
	s := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Expr: "upper(placed_at)||status||lower(placed_at)||hex(placed_at)"}}})
	_, err := e.Run(ctx, s, func(p db.Progress) {
		if strings.HasPrefix(p.Stage, "statement 1 of") {
			time.AfterFunc(5*time.Millisecond, cancel)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if got := dump(t, path); got != before {
		t.Errorf("left\n%s", got)
	}
}

func TestABuildThatHoldsTheLockTooLongIsRolledBack(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 200_000)
	e := open(t, path)
	before := dump(t, path)
	s := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Expr: "upper(placed_at)||status||lower(placed_at)||hex(placed_at)"}}})
	s.Blocks.Limit = 5 * time.Millisecond
	if _, err := e.Run(background(), s, nil); !errors.Is(err, errOverrun) {
		t.Errorf("got %v, want that it took too long", err)
	}
	if got := dump(t, path); got != before {
		t.Errorf("left\n%s", got)
	}
	s.Blocks.Limit = 10 * time.Minute
	if _, err := e.Run(background(), s, nil); err != nil {
		t.Errorf("with time enough: %v", err)
	}
}

func TestACommitWaitsForReadersNoLongerThanItMay(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 50)
	e := open(t, path)
	app := dbtest.Open(t, path)
	rows, err := app.Query("SELECT id FROM orders")
	if err != nil || !rows.Next() {
		t.Fatal("the reader does not read: ", err)
	}
	defer rows.Close()
	s := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}}})
	s.Blocks.Commit = 50 * time.Millisecond
	waits := 0
	_, err = e.Run(background(), s, func(p db.Progress) {
		if p.Stage == "waiting for a lock" {
			waits++
		}
	})
	// One attempt is longer than the commit may wait: there is no second one.
	if !errors.Is(err, db.ErrBusy) || waits != 0 {
		t.Errorf("got %v after %d more attempts, want that it is locked at the first", err, waits)
	}
}

func TestAFullDiskLeavesNothing(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 20_000)
	e := open(t, path)
	before := dump(t, path)
	e.o.prepare = func(c *conn) { // as SQLite reports a full disk
		if err := c.exec(background(), "PRAGMA max_page_count = 1"); err != nil {
			t.Error(err)
		}
	}
	_, err := e.Run(background(), e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "placed_at"}}}), nil)
	var f *FileError
	if !errors.As(err, &f) || f.Problem != ProblemFull {
		t.Errorf("got %v, want a disk full error", err)
	}
	if got := dump(t, path); got != before {
		t.Errorf("left\n%s", got)
	}
}

func TestALockedFileIsWaitedForAndThenLeftAlone(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 50)
	e, err := Open(background(), path, Options{WriteTimeout: 400 * time.Millisecond, BusyTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	app := dbtest.Open(t, path)
	dbtest.Exec(t, app, "BEGIN IMMEDIATE")
	s := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}}})
	waited := 0
	if _, err := e.Run(background(), s, func(p db.Progress) {
		if p.Stage == "waiting for a lock" {
			waited++
		}
	}); !errors.Is(err, db.ErrBusy) {
		t.Errorf("got %v, want that it is locked", err)
	}
	if waited == 0 {
		t.Error("it did not wait")
	}
	dbtest.Exec(t, app, "COMMIT")
	if _, err := e.Run(background(), s, nil); err != nil {
		t.Errorf("after the lock was gone: %v", err)
	}
}

func TestAnAnalyzeThatWouldEraseSamplesIsRefused(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 50)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, "ANALYZE; PRAGMA writable_schema = ON")
	dbtest.Exec(t, d, "INSERT INTO sqlite_schema SELECT 'table', 'sqlite_stat4', 'sqlite_stat4', rootpage, 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)' FROM sqlite_schema WHERE name = 'sqlite_stat1'; UPDATE sqlite_schema SET sql = 'CREATE TABLE other(a)', name='other', tbl_name='other', type='table' WHERE name = 'sqlite_stat1'; PRAGMA writable_schema = RESET")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path).Run(background(), db.Step{Object: db.Object{Kind: db.ObjectStatistics}, Do: []string{"ANALYZE"}, Mode: db.InTransaction}, nil); !errors.Is(err, errStat4) {
		t.Errorf("got %v, want that it is refused", err)
	}
}

// killEnv tells the test's binary to apply a step and die at a stage.
const killEnv = "MLTOP_TEST_KILL"

// applyAndDie is the other process of TestKilledAtEveryStage: it carries out
// one step and kills itself at the n-th fault point, as kill -9 would.
func applyAndDie(spec string) {
	var path, name string
	var at int
	fmt.Sscanf(spec, "%d %q %q", &at, &path, &name)
	n := 0
	e, err := Open(background(), path, Options{Fault: func(string) {
		if n++; n == at {
			p, _ := os.FindProcess(os.Getpid())
			p.Kill()
			select {}
		}
	}})
	t := &testing.T{}
	if err == nil {
		_, err = e.Run(background(), lookAt(t, e, steps(t, e)[name]), nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

func TestKilledAtEveryStageItIsBeforeOrAfter(t *testing.T) {
	for _, name := range []string{"an index is made", "an index is dropped", "statistics are gathered", "the file turns to WAL", "the page size changes"} {
		before, after, _ := applyKilledAt(t, name, 0)
		if before == after {
			t.Fatalf("%s: changed nothing", name)
		}
		at, alive := 0, false
		for !alive {
			at++
			var got string
			if _, got, alive = applyKilledAt(t, name, at); got != before && got != after {
				t.Errorf("%s, killed at %d: it is between:\n%s", name, at, got)
			}
		}
		if at < 4 { // opened, before, statement, after: there are at least these
			t.Errorf("%s: got %d stages only", name, at)
		}
	}
}

// applyKilledAt applies a step in another process that dies at a stage, lets
// SQLite recover, and answers what was and what is; alive is that it did not
// come to that stage.
func applyKilledAt(t *testing.T, name string, at int) (before, after string, alive bool) {
	t.Helper()
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 100)
	before = dump(t, path)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+fmt.Sprintf("%d %q %q", at, path, name))
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() > 0 {
		t.Fatalf("%s: the other process failed: %v %s", name, err, out)
	}
	e := open(t, path)
	if _, err := e.Run(background(), db.Step{Mode: db.InTransaction}, nil); err != nil {
		t.Fatalf("%s, killed at %d: not repaired: %v", name, at, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return before, dump(t, path), err == nil
}
