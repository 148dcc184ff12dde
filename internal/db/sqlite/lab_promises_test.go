package sqlite

import (
	"os"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestTheLabKeepsItsPromises(t *testing.T) {
	path, dir := dbtest.Path(t), t.TempDir()
	dbtest.Orders(t, path, 20000)
	dbtest.RunLab(t, dbtest.LabSubject{Engine: open(t, path), Options: db.LabOptions{Dir: dir}, Left: func(t testing.TB) []string {
		var names []string
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			names = append(names, f.Name())
		}
		return names
	}})
}
