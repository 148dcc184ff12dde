package postgres

import (
	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// selects binds a whole SELECT, each core to a block of its own, and answers
// its columns.
func (b *binder) selects(s *pgquery.SelectStmt, outer *scope) []result {
	if s == nil {
		db.Decline("could not be parsed: a subquery without a SELECT")
	}
	defer b.nesting.In("a subquery")()
	sc := b.with(s.WithClause, outer)
	switch {
	case s.Op != pgquery.SetOperation_SETOP_NONE && s.Larg != nil:
		columns := b.selects(s.Larg, sc)
		b.selects(s.Rarg, sc)
		b.limit(&scope{outer: sc, block: &block{}}, s)
		return anonymous(columns)
	case len(s.ValuesLists) > 0:
		return b.values(s, sc)
	}
	return b.core(s, sc)
}

// anonymous keeps of a compound's columns what all arms share: the names.
func anonymous(rs []result) []result {
	out := make([]result, len(rs))
	for i, r := range rs {
		out[i] = result{name: r.name}
	}
	return out
}

// values binds VALUES, which reads no table and so makes no block.
func (b *binder) values(s *pgquery.SelectStmt, outer *scope) []result {
	sc := &scope{outer: outer, block: &block{}}
	var rs []result
	for i, row := range s.ValuesLists {
		for j, x := range row.GetList().GetItems() {
			b.observe(sc, x)
			if i == 0 {
				rs = append(rs, result{name: "column" + string(rune('1'+j%9))})
			}
		}
	}
	return rs
}

func (b *binder) core(s *pgquery.SelectStmt, outer *scope) []result {
	sc := &scope{outer: outer, block: b.newBlock()}
	b.from(sc, s.FromClause, false)
	sc.results = b.targets(sc, s.TargetList)
	b.conditions(sc, s.WhereClause)
	b.grouping(sc, s)
	for _, w := range s.WindowClause {
		b.windowOrder(sc, w.GetWindowDef())
	}
	b.ordering(sc, s)
	b.limit(sc, s)
	if len(s.LockingClause) > 0 {
		b.pure = false
	}
	return sc.results
}

// targets binds the result columns, spelling every * out.
func (b *binder) targets(sc *scope, list []*pgquery.Node) []result {
	var rs []result
	for _, n := range list {
		t := n.GetResTarget()
		if star, qualifier := isStar(t.GetVal()); star {
			rs = append(rs, b.star(sc, qualifier)...)
			continue
		}
		o := b.observe(sc, t.GetVal())
		sc.block.Aggregate = sc.block.Aggregate || o.aggregate
		if f := t.GetVal().GetFuncCall(); f.GetOver() != nil {
			b.windowOrder(sc, f.Over)
		}
		rs = append(rs, result{targetName(t), o})
	}
	return rs
}

// targetName is what a result column is called.
func targetName(t *pgquery.ResTarget) string {
	switch v := t.GetVal(); {
	case t.GetName() != "":
		return t.Name
	case v.GetColumnRef() != nil:
		return last(stringsOf(v.GetColumnRef().Fields))
	case v.GetFuncCall() != nil:
		return last(stringsOf(v.GetFuncCall().Funcname))
	case v.GetTypeCast().GetArg().GetColumnRef() != nil:
		return last(stringsOf(v.GetTypeCast().Arg.GetColumnRef().Fields))
	case v.GetCoalesceExpr() != nil:
		return "coalesce"
	case v.GetCaseExpr() != nil:
		return "case"
	}
	return "?column?"
}

func isStar(n *pgquery.Node) (star bool, qualifier string) {
	fields := n.GetColumnRef().GetFields()
	if len(fields) == 0 || fields[len(fields)-1].GetAStar() == nil {
		return false, ""
	}
	return true, last(stringsOf(fields))
}

func (b *binder) star(sc *scope, qualifier string) []result {
	var rs []result
	for _, r := range sc.relations {
		if qualifier != "" && r.alias != qualifier {
			continue
		}
		sc.block.Star = append(sc.block.Star, r.index)
		for _, name := range r.names() {
			c, _ := r.lookup(name)
			rs = append(rs, result{name, operand{cols: []column{c}, bare: true, text: quote(name)}})
		}
	}
	return rs
}

// grouping binds DISTINCT, GROUP BY and HAVING.
func (b *binder) grouping(sc *scope, s *pgquery.SelectStmt) {
	bl := sc.block
	bl.Distinct = len(s.DistinctClause) > 0
	for _, n := range s.DistinctClause {
		if n.GetNode() != nil { // DISTINCT ON
			b.observe(sc, n)
		}
	}
	bl.Aggregate = bl.Aggregate || len(s.GroupClause) > 0
	for _, n := range s.GroupClause {
		t, ok := orderTerm(b.groupOperand(sc, n))
		bl.GroupOther = bl.GroupOther || !ok || n.GetGroupingSet() != nil
		bl.GroupBy = append(bl.GroupBy, t)
	}
	if bl.GroupOther {
		bl.GroupBy = nil
	}
	if s.HavingClause != nil {
		bl.Aggregate = true
		b.observe(sc, s.HavingClause)
	}
}

// groupOperand: in GROUP BY a column of FROM goes before a result's name.
func (b *binder) groupOperand(sc *scope, n *pgquery.Node) operand {
	if o, ok := sc.ordinal(n); ok {
		return o
	}
	if parts := stringsOf(n.GetColumnRef().GetFields()); len(parts) == 1 {
		if _, count := sc.fromRelations("", parts[0]); count == 0 {
			if o, ok := sc.resultNamed(parts[0]); ok {
				return o
			}
		}
	}
	return b.observe(sc, n)
}

// ordinal reads a term like 2 as the second result.
func (sc *scope) ordinal(n *pgquery.Node) (operand, bool) {
	v := n.GetAConst().GetIval()
	if v == nil {
		return operand{}, false
	}
	if v.Ival < 1 || int(v.Ival) > len(sc.results) {
		db.Decline("term %d is out of range", v.Ival)
	}
	return sc.results[v.Ival-1].operand, true
}

func (sc *scope) resultNamed(name string) (operand, bool) {
	for _, r := range sc.results {
		if r.name == name {
			return r.operand, true
		}
	}
	return operand{}, false
}

// orderTerm makes a term that an index could deliver.
func orderTerm(o operand) (db.OrderTerm, bool) {
	if len(o.cols) == 0 || o.relation() < 0 || o.noIndex() != "" {
		return db.OrderTerm{}, false
	}
	return db.OrderTerm{Column: o.ref()}, true
}

func (b *binder) ordering(sc *scope, s *pgquery.SelectStmt) {
	bl := sc.block
	for _, n := range s.SortClause {
		by := n.GetSortBy()
		o := b.orderOperand(sc, by.Node)
		bl.Aggregate = bl.Aggregate || o.aggregate
		if o.constant() && !o.subquery {
			continue
		}
		t, ok := orderTerm(o)
		t.Desc, t.Nulls = directionOf(by)
		bl.OrderOther = bl.OrderOther || !ok || by.SortbyDir == pgquery.SortByDir_SORTBY_USING
		bl.OrderBy = append(bl.OrderBy, t)
	}
	if bl.OrderOther {
		bl.OrderBy = nil
	}
}

// directionOf reads an order: NULLs usually come last, and first when it falls.
func directionOf(by *pgquery.SortBy) (desc bool, nulls string) {
	desc = by.GetSortbyDir() == pgquery.SortByDir_SORTBY_DESC
	switch by.GetSortbyNulls() {
	case pgquery.SortByNulls_SORTBY_NULLS_FIRST:
		if !desc {
			nulls = "first"
		}
	case pgquery.SortByNulls_SORTBY_NULLS_LAST:
		if desc {
			nulls = "last"
		}
	}
	return desc, nulls
}

// orderOperand: in ORDER BY a result's name goes before a column of FROM.
func (b *binder) orderOperand(sc *scope, n *pgquery.Node) operand {
	if o, ok := sc.ordinal(n); ok {
		return o
	}
	if parts := stringsOf(n.GetColumnRef().GetFields()); len(parts) == 1 {
		if o, ok := sc.resultNamed(parts[0]); ok {
			return o
		}
	}
	return b.observe(sc, n)
}

func (b *binder) limit(sc *scope, s *pgquery.SelectStmt) {
	if s.LimitCount != nil && !s.LimitCount.GetAConst().GetIsnull() {
		sc.block.Limit = true
		db.UsePlaceholders(b.params, b.observe(sc, s.LimitCount).params, db.Placeholder{Role: db.RoleLimit})
	}
	if s.LimitOffset != nil {
		o := b.observe(sc, s.LimitOffset)
		sc.block.Offset = o.literal != "0"
		db.UsePlaceholders(b.params, o.params, db.Placeholder{Role: db.RoleOffset})
	}
}

// windowOrder notes the order that a window needs: partition, then order.
func (b *binder) windowOrder(sc *scope, w *pgquery.WindowDef) {
	var terms []db.OrderTerm
	for _, n := range w.GetPartitionClause() {
		t, ok := orderTerm(b.observe(sc, n))
		if !ok {
			return
		}
		terms = append(terms, t)
	}
	for _, n := range w.GetOrderClause() {
		t, ok := orderTerm(b.observe(sc, n.GetSortBy().GetNode()))
		if !ok || n.GetSortBy().GetSortbyDir() == pgquery.SortByDir_SORTBY_USING {
			return
		}
		t.Desc, t.Nulls = directionOf(n.GetSortBy())
		terms = append(terms, t)
	}
	if len(terms) > 0 {
		sc.block.Windows = append(sc.block.Windows, terms)
	}
}
