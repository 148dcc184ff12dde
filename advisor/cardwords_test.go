package advisor

import (
	"math"
	"strings"
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

// A number and the words beside it are told once, in one unit.
func TestWhatARowWrittenCostsIsSaidInOnePlace(t *testing.T) {
	clock := func(v float64) *candidate {
		return &candidate{rowCost: v, rowUnit: db.UnitSeconds, evaluated: true, rows: 1}
	}
	reads := &candidate{rowCost: 25, rowUnit: db.UnitHandlerReads, evaluated: true, rows: 1}
	for _, c := range []struct {
		name             string
		members          []*candidate
		cost             float64 // NaN: no seconds
		why, each, wrote string
	}{
		{"measured", []*candidate{clock(4e-6)}, 4e-6, "", "4 µs more for each row written; ", "3.6k rows written an hour, 4 µs more for each"},
		{"too little to measure", []*candidate{clock(0)}, 0, "", "nothing that could be measured more for each row written; ", "3.6k rows written an hour, nothing that could be measured more for each"},
		{"reckoned by a rule in reads", []*candidate{reads}, math.NaN(), "for a row written as much as 25 handler reads, by rule: no row is written to measure it", "", "3.6k rows written an hour"},
		{"two of them", []*candidate{reads, reads}, math.NaN(), "for a row written as much as 50 handler reads, by rule: no row is written to measure it", "", "3.6k rows written an hour"},
		{"it could not be", []*candidate{{rowWhy: "the copy is full", rows: 1}}, math.NaN(), "it was not measured what a row written costs: the copy is full", "", "3.6k rows written an hour"},
	} {
		o := offer{members: c.members}
		cost := math.NaN()
		if p := o.writeCost(); p != nil {
			cost = *p
		}
		if same := cost == c.cost || math.IsNaN(cost) && math.IsNaN(c.cost); !same || o.writeWhy() != c.why || each(o, "%s more for each row written; ") != c.each {
			t.Errorf("%s: got %v, %q, %q; want %v, %q, %q", c.name, cost, o.writeWhy(), each(o, "%s more for each row written; "), c.cost, c.why, c.each)
		}
		if got := evidence(nil, o)[0]; got != c.wrote {
			t.Errorf("%s: the evidence is %q, want %q", c.name, got, c.wrote)
		}
	}
}

func TestACardSaysWhoseConstantsItsNumbersAreOf(t *testing.T) {
	literal := &db.Shape{Kind: db.KindSelect}
	open := &db.Shape{Kind: db.KindSelect, Params: 1, Placeholders: []db.Placeholder{{Table: "items", Column: "order_id", Role: db.RoleValue}}}
	page := &db.Shape{Kind: db.KindSelect, Params: 1, Placeholders: []db.Placeholder{{Role: db.RoleLimit}}}
	for _, c := range []struct {
		name   string
		shapes [][]*db.Shape
		method db.Method
		want   string
	}{
		{"a log with the constants of three calls", [][]*db.Shape{{literal, literal, literal}}, db.MethodCopy, "constants drawn from 3 examples"},
		{"a log whose text has placeholders names no example", [][]*db.Shape{{open}}, db.MethodCopy,
			"for placeholders a typical and the worst value drawn from the copied rows, as those of the calls are not known"},
		{"one of each", [][]*db.Shape{{open}, {literal}}, db.MethodCopy,
			"constants drawn from 1 example; for placeholders a typical and the worst value drawn from the copied rows, as those of the calls are not known"},
		{"a placeholder for the page's length is no constant that matters", [][]*db.Shape{{page}}, db.MethodCopy, "constants drawn from 1 example"},
		{"a server's planner alone", [][]*db.Shape{{open}}, db.MethodHypothetical,
			"for placeholders a typical value drawn from the tables, as those of the calls are not known"},
	} {
		var list []served
		for _, shapes := range c.shapes {
			list = append(list, served{b: &bound{shapes: shapes, queries: make([]db.Query, len(shapes))}, before: measure{method: c.method}})
		}
		_, why := doubts(list, offer{}, &Effect{})
		if got := strings.TrimPrefix(why, howMeasured(c.method)+"; "); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

func TestEvidenceByRuleHasNoDigitsThatNobodyMeasured(t *testing.T) {
	reads := func(v float64, by db.Method) measure { return measure{value: v, unit: db.UnitRowsRead, method: by} }
	for _, c := range []struct {
		name          string
		before, after measure
		want          string
	}{
		{"far beyond", reads(44_038, db.MethodRule), reads(1, db.MethodRule), "a: 44k rows read → 1 row read (more than 1,000× fewer rows, estimated), 60 calls an hour"},
		{"some", reads(344, db.MethodRule), reads(1, db.MethodRule), "a: 344 rows read → 1 row read (about 300× fewer rows, estimated), 60 calls an hour"},
		{"counted on a sample", reads(44_038, db.MethodSample), reads(1, db.MethodSample), "a: 44038 rows read → 1 row read (44038×), 60 calls an hour"},
	} {
		b := &bound{Statement: Statement{Name: "a", CallsPerHour: 60}}
		if got := evidence([]served{{b: b, before: c.before, after: c.after}}, offer{})[0]; got != c.want {
			t.Errorf("%s: got  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// A planner's estimate is believed as far as its errors reach.
func TestAnEstimateFarFromTodaysTimeIsBelievedMore(t *testing.T) {
	list := []served{{b: &bound{}, before: measure{method: db.MethodHypothetical}}}
	for _, c := range []struct {
		name string
		e    *Effect
		want string
	}{
		{"sixty times faster at the worse end", &Effect{Unit: db.UnitCost, Time: &Prediction{Before: 0.03, High: 0.0005}}, "medium"},
		{"nine times faster at the worse end", &Effect{Unit: db.UnitCost, Time: &Prediction{Before: 0.0009, High: 0.0001}}, "low"},
		{"nobody knows what a call takes", &Effect{Unit: db.UnitCost}, "low"},
	} {
		if got, _ := doubts(list, offer{}, c.e); got != c.want {
			t.Errorf("%s: confidence %s, want %s", c.name, got, c.want)
		}
	}
}
