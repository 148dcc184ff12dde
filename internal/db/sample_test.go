package db

import (
	"fmt"
	"math"
	"testing"
)

// shop is a sample of a tenth of the orders, with the customers they refer to,
// and of all products.
func shop() Sample {
	return Sample{
		"customers": {Rows: 500, Full: 1000},
		"orders":    {Rows: 1000, Full: 10000, Parents: []string{"customers"}},
		"products":  {Rows: 200, Full: 200},
		"logs":      {Rows: 100, Full: 1000},
	}
}

func TestScale(t *testing.T) {
	nine := 9.0
	for _, c := range []struct {
		name      string
		reads     []SampleRead
		want      float64
		low, high float64 // 0: not looked at
	}{
		{"nothing read is nothing", nil, 0, 0, 0},
		{"a scan of a tenth stands for all", []SampleRead{{Table: "Orders", Scan: true, Loops: 1, Rows: 1000}}, 10000, 10000, 10000},
		{"a whole table is counted", []SampleRead{{Table: "products", Loops: 1, Rows: 7}}, 8, 8, 8},
		{"rows found and looked up count twice", []SampleRead{{Table: "orders", Loops: 1, Rows: 100, Twice: true}}, 2001, 1639, 2443},
		{"a count of none is uncertain", []SampleRead{{Table: "orders", Loops: 1}}, 1, 1, 41},
		{"statistics know better than few rows", []SampleRead{{Table: "orders", Loops: 1, Rows: 2, Expected: &nine}}, 10, 6, 76},
		{"but not than many", []SampleRead{{Table: "orders", Loops: 1, Rows: 100, Expected: &nine}}, 1001, 820, 1222},
		{"a row that another refers to is as frequent as that", []SampleRead{{Table: "orders", Scan: true, Loops: 1, Rows: 1000}, {Table: "customers", Loops: 1000, Rows: 1000}}, 10000 + 10000 + 10000, 0, 0},
		{"and the other way round", []SampleRead{{Table: "customers", Scan: true, Loops: 1, Rows: 500}, {Table: "orders", Loops: 500, Rows: 1000}}, 1000 + 1000 + 10000, 0, 0},
		{"rows of tables that have nothing to do with each other meet rarely", []SampleRead{{Table: "orders", Scan: true, Loops: 1, Rows: 1000}, {Table: "logs", Loops: 1000, Rows: 50}}, 10000 + 10000 + 50*100, 0, 0},
		{"a scan in a loop", []SampleRead{{Table: "orders", Loops: 1, Rows: 50}, {Table: "logs", Scan: true, Loops: 50, Rows: 5000}}, 501 + 5000*100, 0, 0},
	} {
		got := shop().Scale(c.reads)
		if got.Value != c.want || c.high > 0 && (math.Round(got.Low) != c.low || math.Round(got.High) != c.high) {
			t.Errorf("%s: got %.0f (%.0f to %.0f), want %.0f (%.0f to %.0f)", c.name, got.Value, got.Low, got.High, c.want, c.low, c.high)
		}
	}
}

func TestALimitThatIsReachedIsReachedAsSoonInTheLiveTable(t *testing.T) {
	run := SampledReads{Value: 1000, Low: 900, High: 1100, Sampled: 100}
	for _, c := range []struct {
		limit, found, want float64
	}{{10, 10, 100}, {10, 5, 200}, {10, 0, 1000}, {0, 5, 1000}, {500, 5, 1000}} {
		if got := run.StoppedAt(c.limit, c.found); got.Value != c.want || got.Low > got.Value || got.High < got.Value {
			t.Errorf("limit %v, found %v: got %+v, want %v", c.limit, c.found, got, c.want)
		}
	}
}

// A column of 10,000 rows with each value ten times, of which one row in ten
// is drawn: a value is met k times with the probability of a binomial.
func TestDistinctIsEstimatedFromASample(t *testing.T) {
	d, once := 0.0, 0.0
	for range 1000 {
		d += 1 - math.Pow(0.9, 10)
		once += 10 * 0.1 * math.Pow(0.9, 9)
	}
	if got := Distinct(1000, d, once, 10000); got < 900 || got > 1100 {
		t.Errorf("got %.0f, want about 1000", got)
	}
	if got := Distinct(1000, 1000, 1000, 10000); got != 10000 {
		t.Errorf("a key: got %.0f", got)
	}
	if got := Distinct(1000, 3, 0, 10000); got != 3 {
		t.Errorf("three values: got %.0f", got)
	}
}

func size(n int64) *int64 { return &n }

