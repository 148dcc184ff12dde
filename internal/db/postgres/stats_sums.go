package postgres

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// statementSums are the totals of all statements but ours.
type statementSums struct{ calls, seconds, all float64 }

// readStatementSums adds up what pg_stat_statements holds of this database.
func (e *Engine) readStatementSums(ctx context.Context, c *conn, k *knowledge, st *db.Stats) error {
	if k.statements == "" {
		st.Missing["queries"] = whyNoStatements
		if st.QuerySeconds == nil {
			st.Missing["query_seconds"] = whyNoStatements
		}
		return nil
	}
	if e.ownIDs == nil {
		if _, err := e.readStatements(ctx, c, k); err != nil {
			return err
		}
	}
	var now statementSums
	err := c.row(ctx, `SELECT /* mltop */ coalesce(sum(calls) FILTER (WHERE NOT ours), 0)::float8, coalesce(sum(total_exec_time) FILTER (WHERE NOT ours), 0)::float8 / 1000, coalesce(sum(calls), 0)::float8
		FROM (SELECT calls, total_exec_time, coalesce(queryid::text = ANY (string_to_array($1, ',')), false) AS ours FROM `+k.statements+".pg_stat_statements(false)"+ofThisDatabase+") s",
		[]any{strings.Join(e.ownIDs, ",")}, &now.calls, &now.seconds, &now.all)
	e.sums = e.sums.risen(now)
	now = e.sums // what is handed out is never changed
	st.Queries = &now.calls
	if st.QuerySeconds == nil {
		st.QuerySeconds = &now.seconds
	}
	return err
}

// risen is what is known now. A statement of ours that was not told as such at
// the look before is no fall of the sums; fewer calls in all are one.
func (s statementSums) risen(now statementSums) statementSums {
	if now.all >= s.all {
		now.calls, now.seconds = max(now.calls, s.calls), max(now.seconds, s.seconds)
	}
	return now
}
