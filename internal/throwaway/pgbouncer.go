package throwaway

import (
	"fmt"
	"strconv"
	"strings"
)

// PgBouncerOptions say how a throw-away pooler differs from the usual one.
type PgBouncerOptions struct {
	Users    []string          // who may come, beside the administrator; nobody is asked for a password
	Settings map[string]string // lines of pgbouncer.ini
}

// PgBouncer starts a pooler in front of a throw-away PostgreSQL that trusts
// everybody. It hands a session of the server out for one transaction; two
// sessions serve all, so that whoever relies on one meets the other.
func PgBouncer(behind *Server, o PgBouncerOptions) (*Server, error) {
	return start(program{
		name: "PgBouncer", pkg: "pgbouncer", paths: []string{"pgbouncer", "/usr/sbin/pgbouncer"},
		users: []string{"postgres", "nobody"}, stop: "KILL", // it keeps nothing, and versions differ in what ends one that has clients
		prepare: func(s *Server) []string { return writeBouncer(s, behind, o) },
		serve:   func(s *Server) []string { return []string{s.binary, s.Dir + "/pgbouncer.ini"} },
		ready:   postgresReady,
	}, &Server{})
}

// writeBouncer writes the two files that it reads.
func writeBouncer(s, behind *Server, o PgBouncerOptions) []string {
	s.Socket = s.Dir
	var users strings.Builder
	for _, name := range append([]string{"postgres"}, o.Users...) {
		fmt.Fprintf(&users, "%q \"\"\n", name)
	}
	return []string{"/bin/sh", "-c", `printf %s "$1" >pgbouncer.ini; printf %s "$2" >users.txt`, "write", bouncerText(s, behind, o), users.String()}
}

func bouncerText(s, behind *Server, o PgBouncerOptions) string {
	settings := map[string]string{
		"listen_addr": "", "listen_port": "5432", "unix_socket_dir": s.Dir, "auth_type": "trust", "auth_file": s.Dir + "/users.txt",
		"pool_mode": "transaction", "default_pool_size": "2", "server_login_retry": "1",
	}
	for name, value := range o.Settings {
		settings[name] = value
	}
	port := 5432
	if behind.Port != 0 {
		port = behind.Port
	}
	text := "[databases]\n* = host=" + behind.Socket + " port=" + strconv.Itoa(port) + "\n[pgbouncer]\n"
	for name, value := range settings {
		text += name + " = " + value + "\n"
	}
	return text
}
