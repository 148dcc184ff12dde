package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// between binds "x BETWEEN lo AND hi", also with the column among the bounds.
func (c *clause) between(t *ast.BetweenExpr) {
	x, lo, hi := c.b.observe(c.sc, t.X), c.b.observe(c.sc, t.Lo), c.b.observe(c.sc, t.Hi)
	switch {
	case x.constant() && lo.constant() && hi.constant():
	case t.Not:
		c.refuse(t, "negation", x, lo, hi)
	case !x.constant() && lo.constant() && hi.constant():
		c.within(t, x, lo, hi)
	default:
		c.compareOperands(t, db.PredRange, db.RoleLow, x, lo)
		c.compareOperands(t, db.PredRange, db.RoleHigh, x, hi)
	}
}

func (c *clause) within(t *ast.BetweenExpr, x, lo, hi operand) {
	p := c.predicate(x, db.PredRange, t)
	c.compared(&p, x, lo, x.comparedBy(lo))
	if p.NoIndex == "" {
		c.compared(&p, x, hi, x.comparedBy(hi))
	}
	c.use(lo.params, x, db.PredRange, db.RoleLow)
	c.use(hi.params, x, db.PredRange, db.RoleHigh)
	c.add(p)
}

// refuse adds the whole of e as a term that no index serves.
func (c *clause) refuse(e ast.Expr, why string, parts ...operand) {
	for _, o := range parts {
		if !o.constant() {
			p := c.predicate(o, db.PredOther, e)
			p.NoIndex = why
			c.add(p)
			return
		}
	}
}

// in binds every form of IN.
func (c *clause) in(t *ast.InExpr) {
	xs := c.inColumns(t.X)
	list := c.inList(t)
	mark := len(c.sc.block.log)
	value := c.inSource(t)
	switch correlated := len(c.sc.block.log) > mark; {
	case correlated:
		c.refuse(t, "correlated subquery", xs...)
	case t.Not:
		c.notIn(t, xs)
	case !allConstant(list):
		c.refuse(t, "the column stands inside a list", append(xs, list...)...)
	default:
		c.inConstants(t, xs, list, value)
	}
}

func (c *clause) inColumns(x ast.Expr) []operand {
	if v, ok := unwrap(x).(*ast.VectorExpr); ok {
		return c.observeAll(v.List)
	}
	return []operand{c.b.observe(c.sc, x)}
}

func (c *clause) observeAll(es []ast.Expr) []operand {
	os := make([]operand, len(es))
	for i, e := range es {
		os[i] = c.b.observe(c.sc, e)
	}
	return os
}

func (c *clause) inList(t *ast.InExpr) []operand { return c.observeAll(t.List) }

// inSource binds what stands right of IN when it is no list, and answers its
// columns.
func (c *clause) inSource(t *ast.InExpr) []result {
	switch {
	case t.Select != nil:
		return c.b.bindSelect(t.Select, c.sc)
	case t.Table != nil:
		return c.b.bindInTable(t, c.sc)
	}
	return nil
}

func (c *clause) notIn(t *ast.InExpr, xs []operand) {
	for _, x := range xs {
		if !x.constant() {
			p := c.predicate(x, db.PredNotEq, t)
			p.NoIndex = "negation"
			c.add(p)
		}
	}
}

func (c *clause) inConstants(t *ast.InExpr, xs, list []operand, value []result) {
	for i, x := range xs {
		if x.constant() {
			continue
		}
		p := c.predicate(x, db.PredIn, t)
		var y operand
		if i < len(value) {
			y = operand{affinity: value[i].affinity}
		}
		c.compared(&p, x, y, x.effectiveCollation())
		c.single(&p, list)
		for _, o := range list {
			c.use(o.params, x, db.PredIn, db.RoleValue)
		}
		c.add(p)
	}
}

// single reads IN with one constant as the equality that it is.
func (c *clause) single(p *db.Predicate, list []operand) {
	if len(list) == 1 {
		p.Op, p.Constant = db.PredEq, list[0].literal
	}
}

func allConstant(os []operand) bool {
	for _, o := range os {
		if !o.constant() {
			return false
		}
	}
	return true
}

