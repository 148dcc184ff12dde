package mysql

import (
	"strings"

	"github.com/sqlc-dev/marino/ast"
	"github.com/sqlc-dev/marino/opcode"

	"mltop/internal/db"
)

// A clause is a WHERE, an ON, or one arm of an OR, whose terms all hold.
type clause struct {
	b    *binder
	sc   *scope
	on   int // first relation that the ON of an outer join adds; -1 elsewhere
	inOr bool
	or   int // group and arm of what is added; 0 outside of an OR
	arm  int
}

// conditions binds a condition and adds its terms to the block.
func (b *binder) conditions(e ast.ExprNode, sc *scope, on int) {
	if e != nil {
		(&clause{b: b, sc: sc, on: on}).terms(e)
	}
}

// terms splits a conjunction.
func (c *clause) terms(e ast.ExprNode) {
	e = unwrap(e)
	if t, ok := e.(*ast.BinaryOperationExpr); ok && t.Op == opcode.LogicAnd {
		c.terms(t.L)
		c.terms(t.R)
		return
	}
	c.term(e)
}

// term binds one conjunct, visiting each of its parts once.
func (c *clause) term(e ast.ExprNode) {
	switch t := e.(type) {
	case *ast.BinaryOperationExpr:
		c.binary(t)
	case *ast.IsNullExpr:
		c.null(t)
	case *ast.BetweenExpr:
		c.between(t)
	case *ast.PatternInExpr:
		c.in(t)
	case *ast.PatternLikeOrIlikeExpr:
		c.like(t)
	case *ast.ExistsSubqueryExpr:
		c.b.observe(c.sc, t.Sel)
	default:
		c.other(e, "no comparison with a constant")
	}
}

func (c *clause) binary(t *ast.BinaryOperationExpr) {
	switch t.Op {
	case opcode.LogicOr:
		c.either(t)
	case opcode.EQ, opcode.NullEQ:
		c.compare(t, db.PredEq, db.RoleValue)
	case opcode.NE:
		c.compare(t, db.PredNotEq, db.RoleValue)
	case opcode.LT, opcode.LE:
		c.compare(t, db.PredRange, db.RoleHigh)
	case opcode.GT, opcode.GE:
		c.compare(t, db.PredRange, db.RoleLow)
	default:
		c.other(t, "no comparison with a constant")
	}
}

// either gives each arm of an OR its number.
func (c *clause) either(t *ast.BinaryOperationExpr) {
	if c.inOr { // an OR inside an arm: its columns are read, no index serves it
		c.other(t, "an OR inside an OR")
		return
	}
	c.sc.block.ors++
	for i, arm := range arms(t, nil) {
		(&clause{b: c.b, sc: c.sc, on: c.on, inOr: true, or: c.sc.block.ors, arm: i + 1}).terms(arm)
	}
}

func arms(e ast.ExprNode, out []ast.ExprNode) []ast.ExprNode {
	e = unwrap(e)
	if t, ok := e.(*ast.BinaryOperationExpr); ok && t.Op == opcode.LogicOr {
		return arms(t.R, arms(t.L, out))
	}
	return append(out, e)
}

// compare binds a comparison; role is the placeholder's where the left side is
// the column. Rows are compared column by column.
func (c *clause) compare(t *ast.BinaryOperationExpr, op db.PredicateOp, role db.PlaceholderRole) {
	l, lok := unwrap(t.L).(*ast.RowExpr)
	r, rok := unwrap(t.R).(*ast.RowExpr)
	if lok && rok && op == db.PredEq && len(l.Values) == len(r.Values) {
		for i := range l.Values {
			c.operands(t, op, role, c.b.observe(c.sc, l.Values[i]), c.b.observe(c.sc, r.Values[i]))
		}
		return
	}
	c.operands(t, op, role, c.b.observe(c.sc, t.L), c.b.observe(c.sc, t.R))
}

func (c *clause) operands(e ast.ExprNode, op db.PredicateOp, role db.PlaceholderRole, x, y operand) {
	switch {
	case x.constant() && y.constant():
	case y.constant():
		c.constant(e, op, role, x, y)
	case x.constant():
		c.constant(e, op, role.Flip(), y, x)
	case op == db.PredEq && x.relation() >= 0 && y.relation() >= 0 && x.relation() != y.relation() && !c.inOr:
		c.b.addJoin(c.sc, x, y)
	default:
		p := c.predicate(x, db.PredOther, e)
		p.NoIndex = "compares two columns"
		c.add(p)
	}
}

// constant adds "column op constant".
func (c *clause) constant(e ast.ExprNode, op db.PredicateOp, role db.PlaceholderRole, x, y operand) {
	p := c.predicate(x, op, e)
	p.Constant = y.literal
	switch {
	case p.NoIndex != "":
	case converts(x, y):
		p.NoIndex = "implicit conversion of " + x.sql
	case op == db.PredNotEq:
		p.NoIndex = "negation"
	}
	c.use(y.params, x, op, role)
	c.add(p)
}

// converts reports whether the column, not the constant, is converted: text
// compared with a number is compared as numbers
// (dev.mysql.com/doc/refman/8.4/en/type-conversion.html).
func converts(x, y operand) bool {
	return x.bare && isText(x.cols[0].kind) && y.kind == "number"
}

