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

// What `make bench-many` does at full size: 5,000 sessions of PostgreSQL would
// take 7 GB. MariaDB gives its 5,000 a pool of threads here, for a machine may
// not have room for as many threads.
func TestManySessions(t *testing.T) {
	dbtest.NeedServers(t)
	o := options{mltop: built(t), dir: t.TempDir(), say: t.Logf}
	for name, size := range map[string]crowdSize{
		"mariadb":  {5000, 600, map[string]string{"thread-handling": "pool-of-threads", "thread-pool-size": "128"}},
		"postgres": {500, 100, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o.crowd = size
			if err := crowded(t.Context(), kinds()[name], o); err != nil {
				t.Error(err)
			}
		})
	}
}
