package advisor

import (
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestAScriptHoldsPlainSchemaSQL(t *testing.T) {
	step := func(do string) db.Change { return db.Change{{Do: []string{do}}} }
	create := Recommendation{ID: "1", Kind: KindCreateIndex, Object: "index i", Title: "Create i", Statement: "CREATE INDEX i ON t (a);", Change: step("CREATE INDEX i ON t (a)")}
	source := enabled("Have the server count its statements", objectSource, step("UPDATE performance_schema.setup_consumers SET enabled = 'YES'"), "counts", "")
	room := enabled("Let the planner try indexes", objectRoom, step("CREATE EXTENSION hypopg"), "tries", "")
	setting := Recommendation{ID: "2", Kind: KindSetting, Object: "work_mem", Title: "Raise work_mem", Scope: "the server", Statement: "ALTER SYSTEM SET work_mem = '64MB';", Change: step("ALTER SYSTEM SET work_mem = '64MB'")}
	got := SQL(Advice{Recommendations: []Recommendation{source, room, create, setting}})
	for _, line := range strings.Split(got, "\n") {
		if line != "" && !strings.HasPrefix(line, "-- ") && line != create.Statement {
			t.Errorf("the script runs %q, want only %q", line, create.Statement)
		}
	}
	if !strings.Contains(got, create.Statement) || !strings.Contains(got, "-- ALTER SYSTEM SET work_mem") {
		t.Errorf("got %s, want the index, and the setting as a comment", got)
	}
	if strings.Contains(got, "performance_schema") || strings.Contains(got, "hypopg") {
		t.Errorf("got %s, want nothing that only lets mltop see more", got)
	}
}

func TestAMigrationSaysWhatNoTransactionMayHold(t *testing.T) {
	advice := func(mode db.Mode, sql string) Advice {
		return Advice{Recommendations: []Recommendation{{Kind: KindCreateIndex, Change: db.Change{{Mode: mode, Do: []string{sql}, Undo: []string{"DROP INDEX i"}}}}}}
	}
	alone := advice(db.OutsideTransaction, "CREATE INDEX CONCURRENTLY i ON t (a)")
	within := advice(db.InTransaction, "CREATE INDEX i ON t (a)")
	for _, c := range []struct {
		name   string
		advice Advice
		style  MigrationStyle
		want   string
	}{
		{"goose is told", alone, StyleGoose, "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n-- +goose Down\nDROP INDEX i;\n"},
		{"and only where it has to be", within, StyleGoose, "-- +goose Up\nCREATE INDEX i ON t (a);\n\n-- +goose Down\nDROP INDEX i;\n"},
		{"whoever runs a script is told", alone, StyleSQL, "-- run it outside a transaction\n-- up\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n-- down\nDROP INDEX i;\n"},
		{"alembic steps out of its transaction", alone, StyleAlembic, "from alembic import op\n\n\ndef upgrade():\n    with op.get_context().autocommit_block():\n        op.execute(\"CREATE INDEX CONCURRENTLY i ON t (a)\")\n\n\ndef downgrade():\n    with op.get_context().autocommit_block():\n        op.execute(\"DROP INDEX i\")\n"},
		{"where nothing is to be done no block is opened", Advice{}, StyleAlembic, "from alembic import op\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"},
	} {
		if got, err := Migration(c.advice, c.style); got != c.want || err != nil {
			t.Errorf("%s: got\n%s, %v, want\n%s", c.name, got, err, c.want)
		}
	}
}
