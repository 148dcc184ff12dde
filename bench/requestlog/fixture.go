package main

import (
	"fmt"
	"os"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/mattn/go-sqlite3" // the driver that makes the table
)

// The table is MockLoop's; the rows end now, 1,000 a second, over 40 routes.
const logDDL = `CREATE TABLE request_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, type TEXT, method TEXT,
	path TEXT, status_code INTEGER, process_time_ms INTEGER, client_host TEXT, client_port TEXT, headers TEXT,
	query_params TEXT, request_body TEXT, response_body TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
	session_id TEXT, test_scenario TEXT, correlation_id TEXT, user_agent TEXT, response_size INTEGER,
	is_admin BOOLEAN DEFAULT 0)`

const logRows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
	INSERT INTO request_logs (timestamp, type, method, path, status_code, process_time_ms, client_host, headers, is_admin)
	SELECT strftime('%Y-%m-%dT%H:%M:%S', ?2 - (?1 - i) / 1000, 'unixepoch'), 'http',
	       CASE WHEN i % 7 = 0 THEN 'POST' ELSE 'GET' END,
	       '/api/v1/things' || (i * 7919 % 40) || '/' || (i * 104729 % 100000),
	       CASE WHEN i % 113 = 0 THEN 500 WHEN i % 31 = 0 THEN 404 ELSE 200 END,
	       i * 2654435761 % 97, '127.0.0.1', '{"host":"localhost","accept":"*/*"}', 0
	FROM n`

func makeLog(path string, rows int) error {
	d, err := sqlx.Open("sqlite3", "file:"+path+"?_journal=OFF&_sync=OFF")
	if err != nil {
		return err
	}
	defer d.Close()
	began := time.Now()
	for _, s := range []struct {
		sql  string
		args []any
	}{{logDDL, nil}, {logRows, []any{rows, time.Now().Unix()}},
		{"CREATE INDEX by_time ON request_logs(timestamp)", nil}} {
		if _, err := d.Exec(s.sql, s.args...); err != nil {
			return fmt.Errorf("make the table: %w", err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Printf("a table of %d rows, %.0f MB, made in %.0f s\n", rows, float64(info.Size())/(1<<20), time.Since(began).Seconds())
	return nil
}

// addRows adds the rows of so many milliseconds up to now.
func addRows(path string, n int) error {
	d, err := sqlx.Open("sqlite3", "file:"+path+"?_busy_timeout=5000&_sync=OFF")
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Exec(logRows, n, time.Now().Unix())
	return err
}

// write adds 1,000 rows a second, 100 at a time, until its parent ends it.
func write(path string) error {
	d, err := sqlx.Open("sqlite3", "file:"+path+"?_busy_timeout=5000&_sync=OFF")
	if err != nil {
		return err
	}
	defer d.Close()
	ended := make(chan struct{})
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // ends when the parent's pipe closes
		close(ended)
	}()
	tick := time.Tick(100 * time.Millisecond)
	for {
		select {
		case <-ended:
			return nil
		case <-tick:
			if _, err := d.Exec(logRows, 100, time.Now().Unix()); err != nil {
				return err
			}
		}
	}
}
