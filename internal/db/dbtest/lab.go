package dbtest

import (
	"errors"
	"slices"
	"testing"

	"mltop/internal/db"
)

// A LabSubject is an engine attached to a database that holds OrdersDDL and
// the rows of FillOrders with 20,000 orders.
type LabSubject struct {
	Engine  db.Engine
	Options db.LabOptions
	// Left lists what a Lab has put into the server or its folder.
	Left func(t testing.TB) []string
	// Nothing: the Lab puts nothing anywhere, even while it is open.
	Nothing bool
	// NoHide: this server cannot hide an index; then the Lab must say so.
	NoHide bool
}

// needle finds few orders, by a column that no index holds.
const needle = "SELECT o.status FROM orders o WHERE o.total_cents = 7"

func helpful() db.Index {
	return db.Index{Table: "orders", Name: "mltop_orders_total_cents", Columns: []db.IndexColumn{{Name: "total_cents"}}}
}

func useless() db.Index {
	return db.Index{Table: "orders", Name: "mltop_orders_status_id", Columns: []db.IndexColumn{{Name: "status"}, {Name: "id"}}}
}

// RunLab checks what every what-if room promises.
func RunLab(t *testing.T, s LabSubject) {
	maker, ok := s.Engine.(db.LabMaker)
	if !ok {
		t.Fatal("the engine makes no what-if room")
	}
	before := must(s.Engine.Schema(t.Context()))(t).Version
	lab, err := maker.Lab(t.Context(), s.Options, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		check func(*testing.T, LabSubject, db.Lab)
	}{
		{"the index that helps makes it five times as cheap", helpfulHelps},
		{"an index on a wrong column changes nothing", uselessDoesNot},
		{"a hidden index makes it dearer", hidingCosts},
		{"sizes and the cost of a write are estimated", sizesAreKnown},
		{"what is no index of these tables is refused", nonsenseIsRefused},
		{"equal answers are told from others", answersCompare},
		{"it is visible where it lies, or lies nowhere", isSeen},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, s, lab) })
	}
	if err := lab.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if left := s.Left(t); len(left) != 0 {
		t.Errorf("closing left %v behind", left)
	}
	if _, err := lab.Cost(t.Context(), db.Query{SQL: needle}, db.Config{}); err == nil {
		t.Error("a closed one still answers")
	}
	if after := must(s.Engine.Schema(t.Context()))(t).Version; after != before {
		t.Error("the live catalog has changed")
	}
}

func costOf(t *testing.T, lab db.Lab, sql string, c db.Config) db.Estimate {
	t.Helper()
	e, err := lab.Cost(t.Context(), db.Query{SQL: sql}, c)
	if err != nil {
		t.Fatalf("%s under %+v: %v", sql, c, err)
	}
	if e.Unit == "" || e.Method == "" || e.Low > e.Value || e.Value > e.High || e.Plan == nil {
		t.Errorf("%s: got %+v", sql, e)
	}
	return e
}

func helpfulHelps(t *testing.T, _ LabSubject, lab db.Lab) {
	base := costOf(t, lab, needle, db.Config{})
	with := costOf(t, lab, needle, db.Config{Add: []db.Index{helpful()}})
	if with.Value*5 > base.Value || !slices.Contains(with.Uses, helpful().Name) {
		t.Errorf("from %v to %v %s by %v", base.Value, with.Value, with.Unit, with.Uses)
	}
	if again := costOf(t, lab, needle, db.Config{}); again.Value*2 < base.Value || len(again.Uses) != 0 {
		t.Errorf("without it again: %v, it was %v; by %v", again.Value, base.Value, again.Uses)
	}
	p, err := lab.Plan(t.Context(), db.Query{SQL: needle}, db.Config{Add: []db.Index{helpful()}})
	if err != nil || !planUses(p, helpful().Name) {
		t.Errorf("the plan does not use it: %+v, %v", p, err)
	}
}

func planUses(p *db.Plan, index string) bool {
	found := false
	p.Walk(func(n *db.Node, _ int) { found = found || n.Index == index })
	return found
}

