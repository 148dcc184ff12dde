package advisor

import (
	"testing"

	"mltop/internal/db"
)

func TestWhatAPlanDoesThatAnIndexWouldSpare(t *testing.T) {
	scan := &db.Node{Op: db.OpScan, Table: "Items"}
	sort := &db.Node{Op: db.OpSort, Detail: "ORDER BY"}
	other := &db.Node{Op: db.OpScan, Table: "orders"}
	for _, c := range []struct {
		name  string
		nodes []*db.Node
		want  string
	}{
		{"a scan weighs more than the sort before it", []*db.Node{sort, scan}, "read all of items"},
		{"a sort alone", []*db.Node{sort, other}, "sort what it read (ORDER BY)"},
		{"an index that the engine builds for itself", []*db.Node{{Op: db.OpSearch, Table: "items", Automatic: true}, sort}, "build an index on items for itself in every run"},
		{"only another table is read whole", []*db.Node{other}, "read more of items than it needs"},
	} {
		plan := &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: c.nodes}}
		if got := work(plan, "items"); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}
