package advisor

import (
	"slices"
	"testing"

	"mltop/internal/db"
)

// asking is a statement that compares columns of a table for equality.
func asking(shape *db.Shape, table string) *bound {
	return &bound{Statement: Statement{Name: "it"}, shapes: []*db.Shape{shape}, tables: map[string]bool{table: true}}
}

func TestOfEqualColumnsOneOrderIsTried(t *testing.T) {
	for _, c := range []struct {
		name   string
		have   []string // columns of an index that exists
		others []string // what another statement searches
		want   string
	}{
		{"the order that an index has already: it can then go", []string{"author"}, nil, "author"},
		{"the order in which another statement can use it", nil, []string{"state="}, "state"},
		{"an index that exists comes before other statements", []string{"author"}, []string{"state="}, "author"},
	} {
		t.Run(c.name, func(t *testing.T) {
			notes := table("notes", "author", "state", "at")
			if c.have != nil {
				ix := db.Index{Table: "notes", Name: "old", Method: "btree", Bytes: new(int64)}
				*ix.Bytes = 1000
				for _, name := range c.have {
					ix.Columns = append(ix.Columns, db.IndexColumn{Name: name})
				}
				notes.Indexes = append(notes.Indexes, &ix)
			}
			schema := &db.Schema{Tables: []*db.Table{notes}}
			all := []*bound{asking(where("notes", "author=", "state=", "order at"), "notes")}
			if c.others != nil {
				all = append(all, asking(where("notes", c.others...), "notes"))
			}
			s := newSearch(newWhatIf(nil), schema, all, nil, 0)
			var got []string
			for _, ix := range s.oneOrder(all[0], candidatesOf(all[0], schema, nil), s.common(all, schema, nil)) {
				if len(ix.Columns) == 3 && ix.Columns[2].Name == "at" {
					got = append(got, ix.Columns[0].Name)
				}
			}
			if want := []string{c.want}; !slices.Equal(got, want) {
				t.Errorf("kept those that begin with %v, want %v", got, want)
			}
		})
	}
}

func TestCandidatesFitTheColumn(t *testing.T) {
	names := table("names", "name", "address")
	names.Column("name").LikeClass = "text_pattern_ops"
	names.Column("address").Long = true
	schema := &db.Schema{Tables: []*db.Table{names}}
	like := where("names", "name=")
	like.Blocks[0].Predicates[0].Op = db.PredPrefix
	for _, c := range []struct {
		name  string
		shape *db.Shape
		want  string
	}{
		{"LIKE 'x%' needs the class by which it is served", like, "names(name text_pattern_ops)"},
		{"an equality needs none", where("names", "name="), "names(name)"},
		{"of a long text the beginning is indexed", where("names", "address="), "names(address(100))"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, ix := range candidatesOf(asking(c.shape, "names"), schema, nil) {
				got = append(got, ix.Signature())
			}
			if !slices.Contains(got, c.want) {
				t.Errorf("got %q, want %q among them", got, c.want)
			}
		})
	}
}

func TestTheUnitSaysWhatCannotBeToldApart(t *testing.T) {
	for _, c := range []struct {
		name        string
		unit        db.Unit
		saved, want float64
	}{
		{"a page that the planner need not read is no gain", db.UnitCost, 4, 0},
		{"twenty pages are", db.UnitCost, 80, 80},
		{"thirty rows of a scan are no gain", db.UnitHandlerReads, 30, 0},
		{"thirty thousand are", db.UnitHandlerReads, 30000, 30000},
		{"what a clock measures is told apart by its own interval", db.UnitSeconds, 1e-6, 1e-6},
	} {
		s := &search{unit: c.unit}
		if got := s.tells(c.saved, measure{value: 2 * c.saved}, 0.1); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAnIndexIsNoWiderThanFourColumns(t *testing.T) {
	schema := &db.Schema{Tables: []*db.Table{table("logs", "a", "b", "c", "d", "e", "f", "g")}}
	for _, shape := range []*db.Shape{
		where("logs", "a=", "b=", "c=", "d=", "e=", "f=", "g="),
		where("logs", "a=", "b=", "c=", "d=", "e<9", "order f"),
		where("logs", "a=", "order b", "order c", "order d", "order e"),
	} {
		list := candidatesOf(asking(shape, "logs"), schema, nil)
		if len(list) == 0 {
			t.Error("there is no candidate")
		}
		for _, ix := range list {
			if len(ix.Columns) > 4 {
				t.Errorf("%s has %d columns", ix.Signature(), len(ix.Columns))
			}
		}
	}
}
