package mysql

import (
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A lookup of one or two rows is told by statistics: neither what the server
// reads of its own behind a new index, nor going down the index, may be scaled
// with the sample as if they were rows.
func TestALookupReadsItsRowsAndNothingElse(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, "CREATE TABLE big (id int PRIMARY KEY, b int NOT NULL, email varchar(60), pad varchar(100))")
	dbtest.Exec(t, app, "INSERT INTO big SELECT seq, crc32(seq) % 75000, concat('u', crc32(seq) % 75000), repeat('x', 80) FROM seq_1_to_100000")
	dbtest.Exec(t, app, "ANALYZE TABLE big")
	e, err := Open(t.Context(), s.MariaDBURL(name), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	sample := labOf(t, e, 1<<20)
	const rows = 100000 / 55000. // of a value that is there: 75000 × (1 − e^(−100/75)) are
	for _, c := range []struct {
		name, sql, column string
		want              float64
	}{
		{"a value that is not in the sample", "SELECT pad FROM big WHERE b = 77", "b", 1 + 2*rows},
		{"a value drawn for a placeholder", "SELECT pad FROM big WHERE b = ?", "b", 1 + 2*rows},
		{"a text", "SELECT pad FROM big WHERE email = 'u77'", "email", 1 + 2*rows},
		{"without the table behind the index", "SELECT count(*) FROM big WHERE b = 78", "b", 1 + rows},
	} {
		add := []db.Index{{Table: "big", Columns: []db.IndexColumn{{Name: c.column}}}}
		for _, time := range []string{"first", "second"} {
			got := must(sample.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{Add: add}))(t)
			if got.Value < c.want/1.6 || got.Value > c.want*1.6 || got.Method != db.MethodSample {
				t.Errorf("%s, the %s time: got %.1f (%.1f to %.1f) by %s, want about %.1f", c.name, time, got.Value, got.Low, got.High, got.Method, c.want)
			}
			must(sample.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{}))(t) // takes the index away again
		}
	}
	scan := must(sample.Cost(t.Context(), db.Query{SQL: "SELECT pad FROM big WHERE b = 77"}, db.Config{}))(t)
	if scan.Value < 99_900 || scan.Value > 100_100 {
		t.Errorf("a scan of 100,000 rows reads %.0f", scan.Value)
	}
}
