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
	client += t.tlsWords(e.server.MariaDB)
	if t.user != "" {
		client += " --user=" + db.ShellWord(t.user)
	}
	if t.password != "" { // without one it would ask all the same
		client += " --password"
	}
	return client + " " + db.ShellWord(e.server.Database) + " < FILE"
}

// tlsWords have the client verify whom it speaks to as we do. MariaDB's has no
// word for a certificate without its name: it asks for both then.
func (t target) tlsWords(mariadb bool) string {
	mode := t.mode()
	words := map[tlsMode]string{tlsRequired: " --ssl-mode=REQUIRED", tlsVerifyCA: " --ssl-mode=VERIFY_CA", tlsVerify: " --ssl-mode=VERIFY_IDENTITY"}[mode]
	if mariadb {
		words = map[tlsMode]string{tlsRequired: " --ssl", tlsVerifyCA: " --ssl-verify-server-cert", tlsVerify: " --ssl-verify-server-cert"}[mode]
	}
	if t.ca != "" && words != "" {
		words += " --ssl-ca=" + db.ShellWord(t.ca)
	}
	return words
}
