package mysql

import (
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// documented is a request log as MockLoop's documentation describes it for
// MySQL.
const documented = `CREATE TABLE request_logs (id BIGINT AUTO_INCREMENT PRIMARY KEY, timestamp DATETIME(6) NULL, method VARCHAR(10) NOT NULL, path TEXT NOT NULL,
	query_params JSON, headers JSON, response_status INT, response_time_ms DOUBLE, client_ip VARCHAR(45), server_id VARCHAR(20), is_admin BOOLEAN DEFAULT FALSE)`

func TestARequestTableIsFoundAndReadByItsKey(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, documented)
	dbtest.Exec(t, app, `INSERT INTO request_logs (timestamp, method, path, response_status, response_time_ms, server_id) VALUES
		('2026-11-22 06:00:00.25', 'GET', '/pet/1', 200, 12.5, 'a'), (NULL, 'POST', '/pet', NULL, NULL, NULL), ('2026-11-22 06:00:02', 'GET', '/x', 503, -1, 'b')`)
	e := open(t, s, name, Options{})
	tables, err := e.RequestTables(t.Context())
	if err != nil || len(tables) != 1 {
		t.Fatalf("got %+v, %v", tables, err)
	}
	table := tables[0]
	table.Group = "server_id"
	want := db.RequestTable{Schema: name, Name: "request_logs", ID: "id", Time: "timestamp", Method: "method", Path: "path", Status: "response_status",
		Duration: "response_time_ms", DurationUnit: time.Millisecond, DurationReal: true, ClientHost: "client_ip", IsAdmin: "is_admin", Group: "server_id"}
	if table != want {
		t.Errorf("got  %+v\nwant %+v", table, want)
	}
	if last, err := e.MaxRequestID(t.Context(), table); last != 3 || err != nil {
		t.Errorf("got %d, %v", last, err)
	}
	var rows []db.RequestRow
	err = e.ReadRequests(t.Context(), table, 0, 0, 10, true, func(r *db.RequestRow) error { rows = append(rows, *r); return nil })
	if err != nil || len(rows) != 3 {
		t.Fatalf("got %+v, %v", rows, err)
	}
	first := db.RequestRow{ID: 1, Time: time.Date(2026, 11, 22, 6, 0, 0, 250e6, time.UTC), Method: "GET", Path: "/pet/1", Status: 200, Duration: 12500 * time.Microsecond, HasDuration: true, Group: "a"}
	if rows[2] != first {
		t.Errorf("got  %+v\nwant %+v", rows[2], first)
	}
	if r := rows[1]; !r.Time.IsZero() || r.Status != 0 || r.HasDuration || rows[0].HasDuration {
		t.Errorf("what is not told is not marked: %+v, %+v", r, rows[0])
	}
	n := 0
	if err := e.ReadRequests(t.Context(), table, 1, 2, 10, false, func(r *db.RequestRow) error { n += int(r.ID); return nil }); n != 2 || err != nil {
		t.Errorf("between 1 and 2: got ids that sum to %d, %v", n, err)
	}
}
