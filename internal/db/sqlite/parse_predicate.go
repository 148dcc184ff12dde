package sqlite

import (
	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// A clause is a WHERE, an ON, or one arm of an OR, whose terms all hold.
type clause struct {
	b     *binder
	sc    *scope
	on    int // relation that the ON of an outer join adds; -1 elsewhere
	inOr  bool
	preds []db.Predicate
	joins []db.Join
}

// conditions binds a condition and adds its terms to the block.
func (b *binder) conditions(e ast.Expr, sc *scope, on int) {
	if e == nil {
		return
	}
	c := &clause{b: b, sc: sc, on: on}
	c.terms(e)
	sc.block.Predicates = append(sc.block.Predicates, c.preds...)
	sc.block.Joins = append(sc.block.Joins, c.joins...)
}

// terms splits a conjunction.
func (c *clause) terms(e ast.Expr) {
	e = unwrap(e)
	if t, ok := e.(*ast.BinaryExpr); ok && t.Op == ast.OpAnd {
		c.terms(t.X)
		c.terms(t.Y)
		return
	}
	c.term(e)
}

// term binds one conjunct, visiting each of its parts once.
func (c *clause) term(e ast.Expr) {
	switch t := e.(type) {
	case *ast.BinaryExpr:
		c.binary(t)
	case *ast.IsExpr:
		c.is(t)
	case *ast.NullCheckExpr:
		c.nullTest(e, t.X, t.Test == ast.TestIsNull)
	case *ast.BetweenExpr:
		c.between(t)
	case *ast.InExpr:
		c.in(t)
	case *ast.LikeExpr:
		c.like(t)
	case *ast.UnaryExpr:
		c.negation(t)
	default:
		c.other(e, "no comparison with a constant")
	}
}

func (c *clause) negation(t *ast.UnaryExpr) {
	if ex, ok := unwrap(t.X).(*ast.ExistsExpr); ok && t.Op == ast.OpNot {
		c.b.bindSelect(ex.Select, c.sc)
		return
	}
	why := "no comparison with a constant"
	if t.Op == ast.OpNot {
		why = "negation"
	}
	c.other(t, why)
}

func (c *clause) binary(t *ast.BinaryExpr) {
	switch t.Op {
	case ast.OpOr:
		c.or(t)
	case ast.OpEq:
		c.compare(t, db.PredEq, "", t.X, t.Y)
	case ast.OpNe:
		c.compare(t, db.PredNotEq, "", t.X, t.Y)
	case ast.OpLt, ast.OpLe:
		c.compare(t, db.PredRange, db.RoleHigh, t.X, t.Y)
	case ast.OpGt, ast.OpGe:
		c.compare(t, db.PredRange, db.RoleLow, t.X, t.Y)
	default:
		c.other(t, "no comparison with a constant")
	}
}

func (c *clause) is(t *ast.IsExpr) {
	_, null := unwrap(t.Y).(*ast.Literal)
	null = null && unwrap(t.Y).(*ast.Literal).Kind == ast.LitNull
	switch not := t.Not != t.Distinct; {
	case null:
		c.nullTest(t, t.X, !not)
	case not:
		c.compare(t, db.PredNotEq, "", t.X, t.Y)
	default:
		c.compare(t, db.PredEq, "", t.X, t.Y)
	}
}

func (c *clause) nullTest(e, x ast.Expr, isNull bool) {
	o := c.b.observe(c.sc, x)
	if o.constant() {
		return
	}
	op := db.PredNotNull
	if isNull {
		op = db.PredIsNull
	}
	p := c.predicate(o, op, e)
	if isNull && p.NoIndex == "" && c.on < 0 && c.sc.block.Relations[o.cols[0].relation].Outer {
		p.NoIndex = "tests the missing side of an outer join"
	}
	c.add(p)
}

// compare binds a comparison; role is the placeholder's where the left side
// is the column.
func (c *clause) compare(e ast.Expr, op db.PredicateOp, role db.PlaceholderRole, x, y ast.Expr) {
	if c.vectors(e, op, role, x, y) {
		return
	}
	c.compareOperands(e, op, role, c.b.observe(c.sc, x), c.b.observe(c.sc, y))
}

func (c *clause) compareOperands(e ast.Expr, op db.PredicateOp, role db.PlaceholderRole, x, y operand) {
	collation := x.comparedBy(y)
	switch {
	case x.constant() && y.constant():
	case y.constant():
		c.constant(e, op, role, x, y, collation)
	case x.constant():
		c.constant(e, op, role.Flip(), y, x, collation)
	case op == db.PredEq && x.relation() >= 0 && y.relation() >= 0 && x.relation() != y.relation():
		c.join(e, x, y, collation)
	default:
		p := c.predicate(x, db.PredOther, e)
		p.NoIndex = "compares two columns"
		c.add(p)
	}
}

// comparedBy is the collation of x compared with y: an explicit one first,
// else that of the left column, else that of the right one
// (sqlite.org/datatype3.html, 7.1).
func (o operand) comparedBy(y operand) string {
	switch {
	case o.collate != "":
		return foldBinary(o.collate)
	case y.collate != "":
		return foldBinary(y.collate)
	case o.bare || o.outer != nil:
		return o.declaredCollation()
	}
	return y.declaredCollation()
}

// constant adds "column op constant".
func (c *clause) constant(e ast.Expr, op db.PredicateOp, role db.PlaceholderRole, x, y operand, collation string) {
	p := c.predicate(x, op, e)
	p.Constant = y.literal
	c.compared(&p, x, y, collation)
	if op == db.PredNotEq && p.NoIndex == "" {
		p.NoIndex = "negation"
	}
	if role == "" {
		role = db.RoleValue
	}
	c.use(y.params, x, op, role)
	c.add(p)
}

// compared notes what collation and affinity do to an index on x.
func (c *clause) compared(p *db.Predicate, x, y operand, collation string) {
	if collation != x.declaredCollation() {
		p.Collation = collationName(collation)
	}
	if p.NoIndex == "" && converts(x.affinityOfKey(), y.affinity) {
		p.NoIndex = "implicit conversion of " + x.sql
	}
}

// affinityOfKey is the affinity that an index on the operand stores by.
func (o operand) affinityOfKey() affinity { return max(o.affinity, affinityBlob) }

func collationName(collation string) string {
	if collation == "" {
		return "BINARY"
	}
	return collation
}

// use says what placeholders beside x stand for.
func (c *clause) use(params []int, x operand, op db.PredicateOp, role db.PlaceholderRole) {
	if len(params) == 0 || len(x.cols) == 0 {
		return
	}
	col := x.cols[0]
	p := db.Placeholder{Table: c.sc.block.Relations[col.relation].Table, Column: col.name, Op: op, Role: role}
	if !x.bare {
		p.Expr = x.text
	}
	db.UsePlaceholders(c.b.params, params, p)
}

func (c *clause) join(e ast.Expr, x, y operand, collation string) {
	if c.inOr {
		p := c.predicate(x, db.PredOther, e)
		p.NoIndex = "a join inside an OR"
		c.add(p)
		return
	}
	j := db.Join{Left: x.ref(), Right: y.ref()}
	j.LeftNoIndex = joinSide(x, y, collation)
	j.RightNoIndex = joinSide(y, x, collation)
	c.joins = append(c.joins, j)
}

func joinSide(x, y operand, collation string) string {
	switch why := x.noIndex(); {
	case why != "":
		return why
	case converts(x.affinityOfKey(), y.affinity):
		return "implicit conversion of " + x.sql
	case collation != x.declaredCollation():
		return "compared by " + collationName(collation) + ", stored by " + collationName(x.declaredCollation())
	}
	return ""
}

// other adds a term that no index serves.
func (c *clause) other(e ast.Expr, why string) {
	if ex, ok := e.(*ast.ExistsExpr); ok {
		c.b.bindSelect(ex.Select, c.sc)
		return
	}
	o := c.b.observe(c.sc, e)
	if o.constant() {
		return
	}
	p := c.predicate(o, db.PredOther, e)
	switch {
	case o.subquery:
		why = "correlated subquery"
	case o.relation() < 0:
		why = "columns of two tables in one expression"
	}
	p.NoIndex = why
	c.add(p)
}

// predicate starts a term on o; o must not be constant.
func (c *clause) predicate(o operand, op db.PredicateOp, e ast.Expr) db.Predicate {
	p := db.Predicate{Column: o.ref(), Op: op, Text: ast.String(e), NoIndex: o.noIndex()}
	if p.NoIndex == "" && c.on >= 0 && o.relation() != c.on {
		p.NoIndex = "condition of an outer join on the other table"
	}
	return p
}

func (c *clause) add(p db.Predicate) { c.preds = append(c.preds, p) }
