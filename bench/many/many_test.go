package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"mltop/internal/db/dbtest"
)

// built is the program under test.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mltop")
	if out, err := exec.Command("go", "build", "-o", path, "mltop/cmd/mltop").CombinedOutput(); err != nil {
		t.Fatalf("build mltop: %v: %s", err, out)
	}
	return path
}

// What `make bench-many` does at full size. 5,000 sessions of PostgreSQL would
// take 7 GB; MariaDB gives its 5,000 a pool of threads here, for a machine may
// not have room for as many threads. The tables are more than are read: 5,000 of
// PostgreSQL, 300 of more than 1,000 of MariaDB.
func TestServersWithMuchOfSomething(t *testing.T) {
	dbtest.NeedServers(t)
	o := options{mltop: built(t), dir: t.TempDir()}
	for _, row := range []struct {
		name   string
		engine string
		crowd  crowdSize
		tables int
	}{
		{"MariaDB with 5,000 sessions, of which 600 wait for one", "mariadb", crowdSize{5000, 600, map[string]string{"thread-handling": "pool-of-threads", "thread-pool-size": "128"}}, 0},
		{"PostgreSQL with 500 sessions, of which 100 wait for one", "postgres", crowdSize{500, 100, nil}, 0},
		{"MariaDB with 1,100 tables", "mariadb", crowdSize{}, 1100},
		{"PostgreSQL with 5,100 tables", "postgres", crowdSize{}, 5100},
	} {
		t.Run(row.name, func(t *testing.T) {
			o.crowd, o.tables, o.say = row.crowd, row.tables, t.Logf
			if err := hold(t.Context(), kinds()[row.engine], o); err != nil {
				t.Error(err)
			}
		})
	}
}
