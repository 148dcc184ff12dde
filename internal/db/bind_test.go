package db

import (
	"strings"
	"testing"
)

func TestAStatementIsGivenUpWithItsReason(t *testing.T) {
	for _, c := range []struct {
		name  string
		parse func()
		want  string
	}{
		{"nothing is wrong", func() {}, ""},
		{"a reason", func() { Decline("no such table: %s", "t") }, "no such table: t"},
		{"a fault of the parser's", func() { var list []int; _ = list[3] }, "could not be parsed: runtime error"},
		{"a view that holds itself", func() {
			var n Nesting
			var in func()
			in = func() { defer n.In("view v")(); in() }
			in()
		}, "too deeply nested at view v"},
	} {
		got := func() (err error) {
			defer Declined(&err)
			c.parse()
			return nil
		}()
		if c.want == "" && got != nil || c.want != "" && (got == nil || !strings.HasPrefix(got.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, got, c.want)
		}
	}
}

func TestWhyAnORIsServedByNoIndexes(t *testing.T) {
	at := func(relation int, why string) []Predicate {
		return []Predicate{{Column: ColumnRef{Relation: relation}, NoIndex: why}}
	}
	for _, c := range []struct {
		name string
		arms [][]Predicate
		want string
	}{
		{"two searches of one table", [][]Predicate{at(0, ""), at(0, "")}, ""},
		{"two tables", [][]Predicate{at(0, ""), at(1, "")}, "an OR over two tables"},
		{"one arm that reads all", [][]Predicate{at(0, ""), at(0, "negation")}, "another arm of the OR cannot use an index"},
	} {
		if got := WhyNoGroup(c.arms); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestIndexesAreNamedAfterWhatTheyAre(t *testing.T) {
	long := strings.Repeat("column_", 12)
	for _, c := range []struct {
		name  string
		ix    Index
		plain bool
		want  string
	}{
		{"words that tell all", Index{Table: "orders", Columns: []IndexColumn{{Name: "a"}, {Name: "b"}}}, true, "mltop_orders_a_b"},
		{"words that do not", Index{Table: "orders", Columns: []IndexColumn{{Name: "a", Desc: true}}}, false, "mltop_orders_a_"},
		{"what needs quotes", Index{Table: "my orders", Columns: []IndexColumn{{Name: "a"}}}, true, "mltop_my_orders_a_"},
		{"what is too long", Index{Table: "t", Columns: []IndexColumn{{Name: long}}}, true, "mltop_t_column_"},
	} {
		got := c.ix.WordedName(c.plain, c.ix.Signature())
		other := c.ix.WordedName(c.plain, "another")
		if !strings.HasPrefix(got, c.want) || len(got) > MaxIndexName || (got == other) != (got == c.want) {
			t.Errorf("%s: got %q and %q, want %q", c.name, got, other, c.want)
		}
	}
}
