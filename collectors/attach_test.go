package collectors

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func TestWhatIsTellableOfTwoAttaches(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	like := func(f func(*Database)) Attached {
		d := &Database{At: at, Stats: db.Stats{Version: "15.1", Started: at.Add(-240 * time.Hour)}, Schema: &db.Schema{Tables: []*db.Table{{Name: "t"}}},
			Settings: []db.Setting{{Name: "work_mem", Value: "4MB"}, {Name: "primary_conninfo", Value: "password=x"}}}
		f(d)
		a, ok := d.Attach()
		if !ok {
			t.Fatalf("got nothing of %+v", d)
		}
		return a
	}
	before := like(func(d *Database) { d.At = at.Add(-3 * time.Hour) })
	if _, ok := before.Settings["primary_conninfo"]; ok {
		t.Error("a setting with a password is written down")
	}
	for _, row := range []struct {
		name, kind, want string
		now              func(*Database)
	}{
		{"nothing", "", "", func(*Database) {}},
		{"another version", "version", "15.1 → 15.2", func(d *Database) { d.Stats.Version = "15.2" }},
		{"a restart", "restart", "started again 60 min ago", func(d *Database) { d.Stats.Started = at.Add(-time.Hour) }},
		{"the same start, read again", "", "", func(d *Database) { d.Stats.Started = d.Stats.Started.Add(time.Second) }},
		{"a setting", "setting", "work_mem: 4MB → 8MB", func(d *Database) { d.Settings[0].Value = "8MB" }},
		{"a table", "schema", "table created: u", func(d *Database) { d.Schema.Tables = append(d.Schema.Tables, &db.Table{Name: "u"}) }},
	} {
		got := like(row.now).Since(before)
		if row.kind == "" && len(got) > 0 || row.kind != "" && (len(got) != 1 || got[0].Kind != row.kind || !strings.Contains(got[0].Text, row.want) || !strings.Contains(got[0].Text, "3 h")) {
			t.Errorf("%s: got %+v, want %s %q", row.name, got, row.kind, row.want)
		}
	}
	if _, ok := (&Database{Stats: db.Stats{Unread: true}}).Attach(); ok {
		t.Error("a server that does not answer is like something")
	}
}

func TestIndexesOfOneNameAreToldApart(t *testing.T) {
	table := func(schema, name string, indexes ...*db.Index) *db.Table {
		return &db.Table{Schema: schema, Name: name, Columns: []db.Column{{Name: "id", Type: "int"}, {Name: "line", Type: "int"}}, Indexes: indexes}
	}
	index := func(name string, columns ...string) *db.Index {
		ix := &db.Index{Name: name, Unique: true}
		for _, c := range columns {
			ix.Columns = append(ix.Columns, db.IndexColumn{Name: c})
		}
		return ix
	}
	mysql := &db.Schema{Tables: []*db.Table{table("shop", "customers", index("PRIMARY", "id")), table("shop", "items", index("PRIMARY", "id", "line"))}}
	again := &db.Schema{Tables: []*db.Table{mysql.Tables[1], mysql.Tables[0]}}
	tenants := &db.Schema{Tables: []*db.Table{table("a", "orders", index("by_id", "id")), table("b", "orders", index("by_id", "id", "line")), table("public", "orders")}}
	lost := &db.Schema{Tables: tenants.Tables[1:]}
	widened := &db.Schema{Tables: []*db.Table{table("shop", "customers", index("PRIMARY", "id", "line")), mysql.Tables[1]}}
	for _, row := range []struct {
		name        string
		before, now *db.Schema
		want        string
	}{
		{"the primary keys of several tables are as they were", mysql, mysql, ""},
		{"in another order too", mysql, again, ""},
		{"one of them changed", mysql, widened, "index changed: PRIMARY on customers(id, line)"},
		{"one of two tables of a name is gone", tenants, lost, "table dropped: a.orders; index dropped: by_id on a.orders(id)"},
		{"tables of one name in several schemas are as they were", tenants, tenants, ""},
	} {
		var got []string
		for _, e := range catalogChanges(row.before, row.now, time.Now()) {
			got = append(got, e.Text)
		}
		if strings.Join(got, "; ") != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
