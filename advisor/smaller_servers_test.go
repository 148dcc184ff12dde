package advisor_test

import (
	"context"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// saved is an advisor with advice to set one setting of a server, as a run of it
// would have given.
func saved(t *testing.T, e db.Engine, setting, value string) (*advisor.Advisor, advisor.Recommendation) {
	t.Helper()
	settings, err := e.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if !strings.EqualFold(s.Name, setting) {
			continue
		}
		r := advisor.ASetting(e.SetSetting(s, value), settings)
		r.Scope, r.Takes = s.Reaches, "at once"
		a := advisor.New(e, advisor.Config{StateDir: t.TempDir(), MaxBlock: -1})
		t.Cleanup(func() { _ = a.Close() })
		if err := a.Save(context.Background(), []advisor.Recommendation{r}); err != nil {
			t.Fatal(err)
		}
		return a, r
	}
	t.Fatalf("there is no %s", setting)
	return nil, advisor.Recommendation{}
}

func TestAPostgresKeepsLessWALAndAsMuchAgain(t *testing.T) {
	s := dbtest.NewPostgres(t, dbtest.PostgresOptions{})
	url := s.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	// The first reload marks what stands on the server's command line and
	// otherwise in its file: max_connections.
	dbtest.Exec(t, app, "SELECT pg_reload_conf()")
	awaitText(t, app, "SELECT pending_restart FROM pg_settings WHERE name = 'max_connections'", "true\n")
	a, r := saved(t, opened(postgres.Open(t.Context(), url, postgres.Options{}))(t), "max_wal_size", "512MB")
	thereAndBack(t, a, r, wholePostgres(t, app), "512MB\n", func() string {
		awaitText(t, app, "SELECT current_setting('max_wal_size')", "512MB\n")
		return ask(t, app, "SELECT current_setting('max_wal_size')")
	})
}

func TestAMariaDBKeepsFewerTablesAndThreadsAndAsManyAgain(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Settings: map[string]string{"table-open-cache": "2000", "thread-cache-size": "200", "max-connections": "100"}})
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	e := opened(mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{}))(t)
	for setting, value := range map[string]string{"table_open_cache": "437", "thread_cache_size": "9"} {
		a, r := saved(t, e, setting, value)
		look := func() string {
			return ask(t, app, "SELECT CONCAT(VARIABLE_NAME, ' ', GLOBAL_VALUE) FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE IS NOT NULL AND VARIABLE_NAME NOT LIKE 'gtid%' AND VARIABLE_NAME NOT LIKE '%timestamp' ORDER BY 1")
		}
		thereAndBack(t, a, r, look, value+"\n", func() string { return ask(t, app, "SELECT @@global."+setting) })
	}
}
