package advisor_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// A watchedStock is a table with an index that another one makes redundant, and
// a stranger who changes it while mltop looks.
type watchedStock struct {
	engine   db.Engine
	stranger *sql.DB
	dropping string // the words between an index's name and its table, in DROP INDEX
}

func stocks(t *testing.T) map[string]func(*testing.T) watchedStock {
	fill := func(t *testing.T, d *sql.DB) {
		dbtest.Exec(t, d, "CREATE TABLE stock (id INTEGER PRIMARY KEY, shop INTEGER, item INTEGER)")
		dbtest.Exec(t, d, "CREATE INDEX narrow ON stock (shop)")
		dbtest.Exec(t, d, "CREATE INDEX wide ON stock (shop, item)")
	}
	return map[string]func(*testing.T) watchedStock{
		"SQLite": func(t *testing.T) watchedStock {
			path := dbtest.Path(t)
			d := dbtest.Open(t, path)
			fill(t, d)
			return watchedStock{openEngine(t, path), d, ""}
		},
		"PostgreSQL": func(t *testing.T) watchedStock {
			url := dbtest.Postgres(t).PostgresDatabase(t)
			d := dbtest.OpenPostgres(t, url)
			fill(t, d)
			return watchedStock{opened(postgres.Open(t.Context(), url, postgres.Options{}))(t), d, ""}
		},
		"MariaDB": func(t *testing.T) watchedStock {
			s := dbtest.MariaDB(t)
			name := s.MariaDBDatabase(t)
			d := s.OpenMariaDB(t, name)
			fill(t, d)
			return watchedStock{opened(mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{}))(t), d, " ON stock"}
		},
	}
}

func TestAdviceThatSomebodyElseHasOvertakenIsNotOfferedAnyMore(t *testing.T) {
	for _, c := range []struct {
		name    string
		happens func(t *testing.T, w watchedStock)
		why     string
	}{
		{"nothing happens", func(*testing.T, watchedStock) {}, ""},
		{"rows are written", func(t *testing.T, w watchedStock) {
			dbtest.Exec(t, w.stranger, "INSERT INTO stock VALUES (1, 2, 3)")
		}, ""},
		{"somebody drops the index", func(t *testing.T, w watchedStock) {
			dbtest.Exec(t, w.stranger, "DROP INDEX narrow"+w.dropping)
		}, "index narrow is gone: somebody else has dropped it since the advice was given"},
		{"somebody makes another one of its name", func(t *testing.T, w watchedStock) {
			dbtest.Exec(t, w.stranger, "DROP INDEX narrow"+w.dropping)
			dbtest.Exec(t, w.stranger, "CREATE INDEX narrow ON stock (item)")
		}, "index narrow is another one: somebody else has changed it since the advice was given"},
		{"somebody drops the one that serves in its place", func(t *testing.T, w watchedStock) {
			dbtest.Exec(t, w.stranger, "DROP INDEX wide"+w.dropping)
		}, "index wide, which it builds on, is gone: somebody else has dropped it since the advice was given"},
	} {
		for name, open := range stocks(t) {
			t.Run(c.name+", on "+name, func(t *testing.T) {
				w, ctx := open(t), context.Background()
				// The gate is closed: what is gone is said all the same.
				a := advisor.New(w.engine, advisor.Config{StateDir: t.TempDir(), ReadOnly: c.why != ""})
				t.Cleanup(func() { _ = a.Close() })
				got, err := a.Advise(ctx, advisor.Workload{}, nothingSeen(), advisor.Options{})
				if err != nil {
					t.Fatal(err)
				}
				drop := adviceOn(t, got, "index narrow")
				c.happens(t, w)
				gone, err := a.Outdated(ctx, got.Recommendations, nil)
				if err != nil || gone[drop.ID] != c.why || c.why == "" && len(gone) > 0 {
					t.Errorf("the advice is outdated because %q, of all %q, %v; want %q", gone[drop.ID], gone, err, c.why)
				}
				p, err := a.Preview(ctx, drop.ID)
				if err != nil || p.Gone != c.why || p.Refused != c.why {
					t.Errorf("its preview says %q and is refused with %q, %v; want %q", p.Gone, p.Refused, err, c.why)
				}
				if left := got.Without(gone); (adviceIndex(left, drop.ID) < 0) != (c.why != "") {
					t.Errorf("left is %+v, declined %+v", left.Recommendations, left.Declined)
				}
			})
		}
	}
}

func adviceIndex(a advisor.Advice, id string) int {
	for i, r := range a.Recommendations {
		if r.ID == id {
			return i
		}
	}
	return -1
}

