package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"mltop/internal/sqltext"
)

// mark is in every statement that we send: what the server counts of ours, and
// shows to others, is told by it.
const mark = "/* mltop */"

// marked puts the mark into each statement of a text that has none yet. The
// log of our own statements has them without.
func marked(sql string) string {
	if strings.Contains(sql, mark) {
		return sql
	}
	if !strings.Contains(sql, ";") {
		return mark + " " + sql
	}
	var b strings.Builder
	for i, s := range sqltext.Split(sql) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(mark + " " + s.SQL)
	}
	return b.String()
}

// ownText tells mltop's own statements.
func ownText(text string) bool {
	return strings.Contains(text, mark) || strings.Contains(text, planned) || strings.Contains(text, shown)
}

// asked is the statement of an application's that was seen first inside one of
// ours, by which the server calls it from then on.
func asked(text string) string {
	_, inner, ok := strings.Cut(text, prepare)
	if ok {
		return inner
	}
	return text
}

// uncount leaves our session out of pg_stat_statements, and the times of what
// it asks out of the server's log, where we may: ours must not drive an
// application's statements out of the one, nor fill the other. What the server
// logs for whom does what (log_statement) stays. They are settings of the
// session's own; one that a pooler hands around is left alone.
func (e *Engine) uncount(ctx context.Context, c *pgx.Conn) error {
	if e.pooled.Load() || !e.guarded {
		return nil
	}
	var now *string
	return c.QueryRow(ctx, "SELECT "+mark+` CASE WHEN current_setting('is_superuser') = 'on' THEN set_config('pg_stat_statements.track', 'none', false)
		|| CASE WHEN current_setting('log_min_duration_sample', true) IS NOT NULL THEN
			set_config('log_min_duration_statement', '-1', false) || set_config('log_min_duration_sample', '-1', false)
			|| set_config('log_transaction_sample_rate', '0', false) || set_config('log_duration', 'off', false) ELSE '' END END`).Scan(&now)
}
