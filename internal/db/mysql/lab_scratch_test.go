package mysql

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// The child is this test's own binary: it is killed while it has a sample.
func TestWhatAKilledProcessLeavesIsDroppedByTheNext(t *testing.T) {
	if url := os.Getenv("MLTOP_TEST_LAB"); url != "" {
		holdALab(t, url)
	}
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.FillOrdersMariaDB(t, app, 200)
	child := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	child.Env = append(os.Environ(), "MLTOP_TEST_LAB="+s.MariaDBURL(name), "TMPDIR="+t.TempDir()) // it is killed: what it has there goes with this test
	out := must(child.StdoutPipe())(t)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the child said %q", lines.Text())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	left := scratches(t, app)
	if len(left) != 1 {
		t.Fatalf("it left %v", left)
	}
	const stranger, alike = "mltop_scratch_notes", "mltop_scratch_1700000000_0123abcd"
	for _, db := range []string{stranger, alike} {
		dbtest.Exec(t, app, "CREATE DATABASE "+db)
		dbtest.Exec(t, app, "CREATE TABLE "+db+".mine (a INT)")
		t.Cleanup(func() { dbtest.Exec(t, app, "DROP DATABASE "+db) })
	}
	e := open(t, s, name, Options{})
	drop := "DROP DATABASE `" + left[0] + "`"
	for end := time.Now().Add(time.Minute); !slices.Contains(must(e.LeftScratch(t.Context()))(t), drop); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("what it left is never named: %v", must(e.LeftScratch(t.Context()))(t))
		}
	}
	waitUntilGone(t, e, left[0])
	living := labOf(t, e, 0)
	if named := strings.Join(must(e.LeftScratch(t.Context()))(t), " "); strings.Contains(named, living.name) || strings.Contains(named, stranger) || strings.Contains(named, alike) || strings.Contains(named, left[0]) {
		t.Errorf("named as left: %s", named)
	}
	if dropped := must(open(t, s, name, Options{}).SweepScratch(t.Context()))(t); len(dropped) != 0 {
		t.Errorf("dropped %v", dropped)
	}
	want := []string{alike, living.name, stranger}
	slices.Sort(want)
	if now := scratches(t, app); !slices.Equal(now, want) {
		t.Errorf("there are %v, want %v", now, want)
	}
	if _, err := living.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders"}, db.Config{}); err != nil {
		t.Errorf("the living one: %v", err)
	}
}

// waitUntilGone sweeps until the server has noticed that the killed process is
// gone.
func waitUntilGone(t *testing.T, e *Engine, name string) {
	t.Helper()
	for {
		dropped, err := e.SweepScratch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(dropped, name) {
			return
		}
	}
}

func holdALab(t *testing.T, url string) {
	e := must(Open(t.Context(), url, Options{Home: t.TempDir()}))(t)
	must(e.Lab(t.Context(), db.LabOptions{AllowScratch: true}, nil))(t)
	os.Stdout.WriteString("ready\n")
	select {}
}

func TestWithoutTheRightToASampleThereAreRulesOnly(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 20, Options{})
	_, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	var no db.NotMeasured
	if !errors.As(err, &no) || !strings.Contains(err.Error(), "rules only") || !strings.Contains(err.Error(), "--allow-scratch") {
		t.Errorf("got %v", err)
	}
	dbtest.Exec(t, app, "DROP USER IF EXISTS watcher@localhost") // of another test: it would come first
	dbtest.Exec(t, app, "CREATE OR REPLACE USER watcher")
	dbtest.Exec(t, app, "GRANT SELECT ON "+e.server.Database+".* TO watcher")
	w := must(Open(t.Context(), strings.Replace(s.MariaDBURL(e.server.Database), "root", "watcher", 1), Options{Home: t.TempDir()}))(t)
	t.Cleanup(func() { w.Close() })
	_, err = w.Lab(t.Context(), db.LabOptions{AllowScratch: true}, nil)
	var denied *ServerError
	if !errors.As(err, &denied) || denied.Problem != ProblemDenied || !strings.Contains(err.Error(), "GRANT ALL ON `mltop\\_scratch\\_%`.* TO 'watcher'@'%'") {
		t.Errorf("got %v", err)
	}
	dbtest.Exec(t, app, "GRANT ALL ON `mltop\\_scratch\\_%`.* TO watcher")
	labOf(t, w, 0)
}

func TestAServerThatMustNotHoldASampleIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		facts scratchFacts
		says  string
	}{
		{"one alone", scratchFacts{}, ""},
		{"its binary log is off for us", scratchFacts{logBin: true, unlogged: true}, ""},
		{"it would go to the replicas", scratchFacts{logBin: true}, "GRANT BINLOG ADMIN ON *.* TO 'joe'@'%' "},
		{"a node of a cluster", scratchFacts{cluster: true}, "cluster"},
		{"a replica", scratchFacts{readOnly: true}, "read only"},
	} {
		err := refuseScratch(target{account: "'joe'@'%'"}, c.facts)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestTablesOfAllKeysAreSampled(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	const rows = " FROM seq_1_to_20000"
	for _, ddl := range []string{
		"CREATE TABLE by_uuid (id CHAR(36) PRIMARY KEY, v INT, pad CHAR(60) DEFAULT 'x')",
		"CREATE TABLE by_two (tenant VARCHAR(10), id INT, v INT, pad CHAR(60) DEFAULT 'x', PRIMARY KEY (tenant, id))",
		"CREATE TABLE by_snowflake (id BIGINT UNSIGNED PRIMARY KEY, v INT, pad CHAR(60) DEFAULT 'x')",
		"CREATE TABLE by_nothing (v INT, pad CHAR(60) DEFAULT 'x')",
		"CREATE TABLE odd (id INT PRIMARY KEY AUTO_INCREMENT, v INT, twice INT AS (v * 2) STORED, day DATE, `a``b` VARBINARY(20))",
		"CREATE TABLE boss (id INT PRIMARY KEY, v INT, boss INT, FOREIGN KEY (boss) REFERENCES boss(id))",
		"CREATE TABLE empty (id INT PRIMARY KEY, v INT)",
		"INSERT INTO by_uuid (id, v) SELECT UUID_v4, seq FROM (SELECT CONCAT_WS('-', LEFT(MD5(seq), 8), MID(MD5(seq), 9, 4), MID(MD5(seq), 13, 4), MID(MD5(seq), 17, 4), RIGHT(MD5(seq), 12)) AS UUID_v4, seq" + rows + ") s",
		"INSERT INTO by_two (tenant, id, v) SELECT CONCAT('t', seq % 300), seq, seq" + rows,
		"INSERT INTO by_snowflake (id, v) SELECT 1500000000000000000 + seq * 4194304 + seq % 4096, seq" + rows,
		"INSERT INTO by_nothing (v) SELECT seq" + rows,
		"SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
		"INSERT INTO odd (id, v, day, `a``b`) VALUES (0, 1, '0000-00-00', x'00ff')",
		"INSERT INTO boss VALUES (1, 1, NULL), (2, 2, 1)",
		"ANALYZE TABLE by_uuid, by_two, by_snowflake, by_nothing",
	} {
		dbtest.Exec(t, app, ddl)
	}
	l := labOf(t, open(t, s, name, Options{}), 1<<20)
	for table, whole := range map[string]bool{"by_uuid": false, "by_two": false, "by_snowflake": false, "by_nothing": false, "odd": true, "boss": true, "empty": true} {
		r := l.Find(table)
		if r == nil {
			t.Errorf("%s is not there: %s", table, l.Out[table])
			continue
		}
		if r.Complete != whole || !whole && (r.Rows < 500 || r.Rows > 15000 || r.Full < 15000 || r.Full > 25000 || r.Why == "") {
			t.Errorf("%s: %.0f rows of %.0f, whole: %v, %q", table, r.Rows, r.Full, r.Complete, r.Why)
		}
		// Drawn from all over the table, the mean of v is that of all rows.
		mean := valueOf(texts(t, app, "SELECT COALESCE(AVG(v), 10000) FROM "+l.name+"."+table)[0])
		if !whole && table != "by_nothing" && (mean < 7000 || mean > 13000) {
			t.Errorf("%s: the mean is %.0f, that of all rows 10000", table, mean)
		}
	}
	if got := texts(t, app, "SELECT CONCAT(id, ' ', twice, ' ', day, ' ', HEX(`a``b`)) FROM "+l.name+".odd"); !slices.Equal(got, []string{"0 2 0000-00-00 00FF"}) {
		t.Errorf("odd: got %v", got)
	}
}

func TestAQuestionThatIsGivenUpDoesNotEndTheLab(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 200, Options{})
	l := labOf(t, e, 0)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Cost(gone, db.Query{SQL: "SELECT * FROM orders"}, db.Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, sql := range []string{
		"SELECT * FROM mysql.proc", "SELECT SLEEP(9)", "SELECT GET_LOCK('x', 1)", "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
	} {
		if got, err := l.Cost(t.Context(), db.Query{SQL: sql}, db.Config{}); err == nil {
			t.Errorf("%s was tried: %+v", sql, got)
		}
	}
	for _, sql := range []string{"SELECT * FROM orders WHERE customer_id = ? AND status = ?", "SELECT name FROM open_orders WHERE id = 20", "INSERT INTO products (id, sku) VALUES (999999, 'x')", "SELECT * FROM orders WHERE id = 3 FOR UPDATE", "SELECT * FROM orders WHERE placed_at > ? ORDER BY id LIMIT ?"} {
		if got, err := l.Cost(t.Context(), db.Query{SQL: sql}, db.Config{}); err != nil || got.Value < 1 {
			t.Errorf("%s: %+v, %v", sql, got, err)
		}
	}
}
