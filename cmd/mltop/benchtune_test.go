package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestALoadTestTunesItsTarget: an application looks orders up by a column
// without an index. The test goes all the way: load, advice, apply, load,
// verdict, and undo.
func TestALoadTestTunesItsTarget(t *testing.T) {
	b := newBenchWorld(t)
	database := filepath.Join(b.home, "app.db")
	const fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO orders (customer, note) SELECT i, 'a note of some length for order ' || i FROM n"
	if err := runSQL(database, []string{"PRAGMA journal_mode = WAL", "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, note TEXT)"}); err != nil {
		t.Fatal(err)
	}
	d, err := sql.Open("sqlite3", database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(fill); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var note string
		if err := d.QueryRow("SELECT note FROM orders WHERE customer = 199999").Scan(&note); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, note)
	}))
	defer s.Close()
	queries := b.file("hot.sql", "-- weight: 36000\nSELECT note FROM orders WHERE customer = 199999;\n")
	code, out, errs := b.run(s.URL, "--rate", "10", "-d", "5s", "--attach", database, "--queries", queries, "--tune", "--yes", "-o", "json")
	var doc tuneDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Before == nil || doc.After == nil || len(doc.Applied) == 0 || doc.Before.ErrorCount+doc.After.ErrorCount != 0 {
		t.Fatalf("before %v, after %v, applied %v: %s", doc.Before != nil, doc.After != nil, doc.Applied, errs)
	}
	if strings.HasPrefix(doc.Verdict.Text, "slower: ") {
		t.Errorf("got %+v", doc.Verdict)
	}
	t.Log(doc.Verdict.Text) // how much faster depends on what else the machine does
	var indexes int
	if err := d.QueryRow("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders'").Scan(&indexes); err != nil || indexes == 0 {
		t.Errorf("%d indexes after tuning, %v", indexes, err)
	}
	if code, _, errs := b.run(s.URL, "--tune"); code != exitUsage || !strings.Contains(errs, "--attach") {
		t.Errorf("without a target: exit %d: %s", code, errs)
	}
}
