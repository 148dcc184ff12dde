package requestlog

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"mltop/internal/db"
)

func openTable(t *testing.T, ddl string) *sql.DB {
	t.Helper()
	d, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, err := d.Exec(ddl); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAssumedWorkloadRunsOnTheTable(t *testing.T) {
	whole := mockloop
	whole.ClientHost, whole.Group, whole.Size = "client host", "order", "response_size"
	byStatus := mockloop
	byStatus.Group = byStatus.Status
	few := db.RequestTable{Name: "request_logs", ID: "id", Path: "path", Status: "status_code"}
	for _, c := range []struct {
		name  string
		table db.RequestTable
		want  int
	}{{"every column, with odd names", whole, 10}, {"few columns", few, 1}, {"grouped by the status", byStatus, 9}} {
		t.Run(c.name, func(t *testing.T) {
			d := openTable(t, `CREATE TABLE request_logs (id INTEGER PRIMARY KEY, timestamp TEXT, method TEXT, path TEXT,
				status_code INTEGER, process_time_ms INTEGER, "client host" TEXT, "order" TEXT, response_size INTEGER)`)
			groups := AssumedWorkload(c.table, 3600)
			if len(groups) != c.want || groups[0].Weight != 3600 || !strings.HasPrefix(groups[0].Text, "INSERT INTO") {
				t.Errorf("got %d statements, want %d, the insert first", len(groups), c.want)
			}
			for _, g := range groups {
				if _, err := d.ExecContext(context.Background(), g.Example); err != nil {
					t.Errorf("%s: %v in %s", g.Name, err, g.Example)
				}
				if names, _, _ := strings.Cut(g.Text, "VALUES"); strings.Count(names, c.table.Status) > 1 && strings.HasPrefix(names, "INSERT") {
					t.Errorf("%s names a column twice: %s", g.Name, g.Text)
				}
				if strings.Contains(g.Text, "'") || strings.Contains(g.Example, "$") {
					t.Errorf("%s: text %s, example %s", g.Name, g.Text, g.Example)
				}
			}
		})
	}
}
