package demo

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"
)

// A dialect is how one engine says what the demo has to say. All texts but
// those in it are written in SQLite's words.
type dialect struct {
	words     *strings.Replacer // what the engine says in place of SQLite's words
	numbered  bool              // placeholders are $1, $2, …
	returning bool              // an insert itself answers the new row's id

	requestLog string // makes the request log
	insertLog  string // adds a row to it
	logRow     func(entry) []any
	settle     []string // behind the rows: what is dear to check row by row, and statistics

	begin   string   // opens a transaction that writes
	durable []string // makes commits wait for the disk, where they did not yet
	session string   // asks for the session's own id; "" where there are none
}

// say writes a text in the engine's words.
func (d *dialect) say(text string) string {
	text = d.words.Replace(text)
	if !d.numbered {
		return text
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(text, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		text = after
	}
}

// insert adds a row and answers its id.
func (d *dialect) insert(ctx context.Context, conn *sql.Conn, text string, args ...any) (id int64, err error) {
	if d.returning {
		err = conn.QueryRowContext(ctx, d.say(text)+" RETURNING id", args...).Scan(&id)
		return id, err
	}
	res, err := conn.ExecContext(ctx, d.say(text), args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// An entry is what the shop knows of a request that it has answered.
type entry struct {
	at                time.Time
	took              time.Duration
	method, path      string
	status, size      int
	query, headers    string // JSON
	host, port, agent string
}

func sqliteDialect() *dialect {
	return &dialect{
		words:      strings.NewReplacer(),
		requestLog: requestLogSQL,
		insertLog:  insertLogSQL,
		logRow:     sqliteLogRow,
		begin:      "BEGIN IMMEDIATE",
		durable:    []string{"PRAGMA synchronous=FULL"},
	}
}

const insertLogSQL = `INSERT INTO request_logs(timestamp, type, method, path, status_code, process_time_ms,
client_host, client_port, headers, query_params, created_at, user_agent, response_size, is_admin)
VALUES (?, 'handled', ?, ?, ?, ?, ?, ?, ?, ?, datetime('now'), ?, ?, 0)`

// sqliteLogRow cuts the handler's time to whole milliseconds, as MockLoop
// does.
func sqliteLogRow(e entry) []any {
	return []any{e.at.UTC().Format(timestampLayout), e.method, e.path, e.status, e.took.Milliseconds(),
		e.host, e.port, e.headers, e.query, e.agent, e.size}
}
