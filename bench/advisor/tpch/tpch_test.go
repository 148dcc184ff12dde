package tpch_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mltop/bench/advisor/tpch"
)

// table finds one by its name.
func table(t *testing.T, name string) tpch.Table {
	t.Helper()
	list := tpch.Tables()
	i := slices.IndexFunc(list, func(t tpch.Table) bool { return t.Name == name })
	if i < 0 {
		t.Fatalf("no table %s", name)
	}
	return list[i]
}

// visit reads the columns that are named of all rows.
func visit(t *testing.T, d tpch.Data, name string, columns string, see func(v []any)) {
	t.Helper()
	from := table(t, name)
	var places []int
	for _, c := range strings.Fields(columns) {
		i := slices.IndexFunc(from.Columns, func(have tpch.Column) bool { return have.Name == c })
		if i < 0 {
			t.Fatalf("%s has no column %s", name, c)
		}
		places = append(places, i)
	}
	v := make([]any, len(places))
	err := d.Visit(from, func(row []any) error {
		if len(row) != len(from.Columns) {
			return fmt.Errorf("%d values of %d columns", len(row), len(from.Columns))
		}
		for i, place := range places {
			v[i] = row[place]
		}
		see(v)
		return nil
	})
	if err != nil {
		t.Fatalf("visit %s: %v", name, err)
	}
}

func TestTablesHaveTheRowsOfTheirScale(t *testing.T) {
	one := map[string]int{"supplier": 10_000, "customer": 150_000, "part": 200_000, "partsupp": 800_000, "orders": 1_500_000}
	for _, sf := range []float64{0.001, 0.01, 0.1, 1, 10} {
		d := tpch.Data{SF: sf}
		for _, tab := range tpch.Tables() {
			want := int(math.Round(float64(one[tab.Name]) * sf))
			switch tab.Name {
			case "region":
				want = 5
			case "nation":
				want = 25
			case "lineitem":
				want = -1 // one to seven an order
			}
			if got := d.Rows(tab); got != want {
				t.Errorf("scale %v: %s has %d rows, want %d", sf, tab.Name, got, want)
			}
		}
	}
	d, lines := tpch.Data{SF: 0.01}, 0
	visit(t, d, "lineitem", "l_orderkey", func([]any) { lines++ })
	if lines < 59_000 || lines > 61_000 { // four an order in the mean
		t.Errorf("%d lines of 15,000 orders, want 60,000 or so", lines)
	}
}

