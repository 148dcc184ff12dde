package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
)

const (
	// rowsPerInsert and queuedInserts: with fewer the calls cost more than
	// the rows, with more nothing is won (measured).
	rowsPerInsert = 40
	queuedInserts = 64

	timestampLayout = "2006-01-02T15:04:05" // of request_logs.timestamp
	sampleAgent     = "shop-app/3.2"
)

// A row's small numbers travel in one integer, since binding a value costs as
// much as storing one: method, status, milliseconds, port and size.
const (
	shiftStatus = 1
	shiftMillis = shiftStatus + 10
	shiftPort   = shiftMillis + 17
	shiftSize   = shiftPort + 16
)

const historyInto = `INSERT INTO request_logs(timestamp, type, method, path, status_code, process_time_ms,
client_host, client_port, headers, query_params, created_at, user_agent, response_size, is_admin) VALUES `

// historyRow is the row that takes its values from the places t (timestamp),
// t+1 (path), t+2 (query parameters) and t+3 (the packed numbers).
func historyRow(t int) string {
	return fmt.Sprintf(`(?%[1]d, 'handled', CASE ?%[4]d & 1 WHEN 0 THEN 'GET' ELSE 'POST' END, ?%[2]d,
		?%[4]d >> %[5]d & 1023, ?%[4]d >> %[6]d & 131071, '127.0.0.1', ?%[4]d >> %[7]d & 65535,
		'%[9]s', ?%[3]d, replace(?%[1]d, 'T', ' '), '%[10]s', ?%[4]d >> %[8]d, 0)`,
		t, t+1, t+2, t+3, shiftStatus, shiftMillis, shiftPort, shiftSize, sampleHeaders, sampleAgent)
}

// sampleHeaders are what the sample's client sends.
const sampleHeaders = `{"accept": "application/json"}`

// values are the row's values in the order of historyRow.
func (r logged) values(into []driver.Value, stamp string) []driver.Value {
	packed := int64(r.status)<<shiftStatus | min(r.took.Milliseconds(), 1<<17-1)<<shiftMillis |
		int64(r.port)<<shiftPort | int64(r.size)<<shiftSize
	query := "{}"
	switch r.call.route {
	case routeCheckout:
		packed |= 1
	case routeSearch:
		query = `{"q": "` + words()[r.call.id] + `"}`
	}
	return append(into, stamp, r.call.path(), query, packed)
}

// batches sends the values of rowsPerInsert rows at a time, oldest first.
func (p past) batches(ctx context.Context, out chan<- []driver.Value) {
	defer close(out)
	const width = 4 * rowsPerInsert
	batch := make([]driver.Value, 0, width)
	var second int64
	var stamp string
	p.each(func(r logged) {
		if s := r.at.Unix(); s != second {
			second, stamp = s, r.at.UTC().Format(timestampLayout)
		}
		if batch = r.values(batch, stamp); len(batch) == width {
			select {
			case out <- batch:
			case <-ctx.Done():
			}
			batch = make([]driver.Value, 0, width)
		}
	})
}

// writeHistory makes the request log and its rows on conn.
func writeHistory(ctx context.Context, conn *sql.Conn, p past) error {
	if err := run(ctx, conn, requestLogSQL); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan []driver.Value, queuedInserts)
	go p.batches(ctx, batches)
	err := conn.Raw(func(c any) error { return insertBatches(ctx, c.(driver.Conn), batches) })
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// insertBatches is below database/sql, which would double its time.
func insertBatches(ctx context.Context, conn driver.Conn, batches <-chan []driver.Value) error {
	rows := make([]string, rowsPerInsert)
	for i := range rows {
		rows[i] = historyRow(4*i + 1)
	}
	stmt, err := conn.Prepare(historyInto + strings.Join(rows, ","))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for batch := range batches {
		//lint:ignore SA1019 the context form costs a goroutine a call
		if _, err := stmt.Exec(batch); err != nil { //nolint:staticcheck // the same for golangci-lint
			return err
		}
	}
	return ctx.Err()
}

// roundedEnd is the end of a history that is written now: whole seconds, as
// the log has them.
func roundedEnd(now time.Time) time.Time { return now.UTC().Truncate(time.Second) }
