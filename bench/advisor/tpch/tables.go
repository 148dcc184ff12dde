package tpch

import (
	"strconv"
	"strings"
)

func region() Table {
	return Table{
		Name: "region", Key: []string{"r_regionkey"}, Columns: columns("r_regionkey int, r_name char(25), r_comment varchar(152)"),
		rows: func(Data) int { return len(regions) },
		row: func(_ Data, g *gen, i int, out []any) []any {
			g.row("region", i)
			return append(out, i-1, strings.ReplaceAll(regions[i-1], "_", " "), g.comment(31, 115))
		},
	}
}

func nation() Table {
	return Table{
		Name: "nation", Key: []string{"n_nationkey"}, Columns: columns("n_nationkey int, n_name char(25), n_regionkey int, n_comment varchar(152)"),
		rows: func(Data) int { return len(nations) },
		row: func(_ Data, g *gen, i int, out []any) []any {
			g.row("nation", i)
			name, region, _ := strings.Cut(nations[i-1], ":")
			key, _ := strconv.Atoi(region) // it is our own text
			return append(out, i-1, strings.ReplaceAll(name, "_", " "), key, g.comment(31, 114))
		},
	}
}

func supplier() Table {
	return Table{
		Name: "supplier", Key: []string{"s_suppkey"}, rows: Data.suppliers,
		Columns: columns("s_suppkey int, s_name char(25), s_address varchar(40), s_nationkey int, s_phone char(15), s_acctbal money, s_comment varchar(101)"),
		row: func(d Data, g *gen, i int, out []any) []any {
			g.row("supplier", i)
			n := g.between(0, len(nations)-1)
			return append(out, i, numbered("Supplier", i), g.address(), n, g.phone(n), g.money(-99999, 999999), d.said(g, i))
		},
	}
}

// said is a supplier's comment: of ten thousand five hold complaints of a
// customer, and five recommendations.
func (d Data) said(g *gen, i int) string {
	text := g.comment(25, 100)
	each := max(1, d.suppliers()/2000)
	// A prime that divides no number of suppliers: who is named stands anywhere.
	switch place := i * 7919 % d.suppliers(); {
	case place < each:
		return g.verdict(text, "Complaints")
	case place < 2*each:
		return g.verdict(text, "Recommends")
	}
	return text
}

func customer() Table {
	return Table{
		Name: "customer", Key: []string{"c_custkey"}, rows: Data.customers,
		Columns: columns("c_custkey int, c_name varchar(25), c_address varchar(40), c_nationkey int, c_phone char(15), c_acctbal money, c_mktsegment char(10), c_comment varchar(117)"),
		row: func(_ Data, g *gen, i int, out []any) []any {
			g.row("customer", i)
			n := g.between(0, len(nations)-1)
			return append(out, i, numbered("Customer", i), g.address(), n, g.phone(n), g.money(-99999, 999999), one(g, segments), g.comment(29, 116))
		},
	}
}

func part() Table {
	return Table{
		Name: "part", Key: []string{"p_partkey"}, rows: Data.parts,
		Columns: columns("p_partkey int, p_name varchar(55), p_mfgr char(25), p_brand char(10), p_type varchar(25), p_size int, p_container char(10), p_retailprice money, p_comment varchar(23)"),
		row: func(_ Data, g *gen, i int, out []any) []any {
			g.row("part", i)
			maker := g.between(1, 5)
			brand := "Brand#" + strconv.Itoa(10*maker+g.between(1, 5))
			kind := one(g, typeSizes) + " " + one(g, typeFinishes) + " " + one(g, typeMetals)
			return append(out, i, g.partName(), "Manufacturer#"+strconv.Itoa(maker), brand, kind, g.between(1, 50),
				one(g, packSizes)+" "+one(g, packKinds), retail(i), g.comment(5, 22))
		},
	}
}

// partName is five different colors.
func (g *gen) partName() string {
	var chosen [5]string
	for i := range chosen {
		chosen[i] = one(g, colors)
		for j := 0; j < i; j++ {
			if chosen[j] == chosen[i] {
				chosen[i], j = one(g, colors), -1
			}
		}
	}
	return strings.Join(chosen[:], " ")
}

// retail is what a part costs: it goes up and down with the key.
func retail(part int) Money { return Money(90000 + part/10%20001 + 100*(part%1000)) }

// perPart is how many suppliers have a part.
const perPart = 4

func partsupp() Table {
	return Table{
		Name: "partsupp", Key: []string{"ps_partkey", "ps_suppkey"}, rows: func(d Data) int { return perPart * d.parts() },
		Columns: columns("ps_partkey int, ps_suppkey int, ps_availqty int, ps_supplycost money, ps_comment varchar(199)"),
		row: func(d Data, g *gen, i int, out []any) []any {
			g.row("partsupp", i)
			p := 1 + (i-1)/perPart
			return append(out, p, d.supplierOf(p, (i-1)%perPart), g.between(1, 9999), g.money(100, 100000), g.comment(49, 198))
		},
	}
}

// supplierOf is one of the four of a part, by the specification's formula. It
// is made for whole scale factors; of few suppliers the step must stay under a
// third of them, or two of the four would be the same.
func (d Data) supplierOf(part, which int) int {
	s := d.suppliers()
	step := s/4 + (part-1)/s%max(1, s/12)
	return (part+which*step)%s + 1
}
