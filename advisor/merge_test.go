package advisor

import (
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestWhatTwoIndexesBecome(t *testing.T) {
	on := func(columns ...string) db.Index { return db.Index{Table: "logs", Columns: named(columns)} }
	partial := on("a")
	partial.Where = "(b = 1)"
	brin := on("a")
	brin.Method = "brin"
	elsewhere := on("c")
	elsewhere.Table = "users"
	for _, c := range []struct {
		name string
		a, b db.Index
		want string // "": they are not merged
	}{
		{"the first's columns and then the second's", on("a", "b"), on("c", "a"), "logs(a, b, c)"},
		{"the other way round it is another", on("c", "a"), on("a", "b"), "logs(c, a, b)"},
		{"the second has nothing besides", on("a", "b"), on("b"), ""},
		{"the first is the beginning of the second", on("a"), on("a", "b"), "logs(a, b)"},
		{"four columns", on("a", "b"), on("c", "d"), "logs(a, b, c, d)"},
		{"five would be too wide", on("a", "b", "c"), on("d", "e"), ""},
		{"one of all rows and one of some", on("b"), partial, ""},
		{"one that is no B-tree", on("b"), brin, ""},
		{"two tables", on("a"), elsewhere, ""},
	} {
		ix, ok := merged(c.a, c.b)
		got := ""
		if ok {
			got = describe(ix)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTwoIndexesAreMergedWhereOneIsAsGood(t *testing.T) {
	for name, c := range map[string]struct {
		merged float64 // what the second statement takes with the one index
		want   string
	}{
		"it is":     {0.001, "logs(a, c, b)"},
		"it is not": {0.5, "logs(a, b) logs(a, c)"},
	} {
		s, by := timedSearch(t, 10, func(sql, indexes string) float64 {
			switch {
			case indexes == "":
				return 1
			case strings.Contains(indexes, "logs(a, c, b)") && sql == "q1":
				return c.merged
			case sql == "q1" && !strings.Contains(indexes, "logs(a, b)"):
				return 0.5
			}
			return 0.001
		})
		s.chosen = []*candidate{by("a", "c"), by("a", "b")}
		if !s.remeasure(t.Context(), s.all) {
			t.Fatal("not measured")
		}
		s.mergeTwo(t.Context())
		var got []string
		for _, x := range s.chosen {
			got = append(got, describe(x.index))
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: chosen are %q, want %q", name, got, c.want)
		}
	}
}
