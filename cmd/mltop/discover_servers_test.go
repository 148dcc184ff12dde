package main

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSocketsOfServersAreOffered(t *testing.T) {
	socket := &fstest.MapFile{Mode: fs.ModeSocket | 0o777}
	root := fstest.MapFS{
		"run/postgresql/.s.PGSQL.5432":      socket,
		"run/postgresql/.s.PGSQL.5432.lock": {Mode: 0o600},
		"tmp/.s.PGSQL.5433":                 socket,
		"run/mysqld/mysqld.sock":            socket,
		"run/mysqld/mysqlx.sock":            socket,
	}
	var got []string
	for _, p := range discoverServers(root) {
		got = append(got, p.path)
		if target, err := parseTarget(p.arg); err != nil || !target.server() || target.remote {
			t.Errorf("%s: got %+v, %v, want a server here", p.arg, target, err)
		}
	}
	want := "postgres:///postgres?host=%2Frun%2Fpostgresql&port=5432 postgres:///postgres?host=%2Ftmp&port=5433 mysql:///?socket=%2Frun%2Fmysqld%2Fmysqld.sock"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
}
