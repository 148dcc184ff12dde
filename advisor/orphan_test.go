package advisor_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// TestABuildThatOutlivesAKilledMltopIsEndedBeforeItsEntryIsJudged kills mltop
// while the server builds: the index is not there yet, and would arrive behind
// an entry that calls itself failed.
func TestABuildThatOutlivesAKilledMltopIsEndedBeforeItsEntryIsJudged(t *testing.T) {
	for _, row := range []struct {
		name  string
		scene func(*testing.T) serverScene
	}{
		{"MariaDB builds an index on a column that it computes slowly", slowOnMariaDB},
		{"PostgreSQL builds an index on a slow expression", slowOnPostgres},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := row.scene(t)
			state, a := s.prepare(t, "apply")
			s.killWhileBuilding(t, state)
			e := settledBy(t, a)
			if n := s.builds(t); n != 0 || e.state != advisor.EntryFailed || !strings.Contains(e.note, "nothing of it is left") {
				t.Errorf("the journal says %q (%s), and %d builds run still", e.state, e.note, n)
			}
			if got := s.look(); got != "0\n" {
				t.Errorf("indexes that are left: %s", got)
			}
		})
	}
}

func slowIndex(ix db.Index) func(*testing.T, db.Engine) db.Step {
	return func(_ *testing.T, e db.Engine) db.Step {
		s := e.CreateIndex(ix)
		s.Before = db.Absent
		return s
	}
}

func slowOnMariaDB(t *testing.T) serverScene {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, "CREATE TABLE slow (id INT PRIMARY KEY, v CHAR(64) AS (SHA2(REPEAT(id, 300000), 256)) VIRTUAL)")
	dbtest.Exec(t, app, "INSERT INTO slow (id) SELECT seq FROM seq_100001_to_120000")
	return serverScene{s.MariaDBURL(name), func() string {
		return ask(t, app, "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY'")
	}, only(slowIndex(db.Index{Table: "slow", Name: "mltop_slow_v", Columns: []db.IndexColumn{{Name: "v"}}}))}
}

func slowOnPostgres(t *testing.T) serverScene {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "CREATE FUNCTION late(i integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'begin perform pg_sleep(0.05); return i; end'")
	dbtest.Exec(t, app, "CREATE TABLE slow (a integer)")
	dbtest.Exec(t, app, "INSERT INTO slow SELECT generate_series(1, 1000)")
	step := slowIndex(db.Index{Table: "slow", Name: "mltop_slow_late", Columns: []db.IndexColumn{{Expr: "late(a)"}}})
	return serverScene{url, func() string {
		return ask(t, app, "SELECT count(*) FROM pg_indexes WHERE tablename = 'slow'")
	}, only(func(t *testing.T, e db.Engine) db.Step {
		s := step(t, e)
		s.After = "CREATE INDEX mltop_slow_late ON slow USING btree (late(a))" // as the server writes it down
		return s
	})}
}

// killWhileBuilding ends an mltop that applies, once the server builds.
func (s serverScene) killWhileBuilding(t *testing.T, state string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|apply|0", killEnv, s.target, state))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); s.builds(t) == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the build did not begin")
		}
	}
	time.Sleep(300 * time.Millisecond) // it is in the midst of it
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if s.builds(t) != 1 {
		t.Fatal("the build ended with its client: nothing is tested")
	}
}

// builds counts the sessions that build an index of mltop's.
func (s serverScene) builds(t *testing.T) (n int) {
	t.Helper()
	e, err := openAny(t.Context(), s.target)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	list, err := e.Sessions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if strings.Contains(x.Statement, "INDEX") && strings.Contains(x.Statement, "mltop_slow") && !strings.HasPrefix(x.State, "idle") {
			n++
		}
	}
	return n
}
