package mysql

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestAChangeThatIsCancelledLeavesNothing(t *testing.T) {
	for name, lock := range map[string][]string{
		"it waits for a transaction to end":                  {"BEGIN", "UPDATE orders SET status = 'x' WHERE id = 1"},
		"it waits in the server, for a lock that nobody saw": {"LOCK TABLES orders READ"},
	} {
		t.Run(name, func(t *testing.T) {
			e, app := orders(t, dbtest.MariaDB(t), 200, Options{})
			for _, sql := range lock {
				dbtest.Exec(t, app, sql)
			}
			cancelledLeavesNothing(t, e, app)
		})
	}
}

func cancelledLeavesNothing(t *testing.T, e *Engine, app *sql.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	step := onTotal(e)
	progress := func(p db.Progress) {
		if strings.HasPrefix(p.Stage, "statement 1 of") {
			time.AfterFunc(300*time.Millisecond, cancel) // whatever it does then
		}
	}
	if _, err := e.Run(ctx, step, progress); !errors.Is(err, context.Canceled) || err.Error() != "change index "+step.Object.Name+": cancelled" {
		t.Errorf("got %v", err)
	}
	dbtest.Exec(t, app, "COMMIT")
	dbtest.Exec(t, app, "UNLOCK TABLES")
	if now, err := e.State(t.Context(), step.Object); now != db.Absent || err != nil {
		t.Errorf("it left %q, %v", now, err)
	}
}

func TestWhatIsDoneIsUndone(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 200, Options{})
	dbtest.Exec(t, app, "CREATE INDEX of_the_app ON orders (status(3), total_cents DESC)")
	c, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]db.Setting = map[string]db.Setting{}
	list, err := e.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		settings[x.Name] = x
	}
	hide, ok := e.Dialect.HideIndex(*c.Index("of_the_app"))
	if !ok {
		t.Fatal("this MariaDB cannot hide an index")
	}
	for name, step := range map[string]db.Step{
		"the application's index is hidden":      hide,
		"an index with a prefix and a direction": e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status", Prefix: 5}, {Name: "placed_at", Desc: true}}}),
		"a unique index":                         e.CreateIndex(db.Index{Table: "orders", Unique: true, Columns: []db.IndexColumn{{Name: "total_cents"}, {Name: "id"}}}),
		"the application's index is dropped":     e.DropIndex(*c.Index("of_the_app")),
		"a number":                               e.SetSetting(settings["long_query_time"], "0.5"),
		"a switch":                               e.SetSetting(settings["slow_query_log"], "ON"),
		"a text":                                 e.SetSetting(settings["log_output"], "TABLE"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := e.Run(t.Context(), step, nil); err != nil {
				t.Fatal(err)
			}
			step.Do, step.Before, step.After = step.Undo, step.After, step.Before
			if _, err := e.Run(t.Context(), step, nil); err != nil {
				t.Errorf("undo: %v", err)
			}
		})
	}
	if _, ok := e.Dialect.HideIndex(*c.Index("PRIMARY")); ok {
		t.Error("a primary key would be hidden")
	}
	if who, err := e.Replicas(t.Context()); err != nil || len(who) > 0 {
		t.Errorf("replicas of a server that has none: got %+v, %v", who, err)
	}
	t.Run("statistics", func(t *testing.T) {
		if r, err := e.Run(t.Context(), e.Analyze("orders"), nil); err != nil || r.After == db.Absent {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestWhatCannotBeDoneBesideWritersIsRefused(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 20, Options{})
	dbtest.Exec(t, app, "CREATE TABLE words (id INT PRIMARY KEY, a TEXT) ENGINE=InnoDB")
	_, err := e.Run(t.Context(), e.CreateIndex(db.Index{Table: "words", Method: "fulltext", Columns: []db.IndexColumn{{Name: "a"}}}), nil)
	if err == nil || !strings.Contains(err.Error(), "beside writers") {
		t.Errorf("got %v", err)
	}
}

func TestASettingThatNeedsARestartSaysSo(t *testing.T) {
	now := db.Setting{Name: "innodb_log_file_size", Value: "1", Scope: db.ScopeRestart}
	if s := (Dialect{}).SetSetting(now, "2"); len(s.Do) > 0 || !strings.Contains(s.Irreversible, "innodb_log_file_size = 2") {
		t.Errorf("got %+v", s)
	}
	// dev.mysql.com/doc/refman/8.4/en/set-variable.html
	d := Dialect{flavour: flavour{Major: 8, Minor: 4}}
	s := d.SetSetting(db.Setting{Name: "long_query_time", Value: "10", Source: "the server's default"}, "1")
	if s.Do[0] != "SET PERSIST `long_query_time` = 1" || len(s.Undo) != 2 || s.Undo[1] != "RESET PERSIST IF EXISTS `long_query_time`" {
		t.Errorf("got %q and %q", s.Do, s.Undo)
	}
}

// An index that was hidden comes back hidden, in the words of its server
// (MySQL 8.4: dev.mysql.com/doc/refman/8.4/en/invisible-indexes.html).
func TestAHiddenIndexComesBackHidden(t *testing.T) {
	for word, f := range map[string]flavour{" IGNORED": {MariaDB: true, Major: 10, Minor: 11}, " INVISIBLE": {Major: 8, Minor: 4}} {
		s := Dialect{flavour: f}.DropIndex(db.Index{Table: "t", Name: "i", Columns: []db.IndexColumn{{Name: "a"}}, Hidden: true})
		if !strings.Contains(s.Undo[0], word) {
			t.Errorf("got %q, want it with%s", s.Undo[0], word)
		}
	}
}
