package mysql

import (
	"time"

	"mltop/internal/db"
)

// What is granted to read what counts statements, and their time.
const (
	grantDigests   = "SELECT ON performance_schema.*"
	grantSlowTable = "SELECT ON mysql.slow_log"
	grantUserStat  = "PROCESS ON *.*"
)

// askAgain is how long a refusal stands: rights are given by hand, and a try
// at each look would be an error at each look in the server's own books.
const askAgain = time.Minute

// unlessRefused runs f, which reads what, unless the server refused that a
// short while ago. A refusal costs what is read alone: it is a reason, with the
// statement that ends it. The caller holds e.mu.
func (e *Engine) unlessRefused(what, grant string, f func() error) error {
	at, refused := e.refused[what]
	if !refused || time.Since(at) >= askAgain {
		if err := f(); !isDenied(err) {
			delete(e.refused, what)
			return err
		}
		if e.refused == nil {
			e.refused = map[string]time.Time{}
		}
		e.refused[what] = time.Now()
	}
	return db.NotMeasuredf("the server does not let this user read %s: GRANT %s TO %s", what, grant, grantee(e.target, ""))
}

// isDenied reports that a right is missing.
func isDenied(err error) bool {
	switch codeOf(err) {
	case codeDatabaseDenied, codeTableDenied, codeSpecificDenied:
		return true
	}
	return false
}
