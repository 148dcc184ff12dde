package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// whyNoStatements says what is missing of pg_stat_statements here; only where
// the server has not loaded it does that take a restart.
func (k *knowledge) whyNoStatements() string {
	switch {
	case k.unreadable:
		return whyUnreadable
	case k.loaded:
		return "pg_stat_statements is loaded, but not made in this database: CREATE EXTENSION pg_stat_statements"
	}
	return "pg_stat_statements is not there: add it to shared_preload_libraries, restart, and CREATE EXTENSION pg_stat_statements"
}

// StatementTotals answers what pg_stat_statements has counted in this
// database; without it, or where a log was given, what the server's log holds;
// else what is seen by looking at the sessions.
func (e *Engine) StatementTotals(ctx context.Context) (db.StatementTotals, error) {
	if e.o.SlowLog != "" {
		out, err := e.loggedTotals(ctx)
		return e.besideLog(ctx, out, err)
	}
	out, missing, err := e.countedTotals(ctx)
	if err != nil || missing == "" {
		e.activity.End()
		return out, err
	}
	out, err = e.loggedTotals(ctx)
	var not db.NotMeasured
	if errors.As(err, &not) {
		if not.Why != whyNotLogged {
			missing += ". The server logs statements, but " + not.Why
		}
		return e.activity.Totals(ctx, missing)
	}
	return e.besideLog(ctx, out, err)
}

// besideLog adds to a log with a threshold what is seen by looking at the
// sessions: what is too fast for the log.
func (e *Engine) besideLog(ctx context.Context, out db.StatementTotals, err error) (db.StatementTotals, error) {
	if err != nil || out.Least == 0 {
		e.activity.End()
		return out, err
	}
	out.Running = e.activity.Running(ctx)
	if seen, err := e.activity.Totals(ctx, whyShort(out.Source)); err == nil { // else the log is all there is
		out.Beside = &seen
	}
	return out, nil
}

// whyShort says how to have the calls counted that a log leaves out.
func whyShort(source string) string {
	return "the " + source + " has none of the short ones; ALTER SYSTEM SET log_min_duration_statement = 0; SELECT pg_reload_conf() has it hold all"
}

// countedTotals are those of pg_stat_statements; missing says why there are
// none.
func (e *Engine) countedTotals(ctx context.Context) (out db.StatementTotals, missing string, err error) {
	err = e.glanceAgain(ctx, "statements", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		if missing = ""; k.statements == "" {
			missing = k.whyNoStatements()
			return nil
		}
		out, err = e.readStatements(ctx, c, k)
		return err
	})
	if err != nil {
		e.forgetFacts() // the extension may have been dropped
	}
	out.At = time.Now()
	return out, missing, err
}

// A statementRow is one entry without its text: the texts lie in a file that
// the server would read whole each time.
type statementRow struct {
	Key      string     `db:"key"`
	QueryID  string     `db:"queryid"`
	Calls    float64    `db:"calls"`
	Total    float64    `db:"total"`
	Min      float64    `db:"least"`
	Max      float64    `db:"most"`
	Rows     float64    `db:"n"`
	Spilled  float64    `db:"spilled"`
	SinceRow *time.Time `db:"since"`
	Evicted  *float64   `db:"evicted"` // of all entries, beside each
	Reset    *time.Time `db:"reset"`
}

// keySQL tells entries apart.
func keySQL(k *knowledge) string {
	key := "userid::text || '/' || dbid::text || '/' || coalesce(queryid::text, '')"
	if k.has("pg_stat_statements", "toplevel") {
		key += " || CASE WHEN toplevel THEN '' ELSE '/inner' END"
	}
	return key
}

const ofThisDatabase = " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"

