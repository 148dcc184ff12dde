package postgres

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// What MayNot says is what Run is told: it is asked before, and then tried.
func TestWhatAUserMayNotChangeIsSaidBeforehand(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	dbtest.Exec(t, app, "CREATE SCHEMA closed; CREATE TABLE closed.own (a int); CREATE TABLE public.own (a int)")
	e := asWeak(t, url, app, "SELECT ON ALL TABLES IN SCHEMA public", "USAGE ON SCHEMA closed", "CREATE ON SCHEMA public")
	dbtest.Exec(t, app, "ALTER TABLE closed.own OWNER TO weak; ALTER TABLE public.own OWNER TO weak")
	own := func(schema string) db.Step {
		return e.CreateIndex(db.Index{Schema: schema, Table: "own", Columns: []db.IndexColumn{{Name: "a"}}})
	}
	for _, row := range []struct {
		name string
		step db.Step
		want string
	}{
		{"an index on somebody else's table", e.CreateIndex(byStatus()), "only the owner of orders may: attach as its owner, " + userOf(t, app)},
		{"one on a table of its own, where it may make nothing", own("closed"), "GRANT CREATE ON SCHEMA closed TO weak"},
		{"one on a table of its own", own("public"), ""},
		{"a setting", e.SetSetting(db.Setting{Name: "work_mem", Value: "4096", Unit: "kB"}, "8MB"), "GRANT ALTER SYSTEM ON PARAMETER work_mem TO weak"},
		{"statistics of somebody else's table", e.Analyze("orders"), "only the owner of orders may"},
		{"an extension that takes a superuser", e.CreateExtension("pg_buffercache", "1.3"), "it takes a superuser"},
	} {
		got, err := e.MayNot(t.Context(), row.step)
		if err != nil || !strings.Contains(got, row.want) || (got == "") != (row.want == "") {
			t.Errorf("%s: got %q, %v; want %q", row.name, got, err, row.want)
		}
		_, err = e.Run(t.Context(), row.step, nil)
		if warnsOnly := row.step.Object.Kind == db.ObjectStatistics; !warnsOnly && (err != nil) != (got != "") {
			t.Errorf("%s: it was said %q, and the server says: %v", row.name, got, err)
		}
	}
}
