package tpch

// An order and its lines are drawn together: what the order costs is the sum
// of its lines, and its status is theirs.
type order struct {
	key, customer int
	placed        Day
	priority      string
	clerk         int
	comment       string
	lines         []line
}

type line struct {
	part, supplier, quantity         int
	price                            Money // of all of it
	discount, tax                    Money
	shipped, committed, received     Day
	returned, status, handover, mode string
	comment                          string
}

// keyOf leaves three quarters of the keys out: of 32 the first eight are used.
func keyOf(i int) int { return (i-1)/8*32 + (i-1)%8 + 1 }

// drawOrder draws the i-th order into o, with or without comments.
func (d Data) drawOrder(g *gen, i int, o *order) {
	g.row("orders", i)
	*o = order{key: keyOf(i), customer: d.buyer(g), placed: Day(g.between(0, int(lastOrder))), priority: one(g, priorities),
		clerk: g.between(1, d.scaled(1000)), comment: g.comment(19, 78), lines: o.lines[:0]}
	for range g.between(1, 7) {
		o.lines = append(o.lines, d.drawLine(g, o.placed))
	}
}

// buyer is a customer; one in three never buys.
func (d Data) buyer(g *gen) int {
	for {
		if c := g.between(1, d.customers()); c%3 != 0 {
			return c
		}
	}
}

func (d Data) drawLine(g *gen, placed Day) line {
	p := g.between(1, d.parts())
	l := line{part: p, supplier: d.supplierOf(p, g.between(0, perPart-1)), quantity: g.between(1, 50),
		discount: g.money(0, 10), tax: g.money(0, 8), handover: one(g, handovers), mode: one(g, modes)}
	l.price = Money(l.quantity) * retail(p)
	l.shipped, l.committed = placed+Day(g.between(1, 121)), placed+Day(g.between(30, 90))
	l.received = l.shipped + Day(g.between(1, 30))
	l.returned, l.status = "N", "F"
	if l.received <= today {
		l.returned = one(g, []string{"R", "A"})
	}
	if l.shipped > today {
		l.status = "O"
	}
	l.comment = g.comment(10, 43)
	return l
}

// total is the sum of the lines with tax and without discount, each rounded to
// hundredths.
func (o *order) total() (sum Money) {
	for _, l := range o.lines {
		sum += (l.price*(100-l.discount)*(100+l.tax) + 5000) / 10000
	}
	return sum
}

// status is that of all lines, or P.
func (o *order) status() string {
	for _, l := range o.lines {
		if l.status != o.lines[0].status {
			return "P"
		}
	}
	return o.lines[0].status
}

func orders() Table {
	var o order
	return Table{
		Name: "orders", Key: []string{"o_orderkey"}, rows: Data.orders,
		Columns: columns("o_orderkey int, o_custkey int, o_orderstatus char(1), o_totalprice money, o_orderdate date, o_orderpriority char(15), o_clerk char(15), o_shippriority int, o_comment varchar(79)"),
		row: func(d Data, g *gen, i int, out []any) []any {
			d.drawOrder(g, i, &o)
			return append(out, o.key, o.customer, o.status(), o.total(), o.placed, o.priority, numbered("Clerk", o.clerk), 0, o.comment)
		},
	}
}

func lineitem() Table {
	return Table{
		Name: "lineitem", Key: []string{"l_orderkey", "l_linenumber"},
		Columns: columns("l_orderkey int, l_partkey int, l_suppkey int, l_linenumber int, l_quantity money, l_extendedprice money, l_discount money, l_tax money, l_returnflag char(1), l_linestatus char(1), l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct char(25), l_shipmode char(10), l_comment varchar(44)"),
	}
}

// visitLines visits the lines of all orders.
func (d Data) visitLines(g *gen, out []any, visit func([]any) error) error {
	var o order
	for i := 1; i <= d.orders(); i++ {
		d.drawOrder(g, i, &o)
		for n, l := range o.lines {
			row := append(out[:0], o.key, l.part, l.supplier, n+1, Money(100*l.quantity), l.price, l.discount, l.tax, l.returned, l.status,
				l.shipped, l.committed, l.received, l.handover, l.mode, l.comment)
			if err := visit(row); err != nil {
				return err
			}
		}
	}
	return nil
}
