package postgres

import (
	"fmt"
	"testing"

	"mltop/internal/db/dbtest"
)

// TestOfManyTablesTheUsedOnesAreRead has some more tables than are read; make
// bench has 100,000.
func TestOfManyTablesTheUsedOnesAreRead(t *testing.T) {
	target := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, target)
	const many = mostTables + 200
	dbtest.Exec(t, app, fmt.Sprintf("DO $$ BEGIN FOR i IN 1..%d LOOP EXECUTE 'CREATE TABLE t' || i || ' ()'; IF i %% 500 = 0 THEN COMMIT; END IF; END LOOP; END $$", many))
	dbtest.Exec(t, app, "CREATE TABLE used (a int PRIMARY KEY)")
	dbtest.Exec(t, app, "INSERT INTO used SELECT generate_series(1, 100)")
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	e := open(t, target)
	first, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	used := first.Table("used")
	if len(first.Tables) != mostTables || used == nil || len(used.Columns) != 1 || len(used.Indexes) != 1 || len(used.PrimaryKey) != 1 {
		t.Errorf("got %d tables, of them %+v, want %d with used", len(first.Tables), used, mostTables)
	}
	if want := fmt.Sprintf("%d of %d tables are looked at", mostTables, many+1); first.Partly[:min(len(want), len(first.Partly))] != want {
		t.Errorf("got %q, want %q", first.Partly, want)
	}
	dbtest.Exec(t, app, "INSERT INTO used SELECT generate_series(101, 200)")
	if second, err := e.Schema(t.Context()); err != nil || second.Version != first.Version {
		t.Errorf("the next look: got version %v, %v, want the same tables", second, err)
	}
	dbtest.Exec(t, app, "DROP TABLE used")
	if third, err := e.Schema(t.Context()); err != nil || third.Table("used") != nil {
		t.Errorf("behind a drop: got %v, %v", third.Table("used"), err)
	}
}
