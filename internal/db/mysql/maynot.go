package mysql

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

var _ db.ChangeRefuser = (*Engine)(nil)

// tableRightsSQL lists the user's privileges on a table, wherever they were
// given; the name of a database may be a pattern there.
const tableRightsSQL = `SELECT DISTINCT PRIVILEGE_TYPE FROM (
	SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
	UNION ALL SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE DATABASE() LIKE TABLE_SCHEMA
	UNION ALL SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?) p
	WHERE GRANTEE = CONCAT("'", SUBSTRING_INDEX(CURRENT_USER(), '@', 1), "'@'", SUBSTRING_INDEX(CURRENT_USER(), '@', -1), "'")`

// MayNot looks at the privileges that changing a table's indexes takes. Of who
// has a role, or has nothing of his own that can be seen, it says nothing.
func (e *Engine) MayNot(ctx context.Context, s db.Step) (why string, err error) {
	needs := needed(s)
	if needs == "" {
		return "", nil
	}
	err = e.read(ctx, "rights", func(c *conn) error {
		var role *string
		if err := c.row(ctx, &role, "SELECT CURRENT_ROLE()"); err == nil && role != nil && *role != "NONE" {
			return nil
		}
		have := map[string]bool{}
		if _, err := c.each(ctx, tableRightsSQL, []any{s.Object.Table}, func(row []value) error { have[strings.ToUpper(row[0].s)] = true; return nil }); err != nil {
			return err
		}
		if len(have) > 0 && !have[needs] {
			why = "it takes the privilege " + needs + ": GRANT " + needs + " ON " + quoteAlways(e.server.Database) + "." + quoteAlways(s.Object.Table) + " TO " + grantee(e.target, "")
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("ask for the user's rights: %w", err)
	}
	return why, nil
}

// needed is the privilege that a step on a table takes (MariaDB's pages "CREATE
// INDEX" and "ALTER TABLE"); "" of others.
func needed(s db.Step) string {
	switch {
	case s.Object.Kind != db.ObjectIndex || len(s.Do) == 0:
		return ""
	case strings.HasPrefix(s.Do[0], "ALTER "):
		return "ALTER"
	}
	return "INDEX"
}