func TestPlanSample(t *testing.T) {
	notNull := func(names ...string) (out []Column) {
		for _, n := range names {
			out = append(out, Column{Name: n, NotNull: true})
		}
		return out
	}
	fk := func(table, column string) ForeignKey {
		return ForeignKey{Columns: []string{column}, Table: table, RefColumns: []string{"id"}}
	}
	on := func(column string) []*Index {
		return []*Index{{Name: column, Columns: []IndexColumn{{Name: column}}}}
	}
	tables := []*Table{
		{Name: "items", Bytes: size(400 << 20), Columns: notNull("order_id", "product_id"), ForeignKeys: []ForeignKey{fk("products", "product_id"), fk("orders", "order_id")}, Indexes: on("order_id")},
		{Name: "orders", Bytes: size(200 << 20), Columns: notNull("customer_id"), ForeignKeys: []ForeignKey{fk("customers", "customer_id")}, Indexes: on("customer_id")},
		{Name: "customers", Bytes: size(40 << 20), ForeignKeys: []ForeignKey{fk("countries", "country_id")}},
		{Name: "products", Bytes: size(1 << 20)},
		{Name: "countries", Bytes: size(1 << 14)},
		{Name: "notes", Bytes: size(30 << 20), Columns: []Column{{Name: "order_id"}}, ForeignKeys: []ForeignKey{fk("orders", "order_id")}, Indexes: on("order_id")},
	}
	for _, c := range []struct {
		name  string
		bytes int64
		want  string
	}{
		{"with room for all, all is taken", 1 << 30, "countries 1.000, customers 1.000, orders 1.000, items 1.000, products 1.000, notes 1.000"},
		{"small tables are whole, the others in proportion, with what they refer to", 64 << 20, "countries 1.000, customers 0.094, orders 0.094 along customers, items 0.094 along orders, products 1.000, notes 0.094"},
	} {
		got := map[string]string{}
		place := map[string]int{}
		for i, d := range PlanSample(tables, c.bytes) {
			text := fmt.Sprintf("%s %.3f", d.Table.Name, d.Share)
			if d.Along != nil {
				text += " along " + d.Along.Table
			}
			got[text], place[d.Table.Name] = text, i
		}
		for _, want := range splitList(c.want) {
			if got[want] == "" {
				t.Errorf("%s: no %q in %v", c.name, want, got)
			}
		}
		if place["customers"] > place["orders"] || place["orders"] > place["items"] || len(got) != len(tables) {
			t.Errorf("%s: the order is %v", c.name, place)
		}
	}
}

func splitList(s string) []string {
	var out []string
	for at := 0; at < len(s); {
		end := at
		for end < len(s) && s[end] != ',' {
			end++
		}
		out = append(out, s[at:end])
		at = end + 2
	}
	return out
}

func TestACircleOfForeignKeysIsCut(t *testing.T) {
	a := &Table{Name: "a", ForeignKeys: []ForeignKey{{Table: "b"}}}
	b := &Table{Name: "b", ForeignKeys: []ForeignKey{{Table: "a"}, {Table: "b"}}}
	if got := ChildrenFirst([]*Table{a, b}); len(got) != 2 || got[0] == got[1] {
		t.Errorf("got %v", got)
	}
}

func TestRoomsSayWhatTheyLack(t *testing.T) {
	r := NewRooms()
	r.Add(&Room{Table: &Table{Name: "Orders"}, Rows: 10, Full: 100, Why: "time was up"})
	r.Add(&Room{Table: &Table{Name: "items"}, Rows: 5, Full: 5, Complete: true})
	r.Leave("Geo", "engine SPIDER")
	for _, c := range []struct {
		tables []string
		method Method
		err    string
	}{
		{[]string{"items"}, MethodCopy, ""},
		{[]string{"items", "ORDERS"}, MethodSample, ""},
		{[]string{"geo"}, MethodCopy, "not measured: table geo is not in the sample: engine SPIDER"},
		{[]string{"other"}, MethodCopy, "not measured: table other is not in the sample"},
	} {
		s := &Shape{}
		for _, name := range c.tables {
			s.Writes = append(s.Writes, Write{Table: name})
		}
		err := r.Usable(s)
		if got := fmt.Sprint(err); r.Method(s) != c.method || c.err == "" && err != nil || c.err != "" && got != c.err {
			t.Errorf("%v: got %s, %v, want %s, %q", c.tables, r.Method(s), err, c.method, c.err)
		}
	}
	if out := fmt.Sprint(r.LeftOut()); out != "map[a part of Orders (all but 10 of about 100 rows):time was up geo:engine SPIDER]" {
		t.Errorf("got %s", out)
	}
	rows := 3.0
	p := &Plan{Root: &Node{Op: OpSearch, Table: "orders", Rows: &rows}}
	if r.Live(p); *p.Root.Rows != 30 {
		t.Errorf("of the live table: %v rows", *p.Root.Rows)
	}
}

func TestWhatIsHandledScalesWithWhatIsRead(t *testing.T) {
	if got := (SampledReads{1000, 900, 1100, 100, 3000}).AddHandled(50); got != (SampledReads{1500, 1400, 1600, 150, 4000}) {
		t.Errorf("got %+v", got)
	}
	if got := (SampledReads{}).AddHandled(0).AtLeastOne(); got.Value != 1 || got.High != 1 {
		t.Errorf("nothing: got %+v", got)
	}
}

// What a unit of work takes differs: a row that is passed over takes little, one
// that is looked up behind an index some times as much.
func TestReadsAreWeighedByTheirTime(t *testing.T) {
	for _, c := range []struct {
		name  string
		reads []SampleRead
		want  float64
	}{
		{"a scan is the measure", []SampleRead{{Table: "orders", Scan: true, Loops: 1, Rows: 1000}}, 10000},
		{"entries of an index alone, and the way to them", []SampleRead{{Table: "orders", Loops: 1, Rows: 100}}, 1000 + downTimed},
		{"rows looked up behind them", []SampleRead{{Table: "orders", Loops: 1, Rows: 100, Twice: true}}, 1000*(1+behindTimed) + downTimed},
		{"a way down for each outer row", []SampleRead{{Table: "orders", Scan: true, Loops: 1, Rows: 1000}, {Table: "customers", Loops: 1000, Rows: 1000}}, 10000 + 10000 + 10000*downTimed},
	} {
		if got := shop().Scale(c.reads); got.Timed != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Timed, c.want)
		}
	}
	run := SampledReads{Value: 1000, Low: 900, High: 1100, Sampled: 100, Timed: 3000}
	if got := run.StoppedAt(10, 10).Timed; got != 300 {
		t.Errorf("a run that ends after a tenth takes a tenth: %v", got)
	}
}
