package postgres

import (
	"os"
	"slices"
	"strings"

	"mltop/internal/db"
)

var _ db.Scripter = (*Engine)(nil)

// besideOthers is how long a statement may wait that holds up nobody meanwhile:
// a concurrent build waits for every transaction older than itself.
const besideOthers = "10min"

// ScriptHead bounds the waits of psql's session.
func (e *Engine) ScriptHead(steps []db.Step) []string {
	wait := "'" + milliseconds(e.o.WriteLockTimeout) + "ms'"
	concurrent := func(s db.Step) bool {
		return len(s.Do) == 0 || slices.ContainsFunc(s.Do, func(sql string) bool { return strings.Contains(sql, " CONCURRENTLY ") })
	}
	if !slices.ContainsFunc(steps, func(s db.Step) bool { return !concurrent(s) }) {
		wait = "'" + besideOthers + "'"
	}
	return []string{`\set ON_ERROR_STOP on`, "SET client_encoding = 'UTF8';", "SET statement_timeout = 0;", "SET lock_timeout = " + wait + ";"}
}

// ScriptClient reads no start-up file: one that begins a transaction would
// make a concurrent build fail.
func (e *Engine) ScriptClient() string {
	t := e.to
	return t.sslEnvironment() + "psql -X -h " + db.ShellWord(t.host) + " -p " + db.ShellWord(t.port) + " -U " + db.ShellWord(t.user) + " -d " + db.ShellWord(t.database) + " -f FILE"
}

// debianRoots are the system's authorities where libpq before version 16 finds
// them, which does not know the word "system".
const debianRoots = "/etc/ssl/certs/ca-certificates.crt"

// sslEnvironment has psql verify whom it speaks to as we do: by itself it
// verifies nobody.
func (t target) sslEnvironment() string {
	words, roots := "", t.sslrootcert
	if t.sslmode != "" {
		words = "PGSSLMODE=" + db.ShellWord(t.sslmode) + " "
	}
	if _, err := os.Stat(debianRoots); roots == "system" && err == nil {
		roots = debianRoots
	}
	if roots != "" {
		words += "PGSSLROOTCERT=" + db.ShellWord(roots) + " "
	}
	return words
}
