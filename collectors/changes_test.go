package collectors

import (
	"testing"
	"time"

	"mltop/internal/db"
)

func TestAChangeSaysFromWhatToWhat(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	read := func(mem string, columns ...db.Column) *Database {
		return &Database{At: at, Schema: &db.Schema{Tables: []*db.Table{{Name: "t", Columns: columns}}}, Settings: []db.Setting{{Name: "work_mem", Value: mem}}}
	}
	before := read("4MB", db.Column{Name: "a", Type: "int"}, db.Column{Name: "b", Type: "int"})
	now := read("7MB", db.Column{Name: "a", Type: "int"}, db.Column{Name: "b", Type: "text"})
	was, _ := before.Attach()
	is, _ := now.Attach()
	was.At = at.Add(-time.Hour)
	log := &changeLog{}
	log.since(before)
	for _, row := range []struct {
		name  string
		list  []Event
		after time.Time
	}{{"seen live", log.since(now), time.Time{}}, {"since the last attach", is.Since(was), was.At}} {
		got := map[string]Event{}
		for _, e := range row.list {
			got[e.What] = e
			if !e.Change() || !e.At.Equal(at) || !e.After.Equal(row.after) {
				t.Errorf("%s: got %+v", row.name, e)
			}
		}
		for what, want := range map[string][2]string{"table changed: t": {"b int", "b text"}, "work_mem": {"4MB", "7MB"}} {
			if e := got[what]; e.From != want[0] || e.To != want[1] {
				t.Errorf("%s: %s: got %q → %q, want %q → %q", row.name, what, e.From, e.To, want[0], want[1])
			}
		}
	}
}

func TestWhatOurOwnSessionAskedForIsNoSettingOfTheServer(t *testing.T) {
	read := func(mem, source string) Attached {
		a, ok := (&Database{Schema: &db.Schema{}, Settings: []db.Setting{{Name: "work_mem", Value: mem, Source: source}}}).Attach()
		if !ok {
			t.Fatal("catalog and settings are there, and are not known")
		}
		return a
	}
	for _, row := range []struct {
		name        string
		before, now Attached
		want        int
	}{
		{"the server has another", read("4MB", "default"), read("7MB", "configuration file"), 1},
		{"we asked for another", read("4MB", "default"), read("7MB", "client"), 0},
		{"we ask no more", read("7MB", "client"), read("4MB", "default"), 0},
	} {
		if got := row.now.Since(row.before); len(got) != row.want {
			t.Errorf("%s: got %+v, want %d changes", row.name, got, row.want)
		}
	}
}
