package postgres

import (
	"context"
	"time"

	"mltop/internal/db"
)

// runningSQL lists what the clients of this database run, but for mltop's own
// sessions, with how long the server was at it: a row without a pid stands for
// none.
const runningSQL = `SELECT /* mltop */ a.pid IS NOT NULL AS runs, coalesce(a.query, '') AS query, extract(epoch FROM clock_timestamp() - statement_timestamp())::float8 AS took
	FROM (SELECT 1) AS one LEFT JOIN pg_stat_activity a ON a.state = 'active' AND a.datname = current_database() AND a.pid <> pg_backend_pid()
		AND a.backend_type = 'client backend' AND a.application_name <> '` + applicationName + `'`

// cutSlack: the server keeps one byte for the end, and cuts no letter in two.
const cutSlack = 4

// lookAtSessions is one look at what runs.
func (e *Engine) lookAtSessions(ctx context.Context) (db.Look, error) {
	var l db.Look
	var rows []struct {
		Runs  bool    `db:"runs"`
		Query string  `db:"query"`
		Took  float64 `db:"took"`
	}
	err := e.glance(ctx, db.Sampling, func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		l.CutFrom = k.textSize - cutSlack
		return c.list(ctx, &rows, runningSQL)
	})
	for _, r := range rows {
		l.Took = max(l.Took, time.Duration(r.Took*float64(time.Second)))
		if r.Query == insufficient {
			r.Query = ""
		}
		if r.Runs && !ownText(r.Query) {
			l.Running = append(l.Running, r.Query)
		}
	}
	return l, err
}
