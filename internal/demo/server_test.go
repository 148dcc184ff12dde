package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// startServer starts a real server process on a folder of its own.
func startServer(t *testing.T) (*Server, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := StartServer(context.Background(), as("server", "MLTOP_DEMO_DIR="+dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("the server ended with %v, want no error", err)
		}
	})
	return s, dir
}

func startClient(t *testing.T, s *Server, views float64) *Load {
	t.Helper()
	c, err := StartClient(context.Background(), as("client", "MLTOP_DEMO_ADDRESS="+s.Ready.Address, fmt.Sprintf("MLTOP_DEMO_VIEWS=%v", views)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Errorf("the client ended with %v, want no error", err)
		}
	})
	return c
}

func TestTheServerEndsAndRemovesItsFilesWhenThePipeCloses(t *testing.T) {
	s, dir := startServer(t)
	if _, err := os.Stat(s.Ready.Database); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatalf("the server ended with %v, want no error", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("files left behind: %v (%v), want none", left, err)
	}
}

func TestTheNextDemoSweepsAwayWhatAKilledOneLeft(t *testing.T) {
	dir := t.TempDir()
	dead, err := StartServer(context.Background(), as("server", "MLTOP_DEMO_DIR="+dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = dead.Stop() // says that it was killed
	if _, err := os.Stat(dead.Ready.Database); err != nil {
		t.Fatalf("a killed server cannot clean up, but: %v", err)
	}
	used, err := openWorkdir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	next, err := openWorkdir(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(dead.Ready.Database)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the dead demo's folder: %v, want it gone", err)
	}
	if _, err := os.Stat(used.path); err != nil {
		t.Errorf("the folder of a demo that runs: %v, want it untouched", err)
	}
	if err := errors.Join(used.close(), next.close()); err != nil {
		t.Error(err)
	}
}

func TestTheServerDiesWithAParentThatIsKilled(t *testing.T) {
	dir := t.TempDir()
	parent, err := startChild(t.Context(), as("parent", "MLTOP_DEMO_DIR="+dir))
	if err != nil {
		t.Fatal(err)
	}
	var grandchild Ready
	if err := parent.read(&grandchild); err != nil {
		t.Fatal(err)
	}
	if err := parent.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Stop() // says that it was killed
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left, err := os.ReadDir(dir)
		if err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("20 s after its parent was killed the server has still %v (%v)", left, err)
		}
	}
	if conn, err := net.Dial("tcp", grandchild.Address); err == nil {
		conn.Close()
		t.Errorf("the server still listens on %s", grandchild.Address)
	}
}

func TestTheServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	s, err := StartServer(ctx, as("server", "MLTOP_DEMO_DIR="+dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v, want no error", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files left behind: %v (%v), want none", left, err)
	}
}

func TestTheRequestLogHasMockLoopsShape(t *testing.T) {
	s, _ := startServer(t)
	db := openOne(fileDSN(s.Ready.Database, "?mode=ro&_busy_timeout=5000"), nil)
	defer db.Close()
	want := strings.Fields(`id INTEGER timestamp TEXT type TEXT method TEXT path TEXT status_code INTEGER
		process_time_ms INTEGER client_host TEXT client_port TEXT headers TEXT query_params TEXT
		request_body TEXT response_body TEXT created_at TIMESTAMP session_id TEXT test_scenario TEXT
		correlation_id TEXT user_agent TEXT response_size INTEGER is_admin BOOLEAN`)
	got := strings.Fields(column(t, db, `SELECT group_concat(name || ' ' || type, ' ') FROM pragma_table_info('request_logs')`))
	if !slices.Equal(got, want) {
		t.Errorf("columns\n got %v\nwant %v", got, want)
	}
	for query, want := range map[string]string{
		`SELECT count(*) FROM pragma_index_list('request_logs')`: "0",
		`PRAGMA journal_mode`: "delete",
		`SELECT count(*) FROM request_logs WHERE timestamp LIKE '____-__-__T__:__:__' AND created_at LIKE '____-__-__ __:__:__'`: column(t, db, `SELECT count(*) FROM request_logs`),
	} {
		if got := column(t, db, query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}

// column is the first column of a query's only row.
func column(t *testing.T, db *sql.DB, query string, args ...any) (text string) {
	t.Helper()
	if err := db.QueryRowContext(context.Background(), query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

func TestTheClientMeasuresEachPhaseApart(t *testing.T) {
	s, _ := startServer(t)
	c := startClient(t, s, s.Ready.ViewsPerSecond)
	db := openOne(fileDSN(s.Ready.Database, "?_busy_timeout=5000"), nil)
	defer db.Close()
	awaitCalls(t, c, 20)
	first, err := c.Phase("second")
	if err != nil {
		t.Fatal(err)
	}
	if first.Phase != "start" || !first.Complete || first.Route(StarRoute).Count < 20 {
		t.Errorf("first phase %+v, want it named start, complete, with 20 calls of %s or more", first, StarRoute)
	}
	awaitCalls(t, c, 1)
	last, err := c.Phase("end")
	if err != nil {
		t.Fatal(err)
	}
	if last.Phase != "second" || !last.Complete || last.Route(StarRoute).Count < 1 {
		t.Errorf("second phase %+v, want it named second, complete, with a call of %s", last, StarRoute)
	}
	var calls int
	for _, r := range append(first.Routes, last.Routes...) {
		calls += r.Count
		if r.Errors != 0 {
			t.Errorf("%s: %d errors, want none", r.Route, r.Errors)
		}
	}
	if column(t, db, `SELECT count(*) >= ? FROM request_logs WHERE id > ?`, calls, HistoryRows) != "1" {
		t.Errorf("the log has %s rows of the load, want the %d that the client counted, or more",
			column(t, db, `SELECT count(*) FROM request_logs WHERE id > ?`, HistoryRows), calls)
	}
}

// awaitCalls waits until the client has measured n calls of the star route.
func awaitCalls(t *testing.T, c *Load, n int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r, err := c.Report()
		if err != nil {
			t.Fatal(err)
		}
		if r.Route(StarRoute).Count >= n {
			return
		}
	}
	t.Fatalf("the client did not get %d answers of %s in 30 s", n, StarRoute)
}