// vectors binds a comparison of row values: equality column by column; of an
// order, the first column makes the range.
func (c *clause) vectors(e ast.Expr, op db.PredicateOp, role db.PlaceholderRole, x, y ast.Expr) bool {
	vx, okx := unwrap(x).(*ast.VectorExpr)
	vy, oky := unwrap(y).(*ast.VectorExpr)
	switch {
	case !okx && !oky:
		return false
	case okx && oky && len(vx.List) == len(vy.List):
		c.rowValues(e, op, role, c.observeAll(vx.List), c.observeAll(vy.List))
	case okx:
		c.rowAgainst(e, op, role, c.observeAll(vx.List), y)
	default:
		c.rowAgainst(e, op, role.Flip(), c.observeAll(vy.List), x)
	}
	return true
}

func (c *clause) rowValues(e ast.Expr, op db.PredicateOp, role db.PlaceholderRole, xs, ys []operand) {
	if op == db.PredNotEq {
		c.refuse(e, "negation", append(xs, ys...)...)
		return
	}
	for i := range xs {
		if i == 0 || op == db.PredEq {
			c.compareOperands(e, op, role, xs[i], ys[i])
			continue
		}
		c.use(ys[i].params, xs[i], op, role)
	}
}

// rowAgainst binds a row value compared with a subquery.
func (c *clause) rowAgainst(e ast.Expr, op db.PredicateOp, role db.PlaceholderRole, xs []operand, sub ast.Expr) {
	o := c.b.observe(c.sc, sub)
	if !o.constant() || op == db.PredNotEq {
		c.refuse(e, "no comparison with a constant", append(xs, o)...)
		return
	}
	c.rowValues(e, op, role, xs, make([]operand, len(xs)))
}

// or binds a disjunction: equalities of one column become IN; else the arms
// form a group.
func (c *clause) or(t *ast.BinaryExpr) {
	if c.inOr {
		c.other(t, "an OR inside an OR")
		return
	}
	var arms []*clause
	for _, e := range orArms(t) {
		arm := &clause{b: c.b, sc: c.sc, on: c.on, inOr: true}
		arm.terms(e)
		arms = append(arms, arm)
	}
	if p, ok := asIn(t, arms); ok {
		c.add(p)
		return
	}
	c.group(arms)
}

func orArms(e ast.Expr) []ast.Expr {
	if t, ok := unwrap(e).(*ast.BinaryExpr); ok && t.Op == ast.OpOr {
		return append(orArms(t.X), orArms(t.Y)...)
	}
	return []ast.Expr{e}
}

// asIn reads "a = 1 OR a IN (2, 3)" as one IN.
func asIn(t ast.Expr, arms []*clause) (db.Predicate, bool) {
	var first db.Predicate
	for i, a := range arms {
		if len(a.preds) != 1 {
			return first, false
		}
		p := a.preds[0]
		if p.Op != db.PredEq && p.Op != db.PredIn || p.NoIndex != "" {
			return first, false
		}
		if i == 0 {
			first = p
		}
		if !sameKey(p.Column, first.Column) || p.Collation != first.Collation {
			return first, false
		}
	}
	first.Op, first.Constant, first.Text = db.PredIn, "", ast.String(t)
	return first, true
}

func sameKey(a, b db.ColumnRef) bool {
	return a.Relation == b.Relation && strings.EqualFold(a.Column, b.Column) && a.Expr == b.Expr
}

// group numbers the arms. SQLite searches by an OR only when every arm can be
// searched, in one table.
func (c *clause) group(arms []*clause) {
	c.sc.block.ors++
	why := db.WhyNoGroup(predicatesOf(arms))
	for i, a := range arms {
		for _, p := range a.preds {
			p.OrGroup, p.OrArm = c.sc.block.ors, i+1
			if p.NoIndex == "" {
				p.NoIndex = why
			}
			c.add(p)
		}
	}
}

// predicatesOf are those of each arm of an OR.
func predicatesOf(arms []*clause) [][]db.Predicate {
	out := make([][]db.Predicate, len(arms))
	for i, a := range arms {
		out[i] = a.preds
	}
	return out
}
