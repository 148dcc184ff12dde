package advisor_test

import (
	"path/filepath"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// What is free is looked up when a change is about to be made, on the server's
// own disk: advice kept from an earlier day, or none, knows nothing of it.
func TestABuildThatHasNoRoomOnAServersDiskIsRefused(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	for product, e := range map[string]db.Engine{
		"PostgreSQL": opened(postgres.Open(t.Context(), pgURL, postgres.Options{}))(t),
		"MariaDB":    opened(mysql.Open(t.Context(), maria.MariaDBURL(name), mysql.Options{}))(t),
	} {
		t.Run(product, func(t *testing.T) {
			a := advisor.New(e, advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: "test"})
			t.Cleanup(func() { _ = a.Close() })
			for _, c := range []struct {
				name    string
				bytes   int64
				refused string
			}{
				{"an exabyte", 1 << 60, "the disk has "},
				{"a kilobyte", 1 << 10, ""},
			} {
				step := e.CreateIndex(db.Index{Name: "mltop_t_a", Table: "t", Columns: []db.IndexColumn{{Name: "a"}}})
				r := advisor.Recommendation{ID: "0123abcd", Kind: advisor.KindCreateIndex, Change: db.Change{step}, Build: &advisor.BuildEstimate{DiskBytes: c.bytes}}
				if err := a.Save(t.Context(), []advisor.Recommendation{r}); err != nil {
					t.Fatal(err)
				}
				p, err := a.Preview(t.Context(), r.ID)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(p.Refused, c.refused) || c.refused == "" && p.Refused != "" {
					t.Errorf("%s: refused: %q, want %q", c.name, p.Refused, c.refused)
				}
				if text := advisor.BuildText(p.Recommendation.Build, p.Steps); !strings.Contains(text, "free on disk ") || strings.Contains(text, "disk: not known") {
					t.Errorf("%s: got %q, want what is free", c.name, text)
				}
				if got := strings.Join(p.Replicas, "; "); got != "none is connected" {
					t.Errorf("%s: replicas: %q", c.name, got)
				}
			}
		})
	}
}

// opened is an engine that is closed behind the test.
func opened[E db.Engine](e E, err error) func(*testing.T) db.Engine {
	return func(t *testing.T) db.Engine {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
}
