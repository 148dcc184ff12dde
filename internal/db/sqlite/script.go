package sqlite

import (
	"strconv"

	"mltop/internal/db"
)

var _ db.Scripter = (*Engine)(nil)

// ScriptHead has the shell stop at the first error, and wait for the file's
// lock a while.
func (e *Engine) ScriptHead([]db.Step) []string {
	return []string{".bail on", ".timeout " + strconv.FormatInt(e.o.WriteTimeout.Milliseconds(), 10)}
}

// ScriptClient names the file, as it is found from everywhere.
func (e *Engine) ScriptClient() string { return "sqlite3 " + db.ShellWord(e.path) + " < FILE" }
