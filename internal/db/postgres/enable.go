package postgres

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

const countsStatements = "pg_stat_statements"

// EnableStatements offers the extension that counts statements, where the
// server has loaded it; loading it needs a restart.
func (e *Engine) EnableStatements(ctx context.Context) (db.StatementOffer, error) {
	var version, loaded string
	counts, replica := false, false
	err := e.read(ctx, "statements", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		if counts = k.statements != "" || k.unreadable; counts {
			return nil
		}
		return c.row(ctx, `SELECT /* mltop */ coalesce((SELECT default_version FROM pg_available_extensions WHERE name = $1), ''), current_setting('shared_preload_libraries'), pg_is_in_recovery()`,
			[]any{countsStatements}, &version, &loaded, &replica)
	})
	if err != nil || counts {
		return db.StatementOffer{}, err
	}
	o := e.statementOffer(version, loaded)
	if replica && len(o.Change) > 0 {
		o.Needs, o.Change = "the server is a replica, which makes nothing itself: "+strings.Join(o.Change[0].Do, "; ")+" on its primary", nil
	}
	return o, nil
}

// statementOffer: shared_preload_libraries is not known to who is no
// superuser; then the server's own refusal says so.
func (e *Engine) statementOffer(version, loaded string) db.StatementOffer {
	o := db.StatementOffer{Brings: "pg_stat_statements counts every statement, with its time and rows", Costs: "a few percent of one core at many thousand statements a second, and some MB of memory"}
	libraries := strings.FieldsFunc(loaded, func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case version == "":
		o.Needs = "the package with PostgreSQL's contrib modules is not installed on the server"
	case !contains(libraries, countsStatements):
		o.Needs = fmt.Sprintf("a restart: ALTER SYSTEM SET shared_preload_libraries = %s; restart the server; CREATE EXTENSION pg_stat_statements. "+
			"To take it back: DROP EXTENSION pg_stat_statements; ALTER SYSTEM RESET shared_preload_libraries; restart", strings.Join(append(libraries, countsStatements), ", "))
	default:
		o.Change = db.Change{e.CreateExtension(countsStatements, version)}
	}
	return o
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if strings.Trim(x, `"`) == s {
			return true
		}
	}
	return false
}
