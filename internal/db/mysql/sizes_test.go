package mysql

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// The size is that of the files, also of a database whose name files write
// otherwise.
func TestTheSizeOfADatabaseIsThatOfItsFiles(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	admin := s.OpenMariaDB(t, "")
	for name, folder := range map[string]string{"shop": "shop", "my-shop": "my@002dshop", "shop_2": "shop_2"} {
		dbtest.Exec(t, admin, "CREATE DATABASE `"+name+"`")
		app := s.OpenMariaDB(t, name)
		dbtest.FillOrdersMariaDB(t, app, 3000)
		e, err := Open(t.Context(), s.MariaDBURL(name), Options{Home: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		st, err := e.Stats(t.Context())
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		var want int64
		if err := filepath.WalkDir(filepath.Join(s.Dir, "data", folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".ibd") {
				info, err := d.Info()
				want += info.Size()
				return err
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err != nil || st.FileBytes == nil || *st.FileBytes != want || want < 300_000 || st.Missing["file_bytes"] != "" {
			t.Errorf("%s: got %v bytes, the files have %d: %v, %v", name, st.FileBytes, want, st.Missing, err)
			continue
		}
		if *st.Pages != want / *st.PageSize || st.WALBytes == nil || *st.WALBytes != 8<<20 {
			t.Errorf("%s: got %v pages, a redo log of %v", name, *st.Pages, st.WALBytes)
		}
		if st.DiskFreeBytes == nil || *st.DiskFreeBytes <= 0 {
			t.Errorf("%s: the disk of a server here: %v, %s", name, st.DiskFreeBytes, st.Missing["disk_free_bytes"])
		}
		if st.StatisticsAt == nil || time.Since(*st.StatisticsAt).Abs() > time.Minute {
			t.Errorf("%s: statistics of %v", name, st.StatisticsAt)
		}
	}
}

func TestASizeThatMayNotBeSeenHasItsReason(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 20, Options{})
	name := e.server.Database
	dbtest.Exec(t, app, "CREATE OR REPLACE USER sizeless@localhost")
	dbtest.Exec(t, app, "GRANT SELECT ON "+name+".* TO sizeless@localhost")
	w, err := Open(t.Context(), strings.Replace(s.MariaDBURL(name), "root@", "sizeless@", 1), Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	st, err := w.Stats(t.Context())
	if err != nil || st.FileBytes != nil || !strings.Contains(st.Missing["file_bytes"], "GRANT PROCESS ON *.* TO 'sizeless'@'localhost'") ||
		!strings.Contains(st.Missing["statistics_at"], "GRANT SELECT ON mysql.innodb_table_stats TO 'sizeless'@'localhost'") {
		t.Errorf("got %v, %v, %v", st.FileBytes, st.Missing, err)
	}
	if _, err := w.Replicas(t.Context()); err == nil || !strings.Contains(err.Error(), "GRANT PROCESS ON *.* TO 'sizeless'@'localhost'") {
		t.Errorf("who follows the server: got %v, want the account in the grant", err)
	}
}
