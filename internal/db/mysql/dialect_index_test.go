package mysql

import (
	"database/sql"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestADroppedIndexComesBackRowByRow(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	for _, ddl := range []string{
		"CREATE TABLE clients (id INTEGER PRIMARY KEY, email VARCHAR(100), city VARCHAR(50))", "INSERT INTO clients SELECT seq, seq, seq % 50 FROM seq_1_to_500",
		`CREATE INDEX d1 ON clients (email(10), city) COMMENT 'ask Ann''s team \\ before dropping'`, "ALTER TABLE clients ALTER INDEX d1 IGNORED",
		"CREATE UNIQUE INDEX d2 ON clients (email) COMMENT 'made by mltop'", "CREATE INDEX d3 ON clients (city)",
		"CREATE INDEX mltop_bare ON clients (city)", "CREATE INDEX mltop_marked ON clients (email) COMMENT 'made by mltop'", "CREATE INDEX mltop_other ON clients (email) COMMENT 'kept for Ann'",
	} {
		dbtest.Exec(t, app, ddl)
	}
	e := open(t, s, name, Options{})
	schema, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"d1", "d2", "d3", "mltop_bare", "mltop_marked", "mltop_other"} {
		t.Run(index, func(t *testing.T) {
			before := statisticsRows(t, app, index)
			step := e.DropIndex(*schema.Index(index))
			back := db.Step{Object: step.Object, Do: step.Undo, Mode: step.Mode, Before: db.Absent, After: step.Before}
			for _, one := range []db.Step{step, back} {
				if _, err := e.Run(t.Context(), one, nil); err != nil {
					t.Fatalf("%q: %v", one.Do, err)
				}
			}
			if now := statisticsRows(t, app, index); now != before {
				t.Errorf("its rows are\n%s\nwant\n%s", now, before)
			}
		})
	}
}

// statisticsRows are what the catalog has of an index, without its estimate of
// distinct values.
func statisticsRows(t *testing.T, d *sql.DB, index string) string {
	t.Helper()
	var text string
	err := d.QueryRow("SELECT GROUP_CONCAT(CONCAT_WS('|', NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, SUB_PART, NULLABLE, INDEX_TYPE, COMMENT, INDEX_COMMENT, IGNORED) ORDER BY SEQ_IN_INDEX SEPARATOR '\n') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = ?", index).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
