package postgres

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// logSettings are what a server says of what it writes to its log.
type logSettings struct {
	Least     float64 `db:"least"`      // log_min_duration_statement in ms; below 0: off
	Sampled   float64 `db:"sampled"`    // log_min_duration_sample in ms; below 0: off
	Rate      float64 `db:"rate"`       // log_statement_sample_rate
	Whole     float64 `db:"whole"`      // log_transaction_sample_rate
	Durations bool    `db:"durations"`  // log_duration
	Texts     string  `db:"texts"`      // log_statement
	Prefix    string  `db:"prefix"`     // log_line_prefix
	Zone      string  `db:"zone"`       // log_timezone
	To        string  `db:"written_to"` // log_destination
	Collected bool    `db:"collected"`  // logging_collector
	Cluster   string  `db:"cluster"`    // cluster_name
	Folder    string  `db:"folder"`     // data_directory; "" where we may not know it
	MayAsk    bool    `db:"may_ask"`    // for pg_current_logfile
	PID       int64   `db:"pid"`
	Database  string  `db:"attached"`
}

// logSettingsSQL: pg_settings leaves out what a user may not know, where
// current_setting would be an error; and our session has values of its own,
// which a reset would undo.
const logSettingsSQL = `SELECT /* mltop */ coalesce(max(reset_val) FILTER (WHERE name = 'log_min_duration_statement'), '-1')::float8 AS least,
	coalesce(max(reset_val) FILTER (WHERE name = 'log_min_duration_sample'), '-1')::float8 AS sampled,
	coalesce(max(reset_val) FILTER (WHERE name = 'log_statement_sample_rate'), '0')::float8 AS rate,
	coalesce(max(reset_val) FILTER (WHERE name = 'log_transaction_sample_rate'), '0')::float8 AS whole,
	coalesce(max(reset_val) FILTER (WHERE name = 'log_duration'), 'off')::bool AS durations, coalesce(max(reset_val) FILTER (WHERE name = 'log_statement'), 'none') AS texts,
	coalesce(max(setting) FILTER (WHERE name = 'data_directory'), '') AS folder,
	current_setting('log_line_prefix') AS prefix, current_setting('log_timezone') AS zone, current_setting('log_destination') AS written_to,
	current_setting('logging_collector')::bool AS collected, current_setting('cluster_name') AS cluster,
	has_function_privilege('pg_current_logfile(text)', 'execute') AS may_ask, pg_backend_pid()::int8 AS pid, current_database()::text AS attached
	FROM pg_settings WHERE name LIKE 'log%' OR name = 'data_directory'`

// readLogSettings asks for them. A server that does not know one of them, as
// some that only speak like PostgreSQL, logs nothing that we know of.
func readLogSettings(ctx context.Context, c *conn) (logSettings, error) {
	var list []logSettings
	err := c.list(ctx, &list, logSettingsSQL)
	if err == nil && len(list) == 1 {
		return list[0], nil
	}
	none := logSettings{Least: -1, Sampled: -1}
	switch codeOf(err) {
	case codeNoFunction, codeNoParameter, codeNoTable, codeDenied:
		return none, nil
	}
	return none, fmt.Errorf("ask what the server logs: %w", err)
}

// location is where the log's times are; nil: this machine does not know it.
func (s logSettings) location() *time.Location {
	at, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil
	}
	return at
}

// logsAll reports that every statement is logged with its time.
func (s logSettings) logsAll() bool {
	return s.Least == 0 || s.Durations && s.Texts == "all"
}

// samples reports that statements are logged of which each stands for more.
func (s logSettings) samples() bool { return s.Sampled >= 0 && s.Rate > 0 }

// logs reports that statements with their times are logged at all.
func (s logSettings) logs() bool {
	return s.logsAll() || s.Least > 0 || s.samples() || s.Whole > 0
}

// from is the time in seconds from which a statement is logged, or one of
// those that it stands for; 0: all are, or it is not known.
func (s logSettings) from() float64 {
	least := math.Inf(1)
	switch {
	case !s.logs(), s.logsAll(), s.Whole > 0:
		return 0
	case s.Least > 0:
		least = s.Least
	}
	if s.samples() {
		least = min(least, s.Sampled)
	}
	return least / 1000
}

// weight is how many calls one stands for that took so long: the server throws
// dice for those that only log_min_duration_sample, or the choice of its whole
// transaction, has logged (check_log_duration in postgres.c).
func (s logSettings) weight(seconds float64) float64 {
	ms := seconds * 1000
	if s.logsAll() || s.Least > 0 && ms >= s.Least {
		return 1
	}
	chance := min(max(s.Whole, 0), 1)
	if s.samples() && ms >= s.Sampled {
		chance += (1 - chance) * min(s.Rate, 1)
	}
	if chance <= 0 { // it was logged under other settings
		return 1
	}
	return 1 / chance
}

// dice says that calls stand for others; "" where none does.
func (s logSettings) dice() string {
	if s.logsAll() || !s.samples() && s.Whole <= 0 || s.samples() && s.Rate >= 1 {
		return ""
	}
	var parts []string
	if s.samples() && s.Rate < 1 {
		parts = append(parts, fmt.Sprintf("log_statement_sample_rate = %g", s.Rate))
	}
	if s.Whole > 0 && s.Whole < 1 {
		parts = append(parts, fmt.Sprintf("log_transaction_sample_rate = %g", s.Whole))
	}
	if len(parts) == 0 {
		return ""
	}
	return "the server logs some of the statements alone (" + strings.Join(parts, ", ") + "), each of which counts for those that it stands for"
}
