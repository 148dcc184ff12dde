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
