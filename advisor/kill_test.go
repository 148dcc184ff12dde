package advisor_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// The test binary is started again as the process that is killed.
const killEnv = "MLTOP_TEST_KILL"

func TestMain(m *testing.M) {
	if spec := os.Getenv(killEnv); spec != "" {
		os.Exit(victim(strings.Split(spec, "|")))
	}
	os.Exit(m.Run())
}

// victim does one act and kills itself at the nth fault point; at n = 0 it
// lives and prints the points.
func victim(spec []string) int {
	file, state, verb, n := spec[0], spec[1], spec[2], 0
	at, _ := strconv.Atoi(spec[3])
	fault := func(point string) {
		if n++; n == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		if at == 0 {
			fmt.Println(point)
		}
	}
	ctx := context.Background()
	e, err := openAny(ctx, file)
	if err == nil {
		a := advisor.New(e, advisor.Config{StateDir: state, Path: file, MaxBlock: -1, Fault: fault})
		if verb == "apply" {
			_, err = a.Apply(ctx, "x", nil)
		} else {
			_, err = a.Undo(ctx, "1", nil)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// openAny opens a file, or a server by its address.
func openAny(ctx context.Context, target string) (db.Engine, error) {
	switch scheme, _, _ := strings.Cut(target, "://"); scheme {
	case "postgres":
		return postgres.Open(ctx, target, postgres.Options{})
	case "mariadb":
		return mysql.Open(ctx, target, mysql.Options{})
	}
	return sqlite.Open(ctx, target, sqlite.Options{})
}

func runVictim(t *testing.T, file, state, verb string, at int) (points []string, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%s|%d", killEnv, file, state, verb, at))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return nil, true
	}
	if err != nil {
		t.Fatalf("%s: %v: %s", verb, err, errs.String())
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n"), false
}

// dump is what an application would see of the schema, the statistics and the
// settings of a file.
func dump(t *testing.T, file string) string {
	t.Helper()
	d := dbtest.Open(t, file)
	defer d.Close()
	text := column(t, d, "SELECT type||' '||name||' '||ifnull(sql,'') FROM sqlite_schema ORDER BY 1") +
		column(t, d, "PRAGMA journal_mode") + column(t, d, "PRAGMA integrity_check")
	if strings.Contains(text, "sqlite_stat1") {
		text += column(t, d, "SELECT tbl||' '||ifnull(idx,'')||' '||stat FROM sqlite_stat1 ORDER BY 1")
	}
	return text
}

func column(t *testing.T, d *sql.DB, query string) string {
	t.Helper()
	rows, err := d.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		b.WriteString(s + "\n")
	}
	return b.String()
}

func openEngine(t *testing.T, file string) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(context.Background(), file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// changes are the kinds of changes that mltop makes.
func changes(e *sqlite.Engine, s *db.Schema) map[string]db.Change {
	create := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}}})
	return map[string]db.Change{
		"an index is made":        {create},
		"an index is dropped":     {e.DropIndex(*s.Index("products_category"))},
		"statistics are gathered": {e.Analyze("")},
		"the file turns to WAL":   {e.SetSetting(db.Setting{Name: "journal_mode", Value: "delete", Scope: db.ScopeFile}, "wal")},
		"two steps in one change": {create, e.DropIndex(*s.Index("products_category"))},
		// The statistics move with both indexes.
		"three steps in one change": {create, e.Analyze(""), e.DropIndex(*s.Index("products_category"))},
	}
}

// A scene is a fresh file with one piece of advice in the state folder.
type scene struct {
	file, state string
	template    []byte
	change      string
}

func newScene(t *testing.T, template []byte, change string) scene {
	t.Helper()
	dir := t.TempDir()
	s := scene{filepath.Join(dir, "app.db"), filepath.Join(dir, "state"), template, change}
	if err := os.WriteFile(s.file, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// advisor opens the scene's file and, once, saves its advice.
func (s scene) advisor(t *testing.T) (*advisor.Advisor, func()) {
	t.Helper()
	ctx := context.Background()
	e := openEngine(t, s.file)
	a := advisor.New(e, advisor.Config{StateDir: s.state, Path: s.file, MaxBlock: -1})
	schema, err := e.Schema(ctx)
	if err == nil && !exists(s.state) {
		change := changes(e, schema)[s.change]
		err = a.Save(ctx, []advisor.Recommendation{{ID: "x", Title: s.change, Kind: advisor.KindCreateIndex, Change: change}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, func() { _ = a.Close(); _ = e.Close() }
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestKilledAtEveryPoint kills mltop behind every fsync and every statement
// of an apply and of an undo, and finds the file before or after, never
// between, and the journal in accord with it.
func TestKilledAtEveryPoint(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 60)
	execOn(t, path, "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE idx IS NOT NULL")
	template, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{"an index is made", "an index is dropped", "statistics are gathered", "the file turns to WAL", "three steps in one change"} {
		for _, verb := range []string{"apply", "undo"} {
			t.Run(change+", "+verb, func(t *testing.T) { killEverywhere(t, template, change, verb) })
		}
	}
}

func killEverywhere(t *testing.T, template []byte, change, verb string) {
	before, after, points := wholeRun(t, template, change, verb)
	if before == after || len(points) < 8 {
		t.Fatalf("%d fault points, changed: %v", len(points), before != after)
	}
	t.Logf("%d fault points", len(points))
	for i, point := range points {
		s := newScene(t, template, change)
		s.prepare(t, verb)
		if _, killed := runVictim(t, s.file, s.state, verb, i+1); !killed {
			t.Fatalf("point %d (%s): not killed", i+1, point)
		}
		e := s.recover(t)
		got := dump(t, s.file)
		where := map[string]string{before: "before", after: "after"}[got]
		agrees := where == "before" && e.agrees(verb, false) || where == "after" && e.agrees(verb, true)
		if where == "" || !agrees {
			t.Errorf("killed at %d (%s): the file is %q and the journal says %q (%s)\n%s", i+1, point, where, e.state, e.note, got)
		}
	}
}

// settled is the entry after recovery.
type settled struct {
	state advisor.EntryState
	note  string
}

// agrees reports whether the journal says what the file says: changed by the
// verb or not.
func (s settled) agrees(verb string, changed bool) bool {
	switch {
	case verb == "apply" && changed:
		return s.state == advisor.EntryApplied
	case verb == "apply":
		return s.state == advisor.EntryFailed || s.state == ""
	case changed:
		return s.state == advisor.EntryUndone
	}
	return s.state == advisor.EntryApplied || s.state == advisor.EntryUndoPending
}

// wholeRun lets the victim live: the file before and after, and the points.
func wholeRun(t *testing.T, template []byte, change, verb string) (before, after string, points []string) {
	s := newScene(t, template, change)
	s.prepare(t, verb)
	before = dump(t, s.file)
	points, _ = runVictim(t, s.file, s.state, verb, 0)
	return before, dump(t, s.file), points
}

// prepare saves the advice, and applies it where it is to be undone.
func (s scene) prepare(t *testing.T, verb string) {
	t.Helper()
	a, done := s.advisor(t)
	defer done()
	if verb == "undo" {
		if _, err := a.Apply(context.Background(), "x", nil); err != nil {
			t.Fatal(err)
		}
	}
}

// recover is the next start of mltop.
func (s scene) recover(t *testing.T) settled {
	t.Helper()
	ctx := context.Background()
	a, done := s.advisor(t)
	defer done()
	if _, err := a.Recover(ctx); err != nil {
		t.Fatalf("recover: %v", err)
	}
	list, err := a.Journal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		return settled{}
	}
	return settled{list[0].State, list[0].Note}
}
