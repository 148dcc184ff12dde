package postgres

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

var (
	_ db.RightsReader  = (*Engine)(nil)
	_ db.AccountTeller = (*Engine)(nil)
)

// Account is the role of our session.
func (e *Engine) Account(ctx context.Context) (name string, err error) {
	err = e.glance(ctx, "account", func(c *conn) error {
		return c.row(ctx, "SELECT /* mltop */ current_user::text", nil, &name)
	})
	if err != nil {
		return "", fmt.Errorf("ask for the user's name: %w", err)
	}
	return name, nil
}

// MissingRights asks for the roles that let one look, and for the tables that
// may not be read.
func (e *Engine) MissingRights(ctx context.Context) ([]db.MissingRight, error) {
	var user string
	var monitors, signals bool
	var closed int64
	var schemas string
	err := e.read(ctx, "rights", func(c *conn) error {
		return c.row(ctx, `SELECT /* mltop */ quote_ident(current_user), pg_has_role('pg_monitor', 'USAGE'), pg_has_role('pg_signal_backend', 'USAGE'),
			count(r.oid)::int8, coalesce(string_agg(DISTINCT quote_ident(n.nspname), ','), '')
			FROM (SELECT) one LEFT JOIN (pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema')
			ON r.relkind IN ('r', 'p') AND NOT has_table_privilege(r.oid, 'SELECT')`, nil, &user, &monitors, &signals, &closed, &schemas)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the user's rights: %w", err)
	}
	var out []db.MissingRight
	if !monitors {
		out = append(out, db.MissingRight{Lost: "other users' statements and sessions, and the size of the write-ahead log, are hidden", Grant: "GRANT pg_monitor TO " + user})
	}
	if closed > 0 {
		grants := make([]string, 0, 1)
		for _, s := range strings.Split(schemas, ",") {
			grants = append(grants, "GRANT USAGE ON SCHEMA "+s+" TO "+user, "GRANT SELECT ON ALL TABLES IN SCHEMA "+s+" TO "+user)
		}
		out = append(out, db.MissingRight{Lost: fmt.Sprintf("tables that may not be read: %d; their statements are not explained, and a request log among them is not seen", closed), Grant: strings.Join(grants, "; ")})
	}
	if !signals {
		out = append(out, db.MissingRight{Lost: "sessions of other users cannot be cancelled or terminated", Grant: "GRANT pg_signal_backend TO " + user})
	}
	return out, nil
}
