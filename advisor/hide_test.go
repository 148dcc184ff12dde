package advisor

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// hidingDialect is a fake that can hide indexes, as MariaDB and MySQL can.
type hidingDialect struct{ *fakeEngine }

func (hidingDialect) HideIndex(ix db.Index) (db.Step, bool) {
	return db.Step{Object: db.Object{Kind: db.ObjectIndex, Table: ix.Table, Name: ix.Name}, Do: []string{"HIDE " + ix.Name}, Undo: []string{"SHOW " + ix.Name}}, true
}

func TestAnUnusedIndexIsHiddenBeforeItIsDropped(t *testing.T) {
	day := 24 * time.Hour
	unused := func(change func(*Facts, *db.Index)) Facts {
		f := logsWith(index("a", "path"), index("b", "ts")).plannedWith("a").watched(2 * day)
		f.Stats.At, f.Dialect = time.Unix(1_700_000_000, 0), hidingDialect{&fakeEngine{}}
		change(&f, f.Schema.Tables[0].Indexes[1])
		return f
	}
	since := func(age time.Duration) func(*Facts, *db.Index) {
		return func(f *Facts, ix *db.Index) {
			ix.Hidden = true
			if age > 0 {
				f.HiddenSince = map[string]time.Time{"b": f.Stats.At.Add(-age)}
			}
		}
	}
	uses := func(n int64) func(*Facts, *db.Index) {
		return func(f *Facts, ix *db.Index) { ix.Uses, f.Schema.UsesSince = &n, f.Stats.At.Add(-30*day) }
	}
	for _, c := range []struct {
		name   string
		change func(*Facts, *db.Index)
		want   string // title: first statement
	}{
		{"where the engine can hide, that comes first", func(*Facts, *db.Index) {}, "Hide b: unused by the workload seen: HIDE b;"},
		{"where it cannot, it is dropped", func(f *Facts, _ *db.Index) { f.Dialect = &fakeEngine{} }, "Drop b: unused by the workload seen: DROP INDEX b;"},
		{"hidden by us a day ago it is left to soak", since(day), ""},
		{"hidden by us a week ago it is dropped", since(8 * day), "Drop b: hidden, and nobody missed it: DROP INDEX b;"},
		{"hidden by somebody else it is theirs", since(0), ""},
		{"used by what mltop has not seen, as the server counts", uses(3), ""},
		{"not used as the server counts too", uses(0), "Hide b: unused by the workload seen: HIDE b;"},
		{"where replicas follow nobody knows", func(f *Facts, _ *db.Index) { f.Replicas = []string{"db2"} }, "declined: replicas may follow this server (db2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := unused(c.change)
			a := hideFirst(f, Advice{Recommendations: unusedIndexes(f)})
			got := ""
			for _, r := range a.Recommendations {
				got += r.Title + ": " + strings.TrimSpace(strings.Split(r.Statement, "\n")[0])
			}
			for _, d := range a.Declined {
				got += "declined: " + d.Reason
			}
			if got != c.want && !(strings.HasPrefix(c.want, "declined") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhenAnIndexWasHidden(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	step := []db.Step{{Object: db.Object{Kind: db.ObjectIndex, Name: "Old"}}}
	got := hiddenSince([]Entry{
		{Kind: KindHideIndex, State: EntryApplied, SettledAt: at, Steps: step},
		{Kind: KindHideIndex, State: EntryUndone, SettledAt: at, Steps: []db.Step{{Object: db.Object{Name: "shown"}}}},
		{Kind: KindDropIndex, State: EntryApplied, SettledAt: at, Steps: []db.Step{{Object: db.Object{Name: "gone"}}}},
	})
	if len(got) != 1 || !got["old"].Equal(at) {
		t.Errorf("got %v, want that of old alone", got)
	}
}
