package advisor_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// created lists the keys of every index that the advice makes, however many
// there are to one piece of advice.
func created(a advisor.Advice) []string {
	var out []string
	for _, r := range a.Recommendations {
		for _, s := range r.Change {
			if _, keys, ok := strings.Cut(strings.Join(s.Do, "; "), " ON "); ok && r.Kind == advisor.KindCreateIndex {
				out = append(out, keys)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestAnOrOverSeveralColumnsGetsAnIndexForEachArm(t *testing.T) {
	for _, c := range []struct {
		name, index, sql string
		want             []string
	}{
		{"two columns get an index each", "", `SELECT * FROM events WHERE a = 17 OR b = 88`, []string{"events (a)", "events (b)"}},
		{"an arm that is served has no need of one", "CREATE INDEX by_b ON events(b)", `SELECT * FROM events WHERE a = 17 OR b = 88`, []string{"events (a)"}},
		{"the rowid is served", "", `SELECT * FROM events WHERE id = 5 OR a = 17`, []string{"events (a)"}},
		{"three columns get three", "", `SELECT * FROM events WHERE a = 17 OR b = 88 OR name = 'Name 5'`, []string{"events (a)", "events (b)", "events (name)"}},
		{"an expression is an arm like any other", "", `SELECT * FROM events e WHERE e.a = 17 OR lower(e.name) = 'name 5'`, []string{"events (a)", "events (lower(name))"}},
		{"an arm of two conditions is searched by the equality first", "", `SELECT * FROM events WHERE ts > '2026-01-30' AND a = 17 OR b = 88`, []string{"events (a, ts)", "events (b)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := events(t, 20000)
			d := dbtest.Open(t, file)
			dbtest.Exec(t, d, c.index)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			got, _, _ := adviseOn(t, file, statements("either: "+c.sql))
			if list := created(got); !slices.Equal(list, c.want) {
				t.Errorf("%s\nadvised %q, want %q; declined %+v", c.sql, list, c.want, got.Declined)
			}
		})
	}
}

// All arms are applied together and each is undone.
func TestAnOrIsAppliedAndUndone(t *testing.T) {
	ctx, file := context.Background(), events(t, 20000)
	const sql = `SELECT * FROM events WHERE b = 88 OR a = 17`
	got, a, e := adviseOn(t, file, statements("either: "+sql))
	before := dump(t, file)
	var entries []string
	for _, r := range got.Recommendations {
		if r.Kind == advisor.KindCreateIndex {
			if want := "index mltop_events_a, mltop_events_b"; r.Object != want { // whatever the order of the text
				t.Errorf("one piece of advice makes %q, want %q", r.Object, want)
			}
			if r.Estimate.Before < 5*r.Estimate.After {
				t.Errorf("%s: its estimate is %+v, want at least five times", r.Title, r.Estimate)
			}
			entry, err := a.Apply(ctx, r.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, entry.ID)
		}
	}
	searched := map[string]bool{}
	multi := false
	explained(t, e, sql).Walk(func(n *db.Node, _ int) {
		multi = multi || n.Op == db.OpMultiOr && n.Table == "events"
		if n.Op == db.OpSearch {
			searched[n.Index] = true
		}
	})
	if !multi || len(searched) != 2 {
		t.Errorf("the live plan has an OR of several indexes %v and searches by %v", multi, searched)
	}
	for _, id := range slices.Backward(entries) {
		if _, err := a.Undo(ctx, id, nil); err != nil {
			t.Fatal(err)
		}
	}
	if after := dump(t, file); after != before {
		t.Errorf("after the undo the file is\n%s\nbefore it was\n%s", after, before)
	}
}

func TestAnOrThatGetsNoIndexes(t *testing.T) {
	for _, c := range []struct {
		name, sql, want string
		budget          int64
	}{
		{"an arm that no index serves is named", `SELECT * FROM events WHERE a = 17 OR name LIKE '%5'`, "leading wildcard in the pattern on name", 0},
		{"an arm that finds most rows makes all of it useless", `SELECT * FROM events WHERE a = 17 OR b > 3`, "no advice, because", 0},
		{"indexes that fit only one by one are over the budget", `SELECT * FROM events WHERE a = 17 OR b = 88`, "only together do not fit into the --budget of 300 kB: they take", 300_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := events(t, 20000)
			e := openEngine(t, file)
			a := advisor.New(e, advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: file})
			t.Cleanup(func() { _ = a.Close() })
			got, err := a.Advise(context.Background(), statements("either: "+c.sql), nothingSeen(), advisor.Options{Duration: 30 * time.Second, Budget: c.budget})
			if err != nil {
				t.Fatal(err)
			}
			if list := created(got); len(list) > 0 {
				t.Errorf("advised %q", list)
			}
			if reason := reasonFor(got, "either"); !strings.Contains(reason, c.want) {
				t.Errorf("%s\nthe reason is %q, want it to say %q", c.sql, reason, c.want)
			}
		})
	}
}
