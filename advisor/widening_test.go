package advisor

import (
	"context"
	"slices"
	"testing"

	"mltop/internal/db"
)

// A widthLab answers as a planner does: a search by an index costs so much with
// the table's rows fetched and so much without, where the index covers them; a
// scan so much.
type widthLab struct {
	*fakeLab
	scan, fetched, covered float64
	narrow, wide           int64 // bytes of an index of one or two columns, and of more
}

func (l widthLab) covers(ix db.Index) bool { return len(ix.Columns) > 2 }

func (l widthLab) best(c db.Config) *db.Index {
	var best *db.Index
	for _, ix := range append(existing(l.schema), c.Add...) {
		if len(ix.Columns) > 1 && ix.Columns[0].Name == "customer" && (best == nil || l.covers(ix)) {
			best = &ix
		}
	}
	return best
}

func existing(s *db.Schema) (list []db.Index) {
	for _, ix := range s.Tables[0].Indexes {
		list = append(list, *ix)
	}
	return list
}

func (l widthLab) Plan(_ context.Context, _ db.Query, c db.Config) (*db.Plan, error) {
	n := &db.Node{Op: db.OpScan, Table: "orders", Raw: "Seq Scan"}
	if ix := l.best(c); ix != nil {
		n = &db.Node{Op: db.OpSearch, Table: "orders", Index: ix.Name, Covering: l.covers(*ix), Raw: "Index Scan " + ix.Name}
		if n.Covering {
			n.Raw = "Index Only Scan " + ix.Name
		}
	}
	return &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{n}}}, nil
}

func (l widthLab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	plan, _ := l.Plan(ctx, q, c)
	v := l.scan
	switch ix := l.best(c); {
	case ix != nil && l.covers(*ix):
		v = l.covered
	case ix != nil:
		v = l.fetched
	}
	return db.Estimate{Plan: plan, Value: v, Low: v, High: v, Unit: db.UnitCost, Method: db.MethodHypothetical}, nil
}

func (l widthLab) Size(ix db.Index) db.Estimate {
	size := l.narrow
	if l.covers(ix) {
		size = l.wide
	}
	return db.Estimate{Value: float64(size), Unit: db.UnitBytes}
}

func (l widthLab) WriteCost(context.Context, db.Index) (db.Estimate, error) {
	return db.Estimate{Unit: db.UnitCost}, nil
}

type widthEngine struct {
	*fakeEngine
	lab widthLab
}

func (e widthEngine) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return e.lab, nil
}

// ordersOf is "select id, total from orders where customer = ? order by at".
func ordersOf(narrow int64, l widthLab) (widthEngine, Workload) {
	s := where("orders", "customer=", "order at")
	s.Blocks[0].Star = nil
	s.Blocks[0].Reads = []db.ColumnRef{{Column: "customer"}, {Column: "at"}, {Column: "code"}, {Column: "total"}}
	e, w := world([]*db.Table{table("orders", "customer", "at", "code", "total")}, s)
	if narrow > 0 {
		e.schema.Tables[0].Indexes = []*db.Index{{Name: "mine", Table: "orders", Method: "btree", Bytes: &narrow, Columns: []db.IndexColumn{{Name: "customer"}, {Name: "at"}}}}
	}
	l.fakeLab = e.lab
	return widthEngine{e, l}, w
}

func TestAWideIndexHasToEarnItsBytes(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		name   string
		have   int64 // bytes of an index on (customer, at)
		budget int64
		lab    widthLab
		want   []string
	}{
		{"the last thousandth of the cost is not worth six times the bytes", 0, 0,
			widthLab{scan: 36000, fetched: 33, covered: 1.1, narrow: 12 * mb, wide: 74 * mb}, []string{"orders(customer, at)"}},
		{"a twelfth of the cost is", 0, 0,
			widthLab{scan: 36000, fetched: 3000, covered: 10, narrow: 12 * mb, wide: 74 * mb}, []string{"orders(customer, at, code, total)"}},
		{"a fiftieth is worth a third more bytes", 0, 0,
			widthLab{scan: 36000, fetched: 800, covered: 10, narrow: 12 * mb, wide: 16 * mb}, []string{"orders(customer, at, code, total)"}},
		{"nobody widens six times what costs 33 already", 12 * mb, 0,
			widthLab{scan: 36000, fetched: 33, covered: 1.1, narrow: 12 * mb, wide: 74 * mb}, nil},
		{"what costs a thousand is widened", 12 * mb, 0,
			widthLab{scan: 36000, fetched: 1000, covered: 10, narrow: 12 * mb, wide: 74 * mb}, []string{"orders(customer, at, code, total)"}},
		{"bytes that the user gave may be spent", 0, 100 * mb,
			widthLab{scan: 36000, fetched: 33, covered: 1.1, narrow: 12 * mb, wide: 74 * mb}, []string{"orders(customer, at, code, total)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, w := ordersOf(tt.have, tt.lab)
			got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Budget: tt.budget})
			if err != nil {
				t.Fatal(err)
			}
			if list := indexes(got); !slices.Equal(list, tt.want) {
				t.Errorf("advised %q, want %q; declined %+v", list, tt.want, got.Declined)
			}
		})
	}
}