// addJoin notes an equality of columns of two relations.
func (b *binder) addJoin(sc *scope, x, y operand) {
	sc.block.Joins = append(sc.block.Joins, db.Join{Left: x.ref(), Right: y.ref(), LeftNoIndex: joinSide(x, y), RightNoIndex: joinSide(y, x)})
}

// joinSide says why an index on x does not serve the join.
func joinSide(x, y operand) string {
	if why := x.noIndex(); why != "" {
		return why
	}
	if !y.bare {
		return ""
	}
	a, other := x.cols[0], y.cols[0]
	switch {
	case isText(a.kind) && isNumeric(other.kind):
		return "implicit conversion of " + x.sql
	case a.charset != "" && other.charset == "utf8mb4" && a.charset != "utf8mb4":
		return "converted from " + a.charset + " to utf8mb4 to be compared"
	}
	return ""
}

func (c *clause) null(t *ast.IsNullExpr) {
	o := c.b.observe(c.sc, t.Expr)
	if o.constant() {
		return
	}
	op := db.PredIsNull
	if t.Not {
		op = db.PredNotNull
	}
	p := c.predicate(o, op, t)
	if !t.Not && p.NoIndex == "" && c.on < 0 && c.sc.block.Relations[o.cols[0].relation].Outer {
		p.NoIndex = "tests the missing side of an outer join"
	}
	c.add(p)
}

func (c *clause) between(t *ast.BetweenExpr) {
	x, low, high := c.b.observe(c.sc, t.Expr), c.b.observe(c.sc, t.Left), c.b.observe(c.sc, t.Right)
	if t.Not || x.constant() || !low.constant() || !high.constant() {
		c.bound(t, x, "negation, or a bound that is no constant")
		return
	}
	p := c.predicate(x, db.PredRange, t)
	if low.literal != "" && high.literal != "" {
		p.Constant = low.literal + " AND " + high.literal
	}
	if p.NoIndex == "" && (converts(x, low) || converts(x, high)) {
		p.NoIndex = "implicit conversion of " + x.sql
	}
	c.use(low.params, x, db.PredRange, db.RoleLow)
	c.use(high.params, x, db.PredRange, db.RoleHigh)
	c.add(p)
}

func (c *clause) in(t *ast.PatternInExpr) {
	x := c.b.observe(c.sc, t.Expr)
	list := operand{}
	if t.Sel != nil {
		list = c.b.observe(c.sc, t.Sel)
	}
	var literals []string
	for _, e := range t.List {
		o := c.b.observe(c.sc, e)
		list.cols, list.params = append(list.cols, o.cols...), append(list.params, o.params...)
		list.kind = or(list.kind, o.kind)
		if o.literal != "" {
			literals = append(literals, o.literal)
		}
	}
	if x.constant() || !list.constant() || t.Not {
		c.bound(t, x, "negation, or a list that holds columns")
		return
	}
	p := c.predicate(x, db.PredIn, t)
	if len(literals) == len(t.List) {
		p.Constant = strings.Join(literals, ", ")
	}
	if p.NoIndex == "" && converts(x, list) {
		p.NoIndex = "implicit conversion of " + x.sql
	}
	c.use(list.params, x, db.PredIn, db.RoleValue)
	c.add(p)
}

func (c *clause) like(t *ast.PatternLikeOrIlikeExpr) {
	x, pattern := c.b.observe(c.sc, t.Expr), c.b.observe(c.sc, t.Pattern)
	if x.constant() || !pattern.constant() || t.Not {
		c.bound(t, x, "negation, or a pattern that is no constant")
		return
	}
	p := c.predicate(x, db.PredPrefix, t)
	p.Constant = pattern.literal
	text := strings.TrimPrefix(pattern.literal, "'")
	switch {
	case p.NoIndex != "":
	case !isText(x.cols[0].kind):
		p.NoIndex = "LIKE on a column that is no text"
	case pattern.literal != "" && (strings.HasPrefix(text, "%") || strings.HasPrefix(text, "_")):
		p.NoIndex = "leading wildcard"
	}
	c.use(pattern.params, x, db.PredPrefix, db.RoleValue)
	c.add(p)
}

// bound adds a term whose operands are bound already and that no index serves.
func (c *clause) bound(e ast.ExprNode, x operand, why string) {
	if x.constant() {
		return
	}
	p := c.predicate(x, db.PredOther, e)
	p.NoIndex = why
	c.add(p)
}

// other binds and adds a term that no index serves.
func (c *clause) other(e ast.ExprNode, why string) {
	o := c.b.observe(c.sc, e)
	switch {
	case o.subquery:
		why = "correlated subquery"
	case o.relation() < 0:
		why = "columns of two tables in one expression"
	}
	c.bound(e, o, why)
}

// predicate starts a term on o; o must not be constant.
func (c *clause) predicate(o operand, op db.PredicateOp, e ast.ExprNode) db.Predicate {
	p := db.Predicate{Column: o.ref(), Op: op, Text: textOf(e), NoIndex: o.noIndex(), OrGroup: c.or, OrArm: c.arm}
	if p.NoIndex == expressionOnColumn {
		p.NoIndex = c.b.flavour.noExpressions(o.sql)
	}
	if p.NoIndex == "" && c.on >= 0 && o.relation() < c.on {
		p.NoIndex = "condition of an outer join on the other table"
	}
	return p
}

func (c *clause) add(p db.Predicate) {
	c.sc.block.Predicates = append(c.sc.block.Predicates, p)
}