func TestEveryValueFitsItsColumn(t *testing.T) {
	for _, tab := range tpch.Tables() {
		err := tpch.Data{SF: 0.002}.Visit(tab, func(row []any) error {
			for i, c := range tab.Columns {
				text, isText := row[i].(string)
				var width int
				_, err := fmt.Sscanf(c.Type[strings.IndexByte(c.Type+"(", '('):], "(%d)", &width)
				if isText != (err == nil && strings.Contains(c.Type, "char")) {
					return fmt.Errorf("%s %s holds a %T", c.Name, c.Type, row[i])
				}
				if isText && (len(text) > width || text == "" || strings.ContainsAny(text, "\t\n\\'")) {
					return fmt.Errorf("%s %s holds %q", c.Name, c.Type, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", tab.Name, err)
		}
	}
}

// sums are what an order's lines come to.
type sums struct {
	total tpch.Money
	open  int
	lines int
}

func TestAnOrderCostsWhatItsLinesCost(t *testing.T) {
	d := tpch.Data{SF: 0.002}
	price := map[int]tpch.Money{}
	visit(t, d, "part", "p_partkey p_retailprice", func(v []any) { price[v[0].(int)] = v[1].(tpch.Money) })
	of := map[int]*sums{}
	visit(t, d, "lineitem", "l_orderkey l_partkey l_quantity l_extendedprice l_discount l_tax l_linestatus", func(v []any) {
		o := of[v[0].(int)]
		if o == nil {
			o = &sums{}
			of[v[0].(int)] = o
		}
		quantity, total, discount, tax := v[2].(tpch.Money), v[3].(tpch.Money), v[4].(tpch.Money), v[5].(tpch.Money)
		if want := quantity / 100 * price[v[1].(int)]; total != want || quantity < 100 || quantity > 5000 || discount > 10 || tax > 8 {
			t.Fatalf("%v of part %v cost %v less %v, tax %v, want %v", quantity, v[1], total, discount, tax, want)
		}
		o.total += tpch.Money(math.Round(float64(total) * (1 - float64(discount)/100) * (1 + float64(tax)/100)))
		o.lines++
		if v[6] == "O" {
			o.open++
		}
	})
	visit(t, d, "orders", "o_orderkey o_totalprice o_orderstatus", func(v []any) {
		o := of[v[0].(int)]
		if o == nil || o.lines > 7 {
			t.Fatalf("order %v has the lines %+v", v[0], o)
		}
		if diff := o.total - v[1].(tpch.Money); diff > 7 || diff < -7 { // of each line's rounding
			t.Fatalf("order %v costs %v, its lines %v", v[0], v[1], o.total)
		}
		want := "P"
		if o.open == 0 {
			want = "F"
		} else if o.open == o.lines {
			want = "O"
		}
		if v[2] != want {
			t.Fatalf("order %v with %d of %d lines open is %v, want %s", v[0], o.open, o.lines, v[2], want)
		}
	})
}

func TestAThirdOfTheCustomersNeverBuys(t *testing.T) {
	d := tpch.Data{SF: 0.01}
	buyers := map[int]bool{}
	visit(t, d, "orders", "o_orderkey o_custkey", func(v []any) {
		buyers[v[1].(int)] = true
		if key := v[0].(int); (key-1)%32 >= 8 {
			t.Fatalf("order %d: of 32 keys the first eight are used", key)
		}
	})
	if share := float64(len(buyers)) / 1500; share < 0.63 || share > 0.6667 {
		t.Errorf("%.3f of the customers buy, want two thirds nearly", share)
	}
	for c := range buyers {
		if c%3 == 0 {
			t.Errorf("customer %d buys", c)
		}
	}
}

func TestTheSuppliersOfAPartAreFour(t *testing.T) {
	for _, sf := range []float64{0.001, 0.002, 0.01, 0.1} {
		d := tpch.Data{SF: sf}
		has := map[[2]int]bool{}
		visit(t, d, "partsupp", "ps_partkey ps_suppkey", func(v []any) {
			pair := [2]int{v[0].(int), v[1].(int)}
			if has[pair] || pair[1] < 1 || pair[1] > d.Rows(table(t, "supplier")) {
				t.Fatalf("scale %v: part %d has supplier %d again, or there is none", sf, pair[0], pair[1])
			}
			has[pair] = true
		})
		if sf > 0.01 {
			continue
		}
		visit(t, d, "lineitem", "l_partkey l_suppkey", func(v []any) {
			if !has[[2]int{v[0].(int), v[1].(int)}] {
				t.Fatalf("scale %v: part %v is sold by %v, who does not have it", sf, v[0], v[1])
			}
		})
	}
}

func TestDaysComeInTheirOrder(t *testing.T) {
	least, most := tpch.Day(1<<30), tpch.Day(0)
	years := map[string]int{}
	visit(t, tpch.Data{SF: 0.01}, "orders", "o_orderdate", func(v []any) {
		day := v[0].(tpch.Day)
		least, most = min(least, day), max(most, day)
		years[day.String()[:4]]++
	})
	if least.String() != "1992-01-01" || most.String() != "1998-08-02" && most.String() != "1998-08-01" {
		t.Errorf("orders from %v to %v, want 1992-01-01 to 1998-08-02", least, most)
	}
	for year := 1992; year < 1998; year++ {
		if n := years[fmt.Sprint(year)]; n < 2100 || n > 2450 { // 15,000 over 6.6 years
			t.Errorf("%d orders of %d, want 2,277 or so", n, year)
		}
	}
	visit(t, tpch.Data{SF: 0.002}, "lineitem", "l_shipdate l_receiptdate l_returnflag l_linestatus", func(v []any) {
		ship, got := v[0].(tpch.Day).String(), v[1].(tpch.Day).String()
		flag, status := "N", "F"
		if ship > "1995-06-17" {
			status = "O"
		}
		if got > "1995-06-17" != (v[2] == flag) || v[3] != status || got <= ship {
			t.Fatalf("shipped %s and received %s: %v %v", ship, got, v[2], v[3])
		}
	})
}

func TestWhatQueriesLookForIsThere(t *testing.T) {
	d := tpch.Data{SF: 0.1}
	count := func(name, column string, of int, least, most float64, hit func(string) bool) {
		t.Helper()
		n, all := 0, 0
		visit(t, d, name, column, func(v []any) {
			if all++; hit(v[0].(string)) {
				n++
			}
		})
		if share := float64(n) / float64(all); share < least || share > most {
			t.Errorf("query %d: %.4f of %s, want %v to %v", of, share, column, least, most)
		}
	}
	both := func(first, second string) func(string) bool {
		return func(text string) bool {
			i := strings.Index(text, first)
			return i >= 0 && strings.Contains(text[i+len(first):], second)
		}
	}
	begins := func(with string) func(string) bool {
		return func(text string) bool { return strings.HasPrefix(text, with) }
	}
	count("part", "p_name", 9, 0.049, 0.060, func(text string) bool { return strings.Contains(text, "green") }) // 5 of 92
	count("part", "p_name", 20, 0.009, 0.013, begins("forest"))                                                 // 1 of 92
	count("part", "p_type", 14, 0.160, 0.173, begins("PROMO"))
	count("supplier", "s_comment", 16, 0.001, 0.001, both("Customer", "Complaints"))
	d.SF = 0.02
	count("orders", "o_comment", 13, 0.006, 0.016, both("special", "requests"))
}

func TestTheSameSizeHoldsTheSameRows(t *testing.T) {
	for _, tab := range tpch.Tables() {
		var a, b []string
		read := func(list *[]string) {
			_ = tpch.Data{SF: 0.001}.Visit(tab, func(row []any) error { *list = append(*list, fmt.Sprint(row...)); return nil })
		}
		read(&a)
		read(&b)
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%s: %d rows, then %d others", tab.Name, len(a), len(b))
		}
		if slices.Sort(a); len(slices.Compact(a)) != len(b) {
			t.Errorf("%s: rows are twice there", tab.Name)
		}
	}
}

func TestAQueryInEachEnginesWords(t *testing.T) {
	list := tpch.Data{SF: 0.1}.Queries()
	for _, row := range []struct {
		name, engine string
		number       int
		want         string
	}{
		{"a day", "sqlite", 3, "o_orderdate < '1995-03-15'"},
		{"a day", "postgres", 3, "o_orderdate < DATE '1995-03-15'"},
		{"days before", "sqlite", 1, "<= date('1998-12-01', '-90 day')"},
		{"days before", "postgres", 1, "<= DATE '1998-12-01' - INTERVAL '90 day'"},
		{"days before", "mysql", 1, "<= DATE '1998-12-01' - INTERVAL 90 DAY"},
		{"a year", "sqlite", 9, "CAST(strftime('%Y', o_orderdate) AS INTEGER) AS placed"},
		{"a year", "mysql", 9, "extract(YEAR FROM o_orderdate) AS placed"},
		{"the part of all stock, which is less of more", "mysql", 11, "* 0.0010000000 FROM"},
	} {
		if got := list[row.number-1].SQL(row.engine); !strings.Contains(got, row.want) {
			t.Errorf("%s on %s: %s lacks %s", row.name, row.engine, got, row.want)
		}
	}
	for i, q := range list {
		for _, engine := range []string{"sqlite", "postgres", "mysql"} {
			if text := q.SQL(engine); q.Number != i+1 || strings.ContainsAny(text, "{}$\n\t") {
				t.Errorf("%s on %s: %s", q.Title(), engine, text)
			}
		}
	}
	if len(list) != 22 {
		t.Errorf("%d queries, want 22", len(list))
	}
}
