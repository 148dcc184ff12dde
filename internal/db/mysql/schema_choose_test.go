package mysql

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// TestOfManyTablesTheLargestAreRead has some more tables than are read whole;
// those of MEMORY are made quickly, and have no statistics of InnoDB's.
func TestOfManyTablesTheLargestAreRead(t *testing.T) {
	server := dbtest.MariaDB(t)
	name := server.MariaDBDatabase(t)
	app := server.OpenMariaDB(t, name)
	for i := range mostTables {
		dbtest.Exec(t, app, fmt.Sprintf("CREATE TABLE t%04d (a INT) ENGINE = MEMORY", i))
	}
	dbtest.Exec(t, app, "CREATE TABLE zz_large (a INT PRIMARY KEY, b INT, KEY by_b (b), c INT, FOREIGN KEY (c) REFERENCES zz_large (a))")
	dbtest.Exec(t, app, "INSERT INTO zz_large SELECT seq, seq, seq FROM seq_1_to_1000")
	dbtest.Exec(t, app, "ANALYZE TABLE zz_large")
	e, err := Open(t.Context(), server.MariaDBURL(name), Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s := must(e.Schema(t.Context()))(t)
	large := s.Table("zz_large")
	if len(s.Tables) != mostChosen || large == nil || len(large.Columns) != 3 || len(large.Indexes) != 3 || len(large.ForeignKeys) != 1 {
		t.Errorf("got %d tables, of them %+v, want %d with zz_large whole", len(s.Tables), large, mostChosen)
	}
	if want := fmt.Sprintf("%d of %d tables are looked at", mostChosen, mostTables+1); !strings.HasPrefix(s.Partly, want) {
		t.Errorf("got %q, want %q", s.Partly, want)
	}
	if next := must(e.Schema(t.Context()))(t); next.Version != s.Version {
		t.Errorf("the next look: got version %s, want %s", next.Version, s.Version)
	}
	if p := must(e.Explain(t.Context(), db.Query{SQL: "SELECT a FROM zz_large WHERE b = 7"}))(t); p.Root == nil {
		t.Error("a statement on it has no plan")
	}
}