func (e *Engine) readStatements(ctx context.Context, c *conn, k *knowledge) (db.StatementTotals, error) {
	out := db.StatementTotals{Source: "pg_stat_statements", Missing: map[string]string{
		"rows_examined": "PostgreSQL counts pages, not the rows a statement looked at", "p95_seconds": "pg_stat_statements keeps no quantiles",
		"errors": "pg_stat_statements counts only statements that succeed",
	}}
	since := "NULL::timestamptz"
	if k.has("pg_stat_statements", "stats_since") {
		since = "stats_since"
	}
	info, from := k.statementInfo()
	var rows []statementRow
	err := c.list(ctx, &rows, "SELECT /* mltop */ "+keySQL(k)+" AS key, coalesce(queryid::text, '') AS queryid, calls::float8 AS calls, total_exec_time AS total, min_exec_time AS least, max_exec_time AS most, rows::float8 AS n, temp_blks_written::float8 * $1::int AS spilled, "+
		since+" AS since, "+info+" FROM "+k.statements+".pg_stat_statements(false)"+from+ofThisDatabase, k.block)
	if err != nil {
		return out, fmt.Errorf("read pg_stat_statements: %w", err)
	}
	if err := e.readTexts(ctx, c, k, rows); err != nil {
		return out, err
	}
	e.ownIDs, e.builds, e.learnt = []string{}, nil, float64(len(rows))
	for _, r := range rows {
		if buildsIndex(e.texts[r.Key]) {
			e.builds = append(e.builds, r.QueryID)
		}
		switch text := asked(e.texts[r.Key]); {
		case ownText(text):
			e.ownIDs = append(e.ownIDs, r.QueryID)
		case text != "":
			out.List = append(out.List, r.total(text))
		}
	}
	err = addStatementInfo(ctx, c, k, rows, &out)
	e.countedSince = out.Since
	return out, err
}

// buildsIndex tells statements that sort in maintenance_work_mem: what they
// write to temporary files says nothing of the application's sorts.
func buildsIndex(text string) bool {
	words := strings.Fields(strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(text, mark, ""))))
	if len(words) < 3 {
		return false
	}
	switch words[0] {
	case "CREATE":
		return words[1] == "INDEX" || words[2] == "INDEX" // UNIQUE
	case "REINDEX", "ALTER", "CLUSTER":
		return true
	}
	return false
}

func (r statementRow) total(text string) db.StatementTotal {
	const ms = 1e-3
	least, most := r.Min*ms, r.Max*ms
	t := db.StatementTotal{Key: r.Key, Text: text, Calls: &r.Calls, Seconds: r.Total * ms, MinSeconds: &least, MaxSeconds: &most, Rows: &r.Rows, TempFiles: &r.Spilled}
	if r.SinceRow != nil {
		t.Since = *r.SinceRow
	}
	return t
}

// readTexts fetches the texts of entries that are new, and forgets those of
// entries that are gone.
func (e *Engine) readTexts(ctx context.Context, c *conn, k *knowledge, rows []statementRow) error {
	kept, wanted := make(map[string]string, len(rows)), []string{}
	for _, r := range rows {
		if text, ok := e.texts[r.Key]; ok {
			kept[r.Key] = text
		} else {
			wanted = append(wanted, r.QueryID)
		}
	}
	e.texts = kept
	if len(wanted) == 0 {
		return nil
	}
	ids, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	var texts []struct {
		Key  string `db:"key"`
		Text string `db:"text"`
	}
	err = c.list(ctx, &texts, "SELECT /* mltop */ "+keySQL(k)+" AS key, coalesce(query, '') AS text FROM "+k.statements+".pg_stat_statements"+ofThisDatabase+
		" AND queryid::text IN (SELECT jsonb_array_elements_text($1::jsonb))", string(ids))
	if err != nil {
		return fmt.Errorf("read the statements' texts: %w", err)
	}
	for _, t := range texts {
		kept[t.Key] = t.Text
		if t.Text == insufficient {
			kept[t.Key] = "" // another user's; shown to pg_read_all_stats
		}
	}
	return nil
}

// statementInfo asks for since when statements are counted, and how many
// entries had to make room, beside the entries: one question less at each look.
func (k *knowledge) statementInfo() (columns, from string) {
	if !k.has("pg_stat_statements_info", "dealloc") { // before version 14
		return "NULL::float8 AS evicted, NULL::timestamptz AS reset", ""
	}
	return "i.dealloc::float8 AS evicted, i.stats_reset AS reset", ", " + k.statements + ".pg_stat_statements_info i"
}

// addStatementInfo takes it from an entry; where there is none yet it asks.
func addStatementInfo(ctx context.Context, c *conn, k *knowledge, rows []statementRow, out *db.StatementTotals) error {
	var evicted *float64
	var reset *time.Time
	switch {
	case !k.has("pg_stat_statements_info", "dealloc"):
		out.Missing["evicted"] = "PostgreSQL counts evictions since version 14"
	case len(rows) > 0:
		evicted, reset = rows[0].Evicted, rows[0].Reset
	default:
		columns, from := k.statementInfo()
		if err := c.row(ctx, "SELECT /* mltop */ "+columns+" FROM "+strings.TrimPrefix(from, ", "), nil, &evicted, &reset); err != nil {
			return err
		}
	}
	out.Evicted = evicted
	if reset != nil {
		out.Since = *reset
	}
	return nil
}