func uselessDoesNot(t *testing.T, _ LabSubject, lab db.Lab) {
	base := costOf(t, lab, needle, db.Config{})
	with := costOf(t, lab, needle, db.Config{Add: []db.Index{useless()}})
	if with.Value*2 < base.Value || slices.Contains(with.Uses, useless().Name) {
		t.Errorf("from %v to %v by %v", base.Value, with.Value, with.Uses)
	}
}

func hidingCosts(t *testing.T, s LabSubject, lab db.Lab) {
	const sql = "SELECT title FROM products WHERE category = 'category 3'"
	hide := db.Config{Hide: []string{"products_category"}}
	if s.NoHide {
		var no db.NotMeasured
		if _, err := lab.Cost(t.Context(), db.Query{SQL: sql}, hide); !errors.As(err, &no) {
			t.Errorf("it cannot hide an index, and said %v", err)
		}
		return
	}
	base := costOf(t, lab, sql, db.Config{})
	hidden := costOf(t, lab, sql, hide)
	dearer := hidden.Value > base.Value
	if base.Work != nil && hidden.Work != nil { // counted, where times are of microseconds
		dearer = hidden.Work.Steps > base.Work.Steps
	}
	if !dearer || slices.Contains(hidden.Uses, "products_category") || !slices.Contains(base.Uses, "products_category") {
		t.Errorf("from %v by %v to %v by %v", base.Value, base.Uses, hidden.Value, hidden.Uses)
	}
	if _, err := lab.Cost(t.Context(), db.Query{SQL: sql}, db.Config{Hide: []string{"no_such_index"}}); err == nil {
		t.Error("an index that is not there was hidden")
	}
}

func sizesAreKnown(t *testing.T, _ LabSubject, lab db.Lab) {
	e := lab.Size(helpful())
	// 20,000 rows of an integer and the key: 12 to 40 bytes each, on whole pages.
	if e.Unit != db.UnitBytes || e.Value < 200e3 || e.Value > 1200e3 {
		t.Errorf("size: got %+v", e)
	}
	w, err := lab.WriteCost(t.Context(), helpful())
	if err != nil || w.High <= 0 || w.Unit == "" {
		t.Errorf("write: got %+v, %v", w, err)
	}
}

func nonsenseIsRefused(t *testing.T, _ LabSubject, lab db.Lab) {
	if err := lab.Try(t.Context(), helpful()); err != nil {
		t.Errorf("a sound index: %v", err)
	}
	wrong := db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "nowhere"}}}
	if err := lab.Try(t.Context(), wrong); err == nil {
		t.Error("an index of a column that is not there was taken")
	}
	for _, sql := range []string{"DROP TABLE orders", "SELECT 1; DELETE FROM orders", "SELECT nothing FROM orders"} {
		if e, err := lab.Cost(t.Context(), db.Query{SQL: sql}, db.Config{}); err == nil {
			t.Errorf("%q has a cost: %+v", sql, e)
		}
	}
}

func answersCompare(t *testing.T, _ LabSubject, lab db.Lab) {
	a := db.Query{SQL: "SELECT id FROM orders WHERE total_cents = 7 AND status <> 'x'"}
	same, err := lab.Equivalent(t.Context(), a, db.Query{SQL: "SELECT id FROM orders WHERE total_cents BETWEEN 7 AND 7"})
	var no db.NotMeasured
	if errors.As(err, &no) {
		return // an ability, not a duty
	}
	other, err2 := lab.Equivalent(t.Context(), a, db.Query{SQL: "SELECT id FROM orders WHERE status = 'done'"})
	if !same || other || err != nil || err2 != nil {
		t.Errorf("equal: %v, %v; unequal: %v, %v", same, err, other, err2)
	}
}

func isSeen(t *testing.T, s LabSubject, _ db.Lab) {
	if left := s.Left(t); (len(left) == 0) != s.Nothing {
		t.Errorf("while it is open, there is %v", left)
	}
}
