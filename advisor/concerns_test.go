package advisor

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func TestWhatOfACatalogIsWorthALook(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	n := func(v int64) *int64 { return &v }
	at := func(d time.Duration) *time.Time { v := now.Add(-d); return &v }
	index := func(name, column string) *db.Index {
		return &db.Index{Table: "t", Name: name, Columns: []db.IndexColumn{{Name: column}}, Bytes: n(1 << 20), Uses: n(5)}
	}
	with := func(f func(*db.Table, *db.Schema)) *db.Schema {
		tab := &db.Table{Name: "t", Rows: n(10_000), Bytes: n(100 << 20), Dead: n(100), Analyzed: at(time.Hour)}
		s := &db.Schema{Tables: []*db.Table{tab}, UsesSince: now.Add(-72 * time.Hour)}
		f(tab, s)
		return s
	}
	for _, row := range []struct {
		name, kind, text string
		of               func(*db.Table, *db.Schema)
	}{
		{"all is well", "", "", func(*db.Table, *db.Schema) {}},
		{"dead rows", "dead rows", "33", func(t *db.Table, _ *db.Schema) { t.Dead = n(5000) }},
		{"room inside", "bloat", "40 MB", func(t *db.Table, _ *db.Schema) { t.Free, t.FreeHow = n(40_000_000), "estimate" }},
		{"old statistics", "old statistics", "60 d", func(t *db.Table, _ *db.Schema) { t.Analyzed = at(60 * 24 * time.Hour) }},
		{"a foreign key", "foreign key without index", "customers", func(t *db.Table, _ *db.Schema) {
			t.ForeignKeys = []db.ForeignKey{{Columns: []string{"customer_id"}, Table: "customers"}}
		}},
		{"an index that nobody uses", "unused index", "3 d", func(t *db.Table, _ *db.Schema) { t.Indexes = []*db.Index{index("a", "x")}; t.Indexes[0].Uses = n(0) }},
		{"one that is counted since an hour", "", "", func(t *db.Table, s *db.Schema) {
			t.Indexes, s.UsesSince = []*db.Index{index("a", "x")}, now.Add(-time.Hour)
			t.Indexes[0].Uses = n(0)
		}},
		{"an interrupted build", "invalid index", "did not end", func(t *db.Table, _ *db.Schema) { t.Indexes = []*db.Index{index("a", "x")}; t.Indexes[0].Invalid = true }},
		{"a build that goes on", "index not ready", "serves nobody yet", func(t *db.Table, _ *db.Schema) {
			t.Indexes = []*db.Index{index("a", "x")}
			t.Indexes[0].Invalid, t.Indexes[0].Building = true, true
		}},
		{"one that some partitions lack", "invalid index", "not all partitions", func(t *db.Table, _ *db.Schema) {
			t.Indexes = []*db.Index{index("a", "x")}
			t.Indexes[0].Invalid, t.Indexes[0].Parted = true, true
		}},
		{"two of one kind", "duplicate index", "same as a", func(t *db.Table, _ *db.Schema) { t.Indexes = []*db.Index{index("a", "x"), index("b", "x")} }},
		{"one that begins another", "redundant index", "b begins with the same columns", func(t *db.Table, _ *db.Schema) {
			t.Indexes = []*db.Index{index("a", "x"), index("b", "x")}
			t.Indexes[1].Columns = append(t.Indexes[1].Columns, db.IndexColumn{Name: "y"})
		}},
		{"a unique one that begins another keeps its rule", "", "", func(t *db.Table, _ *db.Schema) {
			t.Indexes = []*db.Index{index("a", "x"), index("b", "x")}
			t.Indexes[0].Unique, t.Indexes[1].Columns = true, append(t.Indexes[1].Columns, db.IndexColumn{Name: "y"})
		}},
		{"keys that end", "keys run out", "90", func(_ *db.Table, s *db.Schema) {
			s.Counters = []db.KeyCounter{{Name: "t_id_seq", Table: "t", Column: "id", Last: 90, Max: 100}}
		}},
	} {
		got := Concerns(with(row.of), now)
		if row.kind == "" && len(got) > 0 || row.kind != "" && (len(got) != 1 || got[0].Kind != row.kind || !strings.Contains(got[0].Text, row.text)) {
			t.Errorf("%s: got %+v, want %s with %q", row.name, got, row.kind, row.text)
		}
	}
}
