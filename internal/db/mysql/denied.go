package mysql

import (
	"errors"
	"strings"

	driversql "github.com/go-sql-driver/mysql"

	"mltop/internal/pattern"
)

// denied names the grant that is missing, in the server's words, and the
// statement that gives it.
func denied(t target, err error) error {
	var e *driversql.MySQLError
	errors.As(err, &e)
	return &ServerError{ProblemDenied, t.String(), "denies it (" + e.Message + ")", grantFor(t, e.Message), err}
}

var (
	deniedPrivilege = pattern.Late(`you need \(at least one of\) the (.+?) privilege`)
	deniedCommand   = pattern.Late(`^(.+?) command denied to user .* for table (.+)$`)
	deniedAccount   = pattern.Late(`user ('.*?'@'.*?')`)
)

// grantFor is the statement that gives what a message says is missing.
func grantFor(t target, message string) string {
	to := " TO " + grantee(t, message)
	if m := deniedPrivilege().FindStringSubmatch(message); m != nil {
		return "GRANT " + narrowest(m[1]) + " ON *.*" + to
	}
	if m := deniedCommand().FindStringSubmatch(message); m != nil {
		table := m[2]
		if bare, quoted := strings.CutPrefix(table, "'"); quoted { // MySQL names no database
			table = quoteAlways(or(t.database, "database")) + "." + quoteAlways(strings.TrimSuffix(bare, "'"))
		}
		return "GRANT " + m[1] + " ON " + table + to
	}
	return "GRANT PROCESS ON *.*" + to + "; GRANT SELECT ON " + quoteAlways(or(t.database, "database")) + ".*" + to
}

// narrowest is one of the privileges that do: SUPER opens more than is asked.
func narrowest(list string) string {
	names := strings.Split(strings.ReplaceAll(list, " or ", ", "), ", ")
	for _, name := range names {
		if name != "SUPER" {
			return name
		}
	}
	return names[0]
}

// grant is the statement that gives us something.
func (s server) grant(what string) string { return "GRANT " + what + " TO " + s.Account }

// grantee is us as a GRANT names us: the account that the server took us for,
// or before that is known, whom it turned away.
func grantee(t target, message string) string {
	if t.account != "" {
		return t.account
	}
	if m := deniedAccount().FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return "'" + strings.ReplaceAll(t.user, "'", "''") + "'"
}
