package advisor

import (
	"context"
	"errors"
	"slices"
	"testing"

	"mltop/internal/db"
)

// pricedLab is a lab whose plans tell what they cost.
type pricedLab struct {
	*fakeLab
	planned int
}

func (l *pricedLab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	l.planned++
	for _, ix := range c.Add {
		if err := l.refuse[describe(ix)]; err != nil {
			return nil, err
		}
	}
	return l.fakeLab.Plan(ctx, q, c)
}

func (l *pricedLab) Price(p *db.Plan) (db.Estimate, bool) {
	v := fakeRowSeconds
	for _, n := range p.Root.Children {
		v *= *n.Rows
	}
	return db.Estimate{Plan: p, Value: v, Low: v, High: v, Unit: db.UnitSeconds, Method: db.MethodHypothetical}, true
}

// TestPeelingAsksLessForTheSame: what is foreseen is what the planner would
// have answered.
func TestPeelingAsksLessForTheSame(t *testing.T) {
	tables := func() []*db.Table {
		return []*db.Table{table("logs", "a", "b", "c", "d"), table("users", "x", "y", "z")}
	}
	shapes := func() []*db.Shape {
		return []*db.Shape{
			where("logs", "a=", "b=", "order c"), where("logs", "a=", "c<9"), where("logs", "b=", "c=", "d="),
			where("logs", "d=", "order c"), where("logs", "c<5"), where("users", "x=", "y="), where("users", "x=", "order z"), where("users", "z<3", "y="),
		}
	}
	search := func(lab func(*fakeLab) db.Lab, budget int64) (names []string, asked int) {
		e, w := world(tables(), shapes()...)
		all, _, _ := bindAll(w, e, e.schema)
		s := newSearch(newWhatIf(lab(e.lab)), e.schema, all, nil, budget)
		if !s.run(t.Context()) {
			t.Fatal("the search did not finish")
		}
		for _, c := range s.chosen {
			names = append(names, c.index.Name)
		}
		slices.Sort(names)
		for _, n := range s.what.asked {
			asked += n
		}
		return names, asked
	}
	for _, budget := range []int64{0, 3_000_000} {
		want, one := search(func(l *fakeLab) db.Lab { return l }, budget)
		priced := &pricedLab{}
		got, few := search(func(l *fakeLab) db.Lab { priced.fakeLab = l; return priced }, budget)
		if !slices.Equal(got, want) || len(got) == 0 {
			t.Errorf("within %d bytes it chose %q, and one by one %q", budget, got, want)
		}
		if few != priced.planned || few > one/2 {
			t.Errorf("within %d bytes it asked %d times (counted %d), and one by one %d", budget, priced.planned, few, one)
		}
	}
}

func TestAPlanIsForeseen(t *testing.T) {
	index := func(name string) db.Index {
		return db.Index{Name: name, Table: "logs", Columns: named([]string{name})}
	}
	a, b, c := index("a"), index("b"), index("c")
	known := []foreseen{newForeseen([]db.Index{a, b, c}, planned{text: "by a", uses: []string{"a"}}, nil), newForeseen([]db.Index{b, c}, planned{text: "by b and c", uses: []string{"b", "c", "logs_pkey"}}, nil)}
	other := a
	other.Name = "another"
	for name, x := range map[string]struct {
		under []db.Index
		want  string
	}{
		"the same indexes":                        {[]db.Index{c, b, a}, "by a"},
		"fewer, with the one that is used":        {[]db.Index{b, a}, "by a"},
		"that one alone":                          {[]db.Index{a}, "by a"},
		"without it, as was asked":                {[]db.Index{b, c}, "by b and c"},
		"one of two that are used together":       {[]db.Index{b}, ""},
		"none":                                    {nil, ""},
		"one more than anybody asked about":       {[]db.Index{a, b, c, index("d")}, ""},
		"the same index by a name no plan has it": {[]db.Index{other}, ""},
	} {
		if got, ok := foresee(known, x.under); got.text != x.want || ok != (x.want != "") {
			t.Errorf("%s: %q, %v; want %q", name, got.text, ok, x.want)
		}
	}
}

