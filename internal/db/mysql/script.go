package mysql

import "mltop/internal/db"

var _ db.Scripter = (*Engine)(nil)

// ScriptHead bounds the waits of the client's session, as ours is bounded; in
// batch mode it stops at the first error by itself.
func (e *Engine) ScriptHead([]db.Step) []string {
	head := []string{"SET NAMES utf8mb4;", boundedLocks() + ";"}
	if e.server.MariaDB {
		head = append(head, unboundedWork+";")
	}
	return head
}

// ScriptClient names what the server is reached by.
func (e *Engine) ScriptClient() string {
	client, t := "mysql", e.target
	if e.server.MariaDB {
		client = "mariadb"
	}
	if t.socket != "" {
		client += " --socket=" + db.ShellWord(t.socket)
	} else {
		client += " --host=" + db.ShellWord(or(t.host, "127.0.0.1")) + " --port=" + or(t.port, "3306")
	}
	if t.user != "" {
		client += " --user=" + db.ShellWord(t.user)
	}
	if t.password != "" { // without one it would ask all the same
		client += " --password"
	}
	return client + " " + db.ShellWord(e.server.Database) + " < FILE"
}