func TestAdviceThatMltopHasAppliedItselfStays(t *testing.T) {
	for name, open := range stocks(t) {
		t.Run(name, func(t *testing.T) {
			w, ctx := open(t), context.Background()
			a := advisor.New(w.engine, advisor.Config{StateDir: t.TempDir(), MaxBlock: -1})
			t.Cleanup(func() { _ = a.Close() })
			got, err := a.Advise(ctx, advisor.Workload{}, nothingSeen(), advisor.Options{})
			if err != nil {
				t.Fatal(err)
			}
			drop := adviceOn(t, got, "index narrow")
			entry, err := a.Apply(ctx, drop.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			if gone, err := a.Outdated(ctx, got.Recommendations, nil); err != nil || len(gone) > 0 {
				t.Errorf("once applied it is outdated: %q, %v; want it to stay, with its verdict", gone, err)
			}
			const ours = "index narrow is gone: entry 1 of the journal has dropped it since the advice was given"
			if p, err := a.Preview(ctx, drop.ID); err != nil || p.Refused != ours {
				t.Errorf("a second apply is refused with %q, %v; want %q", p.Refused, err, ours)
			}
			if _, err := a.Undo(ctx, entry.ID, nil); err != nil {
				t.Fatal(err)
			}
			if p, err := a.Preview(ctx, drop.ID); err != nil || p.Refused != "" {
				t.Errorf("after the undo it is refused with %q, %v; want it offered again", p.Refused, err)
			}
		})
	}
}

// What an index is to be made on may go away, too: with its table there is
// nothing to look at, and the index is as absent as the advice expects.
func TestAdviceOnATableThatIsGoneIsNotOffered(t *testing.T) {
	for name, open := range stocks(t) {
		t.Run(name, func(t *testing.T) {
			w, ctx := open(t), context.Background()
			a := advisor.New(w.engine, advisor.Config{StateDir: t.TempDir()})
			t.Cleanup(func() { _ = a.Close() })
			table := "stock"
			if name == "PostgreSQL" {
				table = "public.stock"
			}
			r := advisor.Recommendation{ID: "by-item", Kind: advisor.KindCreateIndex, Table: "stock", Columns: []string{"item"},
				Change: db.Change{{Object: db.Object{Kind: db.ObjectIndex, Table: table, Name: "by_item"}, Before: db.Absent}}}
			for _, step := range []struct{ does, why string }{
				{"SELECT 1", ""},
				{"ALTER TABLE stock RENAME TO goods", "the table stock is gone since the advice was given"},
			} {
				dbtest.Exec(t, w.stranger, step.does)
				schema, err := w.engine.Schema(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if gone, err := a.Outdated(ctx, []advisor.Recommendation{r}, schema); err != nil || gone[r.ID] != step.why {
					t.Errorf("after %s it is outdated because %q, %v; want %q", step.does, gone[r.ID], err, step.why)
				}
			}
		})
	}
}

func TestAdviceOnASettingThatSomebodyElseHasChanged(t *testing.T) {
	for _, c := range []struct {
		name, object, why string
		open              func(*testing.T) (db.Engine, *sql.DB)
		does, undoes      []string
	}{
		{"PostgreSQL, whose file of settings was written", "effective_cache_size", "setting effective_cache_size is not what it was: somebody else has changed it from 4 GB to 1 GB since the advice was given",
			func(t *testing.T) (db.Engine, *sql.DB) {
				url := dbtest.Postgres(t).PostgresDatabase(t)
				return opened(postgres.Open(t.Context(), url, postgres.Options{}))(t), dbtest.OpenPostgres(t, url)
			},
			[]string{"ALTER SYSTEM SET effective_cache_size = '1GB'", "SELECT pg_reload_conf()"}, []string{"ALTER SYSTEM RESET effective_cache_size", "SELECT pg_reload_conf()"}},
		{"MariaDB, whose variable was set", "innodb_buffer_pool_size", "setting innodb_buffer_pool_size is not what it was: somebody else has changed it since the advice was given",
			func(t *testing.T) (db.Engine, *sql.DB) {
				s := dbtest.MariaDB(t)
				return opened(mysql.Open(t.Context(), s.MariaDBURL(s.MariaDBDatabase(t)), mysql.Options{}))(t), s.OpenMariaDB(t, "")
			},
			[]string{"SET @was = @@global.innodb_buffer_pool_size", "SET GLOBAL innodb_buffer_pool_size = 67108864"}, []string{"SET GLOBAL innodb_buffer_pool_size = @was"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, stranger := c.open(t)
			a := advisor.New(e, advisor.Config{StateDir: t.TempDir()})
			t.Cleanup(func() { _ = a.Close() })
			list := []advisor.Recommendation{settingOf(t, e, c.object)}
			if gone, err := a.Outdated(t.Context(), list, nil); err != nil || len(gone) > 0 {
				t.Fatalf("at first it is outdated: %q, %v", gone, err)
			}
			for _, s := range c.does {
				dbtest.Exec(t, stranger, s)
			}
			t.Cleanup(func() {
				for _, s := range c.undoes {
					dbtest.Exec(t, stranger, s)
				}
			})
			why := ""
			for until := time.Now().Add(time.Minute); why == "" && time.Now().Before(until); time.Sleep(50 * time.Millisecond) { // the server rereads its file in its own time
				gone, err := a.Outdated(t.Context(), list, nil)
				if err != nil {
					t.Fatal(err)
				}
				why = gone[list[0].ID]
			}
			if why != c.why {
				t.Errorf("it is outdated because %q, want %q", why, c.why)
			}
		})
	}
}

// settingOf is advice on a setting as a run of the advisor gives it.
func settingOf(t *testing.T, e db.Engine, name string) advisor.Recommendation {
	t.Helper()
	settings, err := e.Settings(t.Context())
	for _, s := range settings {
		if strings.EqualFold(s.Name, name) {
			return advisor.ASetting(e.SetSetting(s, "123MB"), settings)
		}
	}
	t.Fatalf("there is no %s: %v", name, err)
	return advisor.Recommendation{}
}
