package main

import (
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// serverSockets are the places where distributions put them, without the
// first slash.
func serverSockets() []struct{ pattern, scheme string } {
	return []struct{ pattern, scheme string }{
		{"run/postgresql/.s.PGSQL.*", "postgres"}, {"tmp/.s.PGSQL.*", "postgres"},
		{"run/mysqld/mysqld.sock", "mysql"}, {"var/lib/mysql/mysql.sock", "mysql"}, {"tmp/mysql.sock", "mysql"},
	}
}

// discoverServers looks for the sockets of database servers. It connects to
// none.
func discoverServers(root fs.FS) []place {
	var out []place
	for _, s := range serverSockets() {
		names, err := fs.Glob(root, s.pattern)
		if err != nil {
			continue // the pattern is ours; a folder that is not ours to see has nothing to offer
		}
		for _, name := range names {
			info, err := fs.Stat(root, name)
			if err != nil || info.Mode()&fs.ModeSocket == 0 {
				continue // the lock file beside it
			}
			address := socketAddress(s.scheme, "/"+name)
			out = append(out, place{path: address, arg: address})
		}
	}
	return out
}

// socketAddress names the database that everybody has; MariaDB and MySQL have
// none, and say which there are.
func socketAddress(scheme, socket string) string {
	if scheme == "mysql" {
		return "mysql:///?socket=" + url.QueryEscape(socket)
	}
	port := strings.TrimPrefix(path.Base(socket), ".s.PGSQL.")
	return "postgres:///postgres?" + url.Values{"host": {path.Dir(socket)}, "port": {port}}.Encode()
}
