package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// grouping binds DISTINCT, GROUP BY and HAVING.
func (b *binder) grouping(sc *scope, q *ast.SelectQuery) {
	bl := sc.block
	bl.Distinct = q.Distinct == ast.DistinctDistinct
	bl.Aggregate = bl.Aggregate || len(q.GroupBy) > 0
	for _, e := range q.GroupBy {
		o := b.groupOperand(sc, e)
		if o.constant() && !o.subquery && o.why == "" {
			continue
		}
		t, ok := orderTerm(o)
		bl.GroupOther = bl.GroupOther || !ok
		bl.GroupBy = append(bl.GroupBy, t)
	}
	if bl.GroupOther {
		bl.GroupBy = nil
	}
	if q.Having != nil {
		o := b.observe(sc, q.Having)
		bl.Aggregate = bl.Aggregate || o.aggregate
	}
}

func (b *binder) groupOperand(sc *scope, e ast.Expr) operand {
	if n := ordinal(stripped(e)); n > 0 {
		return withCollation(sc.result(n, "GROUP BY"), e)
	}
	return b.observe(sc, e)
}

// result is the n-th result column, from 1.
func (sc *scope) result(n int, where string) operand {
	if n > len(sc.results) {
		db.Decline("%s term %d is out of range", where, n)
	}
	return sc.results[n-1].operand
}

func withCollation(o operand, e ast.Expr) operand {
	if c, ok := unwrap(e).(*ast.CollateExpr); ok {
		o.collate = c.Name.Name
	}
	return o
}

// orderTerm makes a term that an index could deliver.
func orderTerm(o operand) (db.OrderTerm, bool) {
	if o.constant() || o.noIndex() != "" && o.text == "" || o.relation() < 0 || o.cols[0].opaque != "" {
		return db.OrderTerm{}, false
	}
	t := db.OrderTerm{Column: o.ref()}
	if c := o.effectiveCollation(); c != o.declaredCollation() {
		t.Collation = collationName(c)
	}
	return t, true
}

// ordering binds ORDER BY and LIMIT.
func (b *binder) ordering(sc *scope, q *ast.SelectQuery, o ordering) {
	bl := sc.block
	for i, term := range o.terms {
		t, ok, constant := b.orderingTerm(sc, term, o, i)
		if constant {
			continue
		}
		bl.OrderOther = bl.OrderOther || !ok
		bl.OrderBy = append(bl.OrderBy, t)
	}
	if bl.OrderOther {
		bl.OrderBy = nil
	}
	b.limit(sc, o.limit)
}

func (b *binder) orderingTerm(sc *scope, term *ast.OrderingTerm, o ordering, i int) (t db.OrderTerm, ok, constant bool) {
	var op operand
	switch {
	case o.position == nil:
		op = b.orderOperand(sc, term.Expr)
	case o.position[i] < 0 || o.position[i] >= len(sc.results):
		return t, false, false
	default:
		op = withCollation(sc.results[o.position[i]].operand, term.Expr)
	}
	if op.constant() && !op.subquery && !op.aggregate && !op.window && op.why == "" {
		return t, true, true
	}
	sc.block.Aggregate = sc.block.Aggregate || op.aggregate
	t, ok = orderTerm(op)
	t.Desc = term.Order == ast.SortDesc
	return t, ok && nullsAsStored(term), false
}

// nullsAsStored reports whether NULLs come where an index keeps them: first.
func nullsAsStored(t *ast.OrderingTerm) bool {
	return t.Nulls == ast.NullsDefault || (t.Nulls == ast.NullsFirst) == (t.Order != ast.SortDesc)
}

// orderOperand reads one term: an ordinal, else a result alias, else an
// expression.
func (b *binder) orderOperand(sc *scope, e ast.Expr) operand {
	inner := stripped(e)
	if n := ordinal(inner); n > 0 {
		return withCollation(sc.result(n, "ORDER BY"), e)
	}
	if id, ok := inner.(*ast.Ident); ok {
		for _, r := range sc.results {
			if strings.EqualFold(r.name, id.Name) {
				return withCollation(r.operand, e)
			}
		}
	}
	return b.observe(sc, e)
}

func (b *binder) limit(sc *scope, l *ast.Limit) {
	if l == nil {
		return
	}
	sc.block.Limit = true
	db.UsePlaceholders(b.params, b.observe(sc, l.Count).params, db.Placeholder{Role: db.RoleLimit})
	if l.Offset != nil {
		o := b.observe(sc, l.Offset)
		sc.block.Offset = o.literal != "0"
		db.UsePlaceholders(b.params, o.params, db.Placeholder{Role: db.RoleOffset})
	}
}

// windows notes the orders that window functions need.
func (b *binder) windows(sc *scope, q *ast.SelectQuery) {
	for _, w := range windowDefs(q) {
		if terms, ok := b.windowOrder(sc, q, w); ok && len(terms) > 0 {
			sc.block.Windows = append(sc.block.Windows, terms)
		}
	}
}

func windowDefs(q *ast.SelectQuery) []*ast.WindowDef {
	var defs []*ast.WindowDef
	for _, c := range q.Columns {
		ast.Walk(c, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncCall); ok && f.Over != nil {
				defs = append(defs, f.Over)
			}
			_, sub := n.(*ast.SelectStmt)
			return !sub
		})
	}
	return defs
}

func (b *binder) windowOrder(sc *scope, q *ast.SelectQuery, w *ast.WindowDef) ([]db.OrderTerm, bool) {
	var terms []db.OrderTerm
	if base := namedWindow(q, w.Base); base != nil && base != w {
		inherited, ok := b.windowOrder(sc, q, base)
		if !ok {
			return nil, false
		}
		terms = inherited
	}
	for _, e := range w.Partition {
		t, ok := orderTerm(b.observe(sc, e))
		if !ok {
			return nil, false
		}
		terms = append(terms, t)
	}
	for _, term := range w.OrderBy {
		t, ok := orderTerm(b.observe(sc, term.Expr))
		if !ok || !nullsAsStored(term) {
			return nil, false
		}
		t.Desc = term.Order == ast.SortDesc
		terms = append(terms, t)
	}
	return terms, true
}

func namedWindow(q *ast.SelectQuery, id *ast.Ident) *ast.WindowDef {
	if id == nil {
		return nil
	}
	for _, w := range q.Windows {
		if strings.EqualFold(name(w.Name), id.Name) && !strings.EqualFold(name(w.Base), id.Name) {
			return w
		}
	}
	return nil
}
