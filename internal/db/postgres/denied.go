package postgres

import (
	"context"
	"errors"
	"strings"

	"mltop/internal/pattern"
)

var (
	deniedObject    = pattern.Late(`^permission denied for (table|relation|view|sequence|schema|function) (.+)$`)
	deniedParameter = pattern.Late(`^permission denied to set parameter "(.+)"$`)
	deniedRole      = pattern.Late(`pg_(monitor|read_all_settings|read_all_stats|stat_scan_tables|signal_backend)|permission denied to (see|examine)`)
)

// grantFor is the statement that gives what was missing; "" where none does.
func grantFor(message, user string) string {
	who := quote(user)
	if m := deniedObject().FindStringSubmatch(message); m != nil {
		switch m[1] {
		case "schema":
			return "GRANT USAGE ON SCHEMA " + quote(m[2]) + " TO " + who
		case "function":
			return "GRANT EXECUTE ON FUNCTION " + quote(m[2]) + " TO " + who
		case "sequence":
			return "GRANT SELECT ON SEQUENCE " + quote(m[2]) + " TO " + who
		}
		return "GRANT SELECT ON " + quote(m[2]) + " TO " + who
	}
	if m := deniedParameter().FindStringSubmatch(message); m != nil {
		return "GRANT ALTER SYSTEM ON PARAMETER " + quote(m[1]) + " TO " + who
	}
	switch role := deniedRole().FindString(message); role {
	case "":
		return ""
	case "pg_signal_backend":
		return "GRANT " + role + " TO " + who
	}
	return "GRANT pg_monitor TO " + who
}

// ownerSQL is who owns a table, and whether that role may do everything.
const ownerSQL = `SELECT /* mltop */ quote_ident(o.rolname), o.rolsuper FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner WHERE c.oid = to_regclass($1)`

// askOwner completes the refusal of a change that only the table's owner may
// make: no GRANT on the table gives that.
func (e *Engine) askOwner(ctx context.Context, table string, err error) error {
	var no *ServerError
	if !errors.As(err, &no) || no.Problem != ProblemDenied || !strings.Contains(no.What, "must be owner of") {
		return err
	}
	var owner string
	var super bool
	if e.read(ctx, "owner", func(c *conn) error { return c.row(ctx, ownerSQL, []any{table}, &owner, &super) }) != nil {
		no.Do = "attach as its owner"
		return err // the refusal says more than that nobody told us the owner
	}
	no.Do = e.asOwner(owner, super)
	return err
}