func TestExamplesThatArePlannedAlikeAreAskedOnce(t *testing.T) {
	shape := func() *db.Shape { return where("logs", "a=", "order c") }
	e, _ := world([]*db.Table{table("logs", "a", "b", "c")}, shape(), shape(), where("logs", "b="))
	lab := &pricedLab{fakeLab: e.lab}
	w := Workload{Statements: []Statement{{Fingerprint: "f", Name: "f", Text: "q0", Examples: []string{"q0", "q1", "q2"}, CallsPerHour: 3600}}}
	all, _, declined := bindAll(w, e, e.schema)
	if len(all) != 1 {
		t.Fatalf("declined: %+v", declined)
	}
	s := newSearch(newWhatIf(lab), e.schema, all, nil, 0)
	s.peel(t.Context(), all)
	if got := s.what.standIn(all[0].queries[1]).SQL; got != "q0" {
		t.Errorf("the second example is answered by %s, want the first", got)
	}
	if got := s.what.standIn(all[0].queries[2]).SQL; got != "q2" {
		t.Errorf("an example that is planned otherwise is answered by %s", got)
	}
}

func TestWhatIsKnownBoundsWhatIsNot(t *testing.T) {
	e, w := world([]*db.Table{table("logs", "a", "b", "c")}, where("logs", "a=", "b=", "c="))
	all, _, _ := bindAll(w, e, e.schema)
	lab := &pricedLab{fakeLab: e.lab}
	what := newWhatIf(lab)
	index := func(names ...string) db.Index {
		return db.Index{Name: "i_" + names[0], Table: "logs", Columns: named(names)}
	}
	ab, b, c := index("a", "b"), index("b"), index("c")
	price := func(add ...db.Index) float64 {
		m, err := what.measure(t.Context(), all[0], db.Config{Add: add})
		if err != nil {
			t.Fatal(err)
		}
		return m.value
	}
	least := price(ab, b, c)
	asked := lab.planned
	for name, x := range map[string]struct {
		add  []db.Index
		want float64
	}{
		"no less than with more indexes":           {[]db.Index{b}, least},
		"the price itself, where it is known":      {[]db.Index{ab}, least},
		"one that is none for it changes nothing":  {[]db.Index{b, index("d")}, least},
		"nothing where a useful one was not there": {[]db.Index{index("a"), b}, 0},
	} {
		if got := what.floor(all[0], db.Config{Add: x.add}); got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
	if lab.planned != asked {
		t.Errorf("bounds asked the lab %d times", lab.planned-asked)
	}
	if second := price(b, c); second <= least || what.floor(all[0], db.Config{Add: []db.Index{c}}) != second {
		t.Errorf("with fewer indexes the bound is %v, want the nearer one, %v", what.floor(all[0], db.Config{Add: []db.Index{c}}), second)
	}
	if newWhatIf(e.lab).floor(all[0], db.Config{Add: []db.Index{b}}) != 0 {
		t.Error("a lab that has to measure has a bound by plans")
	}
}

func TestAnIndexThatThePlannerRefusesKeepsItFromNoOther(t *testing.T) {
	e, w := world([]*db.Table{table("logs", "a", "b", "c")}, where("logs", "a=", "order c"), where("logs", "b="))
	e.lab.refuse["logs(a, c)"] = errors.New("no default operator class")
	all, _, _ := bindAll(w, e, e.schema)
	s := newSearch(newWhatIf(&pricedLab{fakeLab: e.lab}), e.schema, all, nil, 0)
	s.run(t.Context())
	var got []string
	for _, c := range s.chosen {
		got = append(got, describe(c.index))
	}
	if want := []string{"logs(a)", "logs(b)"}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("chose %q, want %q", got, want)
	}
}

func TestWhatAnIndexHoldsBesideItsKeys(t *testing.T) {
	for kind, want := range map[string]bool{
		"integer": true, "bigint": true, "timestamp with time zone": true, "numeric(10,2)": true, "character varying(40)": true, "uuid": true, "boolean": true,
		"text": false, "character varying": false, "character varying(4000)": false, "jsonb": false, "bytea": false, "integer[]": false, "timestamp without time zone[]": false, "point": false,
	} {
		if got := isNarrow(kind); got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}
