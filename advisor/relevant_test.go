package advisor

import (
	"testing"

	"mltop/internal/db"
)

func TestIndexesThatAStatementCouldUse(t *testing.T) {
	column := func(name string) db.ColumnRef { return db.ColumnRef{Column: name} }
	plainSelect := where("logs", "a=", "order c")
	counting := &db.Shape{Kind: db.KindSelect, Blocks: []db.Block{{Relations: []db.Relation{{Table: "logs"}}, Aggregate: true}}}
	greatest := &db.Shape{Kind: db.KindSelect, Blocks: []db.Block{{Relations: []db.Relation{{Table: "logs"}}, Aggregate: true, Reads: []db.ColumnRef{column("d"), column("a")}}}}
	narrow := where("logs", "a=")
	narrow.Blocks[0].Star, narrow.Blocks[0].Reads = nil, []db.ColumnRef{column("a"), column("b")}
	lower := where("logs")
	lower.Blocks[0].Predicates = []db.Predicate{{Column: db.ColumnRef{Expr: "lower(e)"}, Op: db.PredEq, Text: "lower(e) = ?"}}
	view := &db.Shape{Kind: db.KindSelect, Blocks: []db.Block{{Relations: []db.Relation{{Table: "logs", Derived: true}}}}}
	join := &db.Shape{Kind: db.KindSelect, Blocks: []db.Block{{
		Relations: []db.Relation{{Table: "users"}, {Table: "logs"}}, Star: []int{0, 1},
		Joins: []db.Join{{Left: db.ColumnRef{Column: "id"}, Right: db.ColumnRef{Relation: 1, Column: "b"}}},
	}}}
	writes := &db.Shape{Kind: db.KindUpdate, Writes: []db.Write{{Table: "logs", Kind: db.KindUpdate}}}
	on := func(names ...string) db.Index { return db.Index{Name: "i", Table: "LOGS", Columns: named(names)} }
	partial := on("d")
	partial.Where = "a = 1"
	stranger := on("d")
	stranger.Where = "b = 1"
	expression := db.Index{Name: "i", Table: "logs", Columns: []db.IndexColumn{{Expr: "lower(f)"}}}
	covering := on("d")
	covering.Include = []string{"a", "b"}
	for name, x := range map[string]struct {
		shape *db.Shape
		index db.Index
		want  bool
	}{
		"by the column that is searched":             {plainSelect, on("a"), true},
		"by the order":                               {plainSelect, on("c"), true},
		"by a later column that is searched":         {plainSelect, on("d", "a"), true},
		"not by a later column that only sorts":      {plainSelect, on("d", "c"), false},
		"not by a column that is only read":          {plainSelect, on("d"), false},
		"not one of another table":                   {plainSelect, db.Index{Name: "i", Table: "users", Columns: named([]string{"a"})}, false},
		"by its condition":                           {plainSelect, partial, true},
		"not by a condition on another column":       {plainSelect, stranger, false},
		"not by an expression of a stranger's":       {plainSelect, expression, false},
		"by an expression, however it is written":    {lower, expression, true},
		"any index counts rows":                      {counting, on("d"), true},
		"by the order in which a greatest one lies":  {greatest, on("d"), true},
		"by holding all that is read":                {narrow, on("d", "b", "a"), true},
		"by including all that is read":              {narrow, covering, true},
		"not by holding a part of it":                {narrow, on("d", "b"), false},
		"by the other side of a join":                {join, on("b"), true},
		"not by a join's column of another relation": {join, on("id"), false},
		"whatever a view reads":                      {view, on("d"), true},
		"what is only written: nobody knows":         {writes, on("d"), true},
	} {
		b := &bound{shapes: []*db.Shape{x.shape}, tables: map[string]bool{}}
		b.addTables(x.shape)
		if got := len(relevant([]db.Index{x.index}, b)) == 1; got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}
