package mysql

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

// Account is the account that the server took our session for, whatever name
// it was asked by.
func (e *Engine) Account(ctx context.Context) (name string, err error) {
	err = e.read(ctx, "account", func(c *conn) error {
		var user *string
		err := c.row(ctx, &user, "SELECT CURRENT_USER()")
		if err == nil && user != nil {
			name = *user
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("ask for the user's name: %w", err)
	}
	return name, nil
}

// rightsSQL lists the user's own privileges on everything. Those that come by
// a role are not among them; what they open is tried instead.
const rightsSQL = `SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
	WHERE GRANTEE = CONCAT("'", SUBSTRING_INDEX(CURRENT_USER(), '@', 1), "'@'", SUBSTRING_INDEX(CURRENT_USER(), '@', -1), "'")`

// MissingRights looks at the user's privileges, and tries what cannot be seen
// in them.
func (e *Engine) MissingRights(ctx context.Context) ([]db.MissingRight, error) {
	var out []db.MissingRight
	err := e.read(ctx, "rights", func(c *conn) error {
		var user *string
		if err := c.row(ctx, &user, "SELECT CURRENT_USER()"); err != nil || user == nil {
			return err
		}
		have := map[string]bool{}
		if _, err := c.each(ctx, rightsSQL, nil, func(row []value) error { have[strings.ToUpper(row[0].s)] = true; return nil }); err != nil {
			return err
		}
		where, err := e.slowSource(ctx, c)
		out = e.missing(have, accountOf(*user), err == nil && where == "", func(sql string) bool {
			_, err := c.each(ctx, sql, nil, func([]value) error { return nil })
			return codeOf(err) == 0
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the user's rights: %w", err)
	}
	return out, nil
}

// accountOf is user@host as a statement names it.
func accountOf(current string) string {
	i := strings.LastIndexByte(current, '@')
	if i < 0 {
		return "'" + current + "'"
	}
	return "'" + strings.ReplaceAll(current[:i], "'", "''") + "'@'" + current[i+1:] + "'"
}

// missing are the rights that are lacking; logged: the slow log is a table.
func (e *Engine) missing(have map[string]bool, user string, logged bool, works func(sql string) bool) []db.MissingRight {
	var out []db.MissingRight
	add := func(lost, grant string) {
		out = append(out, db.MissingRight{Lost: lost, Grant: "GRANT " + grant + " TO " + user})
	}
	if !have["PROCESS"] && !works("SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1") {
		add("other users' sessions, open transactions, and who waits for whom are hidden", "PROCESS ON *.*")
	}
	if e.server.PerfOn && !works("SELECT 1 FROM performance_schema.events_statements_summary_by_digest LIMIT 1") {
		add("the statements that the server counts cannot be read", grantDigests)
	}
	if !e.server.PerfOn && logged && !works("SELECT 1 FROM mysql.slow_log LIMIT 1") {
		add("the statements that the server logs cannot be read", grantSlowTable)
	}
	admin := "CONNECTION ADMIN"
	if !e.server.MariaDB {
		admin = "CONNECTION_ADMIN"
	}
	if !have[admin] && !have["SUPER"] {
		add("sessions of other users cannot be cancelled or terminated", admin+" ON *.*")
	}
	return out
}
