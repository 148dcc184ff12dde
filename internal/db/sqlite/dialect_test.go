package sqlite

import (
	"context"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestStepsOfAnIndexMatchWhatSQLiteStores(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name string
		ix   db.Index
		want string
	}{
		{"a plain one", index("orders", "customer_id", "status"), "mltop_orders_customer_id_status"},
		{"a descending column and a collation", db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status", Collation: "NOCASE"}, {Name: "total", Desc: true}}}, "mltop_orders_status_total_"},
		{"a partial one", db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total"}}, Where: "status = 'open'"}, "mltop_orders_total_"},
		{"an expression with a collation", db.Index{Table: "orders", Columns: []db.IndexColumn{{Expr: "note || 'x'", Collation: "NOCASE"}}}, "mltop_orders_note_x_"},
		{"a unique one with more columns to cover", db.Index{Table: "orders", Unique: true, Columns: []db.IndexColumn{{Name: "id"}}, Include: []string{"note"}}, "mltop_orders_id_note_"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := makeFile(t, shop(10)...)
			step := Dialect{}.CreateIndex(c.ix)
			if !strings.HasPrefix(step.Object.Name, c.want) {
				t.Errorf("named %s, want %s…", step.Object.Name, c.want)
			}
			e := open(t, path)
			if s, err := e.State(ctx, step.Object); err != nil || s != step.Before {
				t.Errorf("before: %q, error %v; want %q", s, err, step.Before)
			}
			runOn(t, path, step.Do...)
			if s, err := e.State(ctx, step.Object); err != nil || s != step.After {
				t.Errorf("after: %q, error %v; want %q", s, err, step.After)
			}
			runOn(t, path, step.Undo...)
			if s, err := e.State(ctx, step.Object); err != nil || s != step.Before {
				t.Errorf("undone: %q, error %v; want %q", s, err, step.Before)
			}
		})
	}
}

func TestNamesOfIndexesAreShortAndDifferent(t *testing.T) {
	long := make([]string, 12)
	for i := range long {
		long[i] = strings.Repeat("x", 10) + string(rune('a'+i))
	}
	partial, other := index("t", "a"), index("t", "a")
	partial.Where, other.Where = "a > 1", "a > 2"
	seen := map[string]string{}
	for what, ix := range map[string]db.Index{
		"plain": index("t", "a"), "partial": partial, "another partial": other,
		"long": index("t", long...), "as long, cut at the same place": index("t", append(long[:11:11], "y")...),
		"descending": {Table: "t", Columns: []db.IndexColumn{{Name: "a", Desc: true}}},
		"with emoji": index("t", "🙂"), "with a quote": index("t", `"`), "with a newline": index("t\n", "a"),
	} {
		name := IndexName(ix)
		if len(name) > db.MaxIndexName || !strings.HasPrefix(name, db.IndexPrefix) || quote(name) != name {
			t.Errorf("%s: named %q", what, name)
		}
		if seen[name] != "" {
			t.Errorf("%s and %s are both named %s", what, seen[name], name)
		}
		seen[name] = what
	}
}

func TestStepsThatCannotBe(t *testing.T) {
	d := Dialect{}
	if s := d.DropIndex(db.Index{Table: "t", Name: "sqlite_autoindex_t_1", Constraint: true}); s.Irreversible == "" || len(s.Do) > 0 {
		t.Errorf("dropping a constraint's index: %+v, want nothing done and a reason", s)
	}
	if s := d.SetSetting(db.Setting{Name: "synchronous", Value: "2", Scope: db.ScopeConnection}, "1"); s.Irreversible == "" || len(s.Do) > 0 {
		t.Errorf("setting what belongs to a connection: %+v, want nothing done and a reason", s)
	}
	s := d.SetSetting(db.Setting{Name: "journal_mode", Value: "delete", Scope: db.ScopeFile}, "WAL")
	if s.Do[0] != "PRAGMA journal_mode = WAL" || s.Undo[0] != "PRAGMA journal_mode = delete" || s.After != "wal" || s.Before != "delete" {
		t.Errorf("journal mode: %+v", s)
	}
}

func TestADropIsReckonedShorterThanABuild(t *testing.T) {
	bytes := int64(5e6)
	ix := db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}}, Bytes: &bytes}
	s := Dialect{}.CreateIndex(ix)
	if b, u := s.Blocks.For, s.UndoBlocks.For; u <= 0 || u*10 > b {
		t.Errorf("the build blocks for %s, its undo for %s; want a tenth at most, and not nothing", b, u)
	}
}
