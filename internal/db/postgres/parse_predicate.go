package postgres

import (
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// A clause is a WHERE, an ON, or one arm of an OR, whose terms all hold.
type clause struct {
	b     *binder
	sc    *scope
	inOr  bool
	preds []db.Predicate
	joins []db.Join
}

// conditions binds a condition and adds its terms to the block.
func (b *binder) conditions(sc *scope, n *pgquery.Node) {
	if n == nil {
		return
	}
	c := &clause{b: b, sc: sc}
	c.terms(n)
	sc.block.Predicates = append(sc.block.Predicates, c.preds...)
	sc.block.Joins = append(sc.block.Joins, c.joins...)
}

// terms splits a conjunction.
func (c *clause) terms(n *pgquery.Node) {
	if t := n.GetBoolExpr(); t != nil && t.Boolop == pgquery.BoolExprType_AND_EXPR {
		for _, arg := range t.Args {
			c.terms(arg)
		}
		return
	}
	c.term(n)
}

// term binds one conjunct, visiting each of its parts once.
func (c *clause) term(n *pgquery.Node) {
	switch {
	case n.GetBoolExpr() != nil:
		c.boolean(n, n.GetBoolExpr())
	case n.GetAExpr() != nil:
		c.operator(n, n.GetAExpr())
	case n.GetNullTest() != nil:
		c.nullTest(n, n.GetNullTest())
	case n.GetSubLink() != nil:
		c.sublink(n, n.GetSubLink())
	case n.GetColumnRef() != nil:
		c.truth(n, n, "true")
	default:
		c.other(n, "no comparison with a constant")
	}
}

// truth binds a boolean column that stands alone.
func (c *clause) truth(whole, column *pgquery.Node, value string) {
	o := c.b.observe(c.sc, column)
	if !o.constant() {
		p := c.predicate(o, db.PredEq, whole)
		p.Constant = value
		c.preds = append(c.preds, p)
	}
}

func (c *clause) boolean(n *pgquery.Node, t *pgquery.BoolExpr) {
	arg := t.Args[0]
	switch {
	case t.Boolop == pgquery.BoolExprType_OR_EXPR:
		c.or(n, t)
	case arg.GetColumnRef() != nil:
		c.truth(n, arg, "false")
	case arg.GetSubLink() != nil && arg.GetSubLink().SubLinkType == pgquery.SubLinkType_EXISTS_SUBLINK:
		c.b.observe(c.sc, arg)
	default:
		c.other(n, "negation")
	}
}

func (c *clause) nullTest(n *pgquery.Node, t *pgquery.NullTest) {
	o := c.b.observe(c.sc, t.Arg)
	if o.constant() || len(o.cols) == 0 {
		return
	}
	op := db.PredNotNull
	if t.Nulltesttype == pgquery.NullTestType_IS_NULL {
		op = db.PredIsNull
	}
	p := c.predicate(o, op, n)
	if op == db.PredIsNull && p.NoIndex == "" && c.sc.block.Relations[o.cols[0].relation].Outer {
		p.NoIndex = "tests the missing side of an outer join"
	}
	c.preds = append(c.preds, p)
}

// sublink: EXISTS reads its own tables; x IN (SELECT) looks x up once for
// each row of the subquery, or the other way round.
func (c *clause) sublink(n *pgquery.Node, t *pgquery.SubLink) {
	if t.SubLinkType != pgquery.SubLinkType_ANY_SUBLINK {
		c.b.observe(c.sc, n)
		return
	}
	for _, x := range rowOf(t.Testexpr) {
		if o := c.b.observe(c.sc, x); !o.constant() && len(o.cols) > 0 {
			c.preds = append(c.preds, c.predicate(o, db.PredIn, n))
		}
	}
	c.b.selects(t.Subselect.GetSelectStmt(), c.sc)
}

// rowOf lists the parts of a row value, or the value alone.
func rowOf(n *pgquery.Node) []*pgquery.Node {
	if r := n.GetRowExpr(); r != nil {
		return r.Args
	}
	if n == nil {
		return nil
	}
	return []*pgquery.Node{n}
}

func (c *clause) operator(n *pgquery.Node, t *pgquery.A_Expr) {
	op := last(stringsOf(t.Name))
	switch t.Kind {
	case pgquery.A_Expr_Kind_AEXPR_OP:
		c.comparison(n, op, t.Lexpr, t.Rexpr)
	case pgquery.A_Expr_Kind_AEXPR_NOT_DISTINCT, pgquery.A_Expr_Kind_AEXPR_DISTINCT:
		c.other(n, "IS DISTINCT FROM uses no index")
	case pgquery.A_Expr_Kind_AEXPR_IN:
		c.in(n, op, t.Lexpr, t.Rexpr.GetList().GetItems())
	case pgquery.A_Expr_Kind_AEXPR_OP_ANY:
		c.any(n, op, t)
	case pgquery.A_Expr_Kind_AEXPR_LIKE:
		c.like(n, op, t)
	case pgquery.A_Expr_Kind_AEXPR_BETWEEN:
		bounds := t.Rexpr.GetList().GetItems()
		c.between(n, t.Lexpr, bounds)
	default:
		c.other(n, "no comparison that a B-tree serves")
	}
}

func (c *clause) comparison(n *pgquery.Node, op string, x, y *pgquery.Node) {
	kind, role := kindOf(op)
	if kind == "" || x == nil {
		c.other(n, "no comparison that a B-tree serves")
		return
	}
	xs, ys := rowOf(x), rowOf(y)
	if len(xs) != len(ys) {
		c.other(n, "no comparison with a constant")
		return
	}
	for i := range xs {
		if i > 0 && kind == db.PredRange { // of a row's order, the first column makes the range
			db.UsePlaceholders(c.b.params, c.b.observe(c.sc, ys[i]).params, c.stands(c.b.observe(c.sc, xs[i]), kind, role))
			continue
		}
		c.compare(n, kind, role, c.b.observe(c.sc, xs[i]), c.b.observe(c.sc, ys[i]))
	}
}

func kindOf(op string) (db.PredicateOp, db.PlaceholderRole) {
	switch op {
	case "=":
		return db.PredEq, db.RoleValue
	case "<>", "!=":
		return db.PredNotEq, db.RoleValue
	case "<", "<=":
		return db.PredRange, db.RoleHigh
	case ">", ">=":
		return db.PredRange, db.RoleLow
	}
	return "", ""
}

// compare binds a comparison of two operands.
func (c *clause) compare(n *pgquery.Node, kind db.PredicateOp, role db.PlaceholderRole, x, y operand) {
	if len(x.cols) == 0 {
		x, y, role = y, x, role.Flip()
	}
	switch {
	case len(x.cols) == 0:
	case y.constant():
		p := c.predicate(x, kind, n)
		p.Constant = y.literal
		if p.NoIndex == "" {
			p.NoIndex = mismatch(x, y)
		}
		if kind == db.PredNotEq {
			p.NoIndex = "negation"
		}
		c.preds = append(c.preds, p)
		db.UsePlaceholders(c.b.params, y.params, c.stands(x, kind, role))
	case kind == db.PredEq && len(y.cols) > 0 && x.relation() >= 0 && y.relation() >= 0 && x.relation() != y.relation() && !c.inOr:
		c.joins = append(c.joins, db.Join{Left: x.ref(), Right: y.ref(), LeftNoIndex: x.noIndex(), RightNoIndex: y.noIndex()})
	default:
		p := c.predicate(x, db.PredOther, n)
		p.NoIndex = "no comparison with a constant"
		c.preds = append(c.preds, p)
	}
}

// mismatch: PostgreSQL turns a whole-number column into a fraction to compare
// it with one, and then no index serves.
func mismatch(x, y operand) string {
	if x.bare && y.kind == "fraction" && strings.Contains(x.cols[0].kind, "int") {
		return "implicit conversion"
	}
	return ""
}

// stands says what placeholders compared with x are.
func (c *clause) stands(x operand, op db.PredicateOp, role db.PlaceholderRole) db.Placeholder {
	p := db.Placeholder{Op: op, Role: role}
	if len(x.cols) > 0 {
		p.Table, p.Column = c.sc.block.Relations[x.cols[0].relation].Table, x.cols[0].name
	}
	return p
}

func (c *clause) predicate(o operand, op db.PredicateOp, n *pgquery.Node) db.Predicate {
	p := db.Predicate{Column: o.ref(), Op: op, Text: deparse(n), NoIndex: o.noIndex()}
	if o.relation() < 0 {
		p.NoIndex = "columns of two tables"
	}
	return p
}

func (c *clause) between(n, x *pgquery.Node, bounds []*pgquery.Node) {
	if len(bounds) != 2 {
		c.other(n, "no comparison with a constant")
		return
	}
	o, low, high := c.b.observe(c.sc, x), c.b.observe(c.sc, bounds[0]), c.b.observe(c.sc, bounds[1])
	if len(o.cols) == 0 || !low.constant() || !high.constant() {
		c.refuse(n, "no comparison with a constant", o, low, high)
		return
	}
	p := c.predicate(o, db.PredRange, n)
	if p.NoIndex == "" {
		p.NoIndex = mismatch(o, low) + mismatch(o, high)
	}
	c.preds = append(c.preds, p)
	db.UsePlaceholders(c.b.params, low.params, c.stands(o, db.PredRange, db.RoleLow))
	db.UsePlaceholders(c.b.params, high.params, c.stands(o, db.PredRange, db.RoleHigh))
}

func (c *clause) in(n *pgquery.Node, op string, x *pgquery.Node, list []*pgquery.Node) {
	var os, values []operand
	for _, part := range rowOf(x) {
		os = append(os, c.b.observe(c.sc, part))
	}
	constant := true
	for _, item := range list {
		for _, part := range rowOf(item) {
			v := c.b.observe(c.sc, part)
			values = append(values, v)
			constant = constant && v.constant()
		}
	}
	for i, o := range os {
		if len(o.cols) == 0 {
			continue
		}
		p := c.predicate(o, db.PredIn, n)
		switch {
		case op != "=":
			p.Op, p.NoIndex = db.PredNotEq, "negation"
		case !constant:
			p.Op, p.NoIndex = db.PredOther, "no comparison with a constant"
		case len(list) == 1:
			p.Op, p.Constant = db.PredEq, values[i].literal
		}
		c.preds = append(c.preds, p)
		for j := i; j < len(values); j += len(os) {
			db.UsePlaceholders(c.b.params, values[j].params, c.stands(o, p.Op, db.RoleValue))
		}
	}
}

// any binds x = ANY(array).
func (c *clause) any(n *pgquery.Node, op string, t *pgquery.A_Expr) {
	o, list := c.b.observe(c.sc, t.Lexpr), c.b.observe(c.sc, t.Rexpr)
	if op != "=" || len(o.cols) == 0 || !list.constant() {
		c.refuse(n, "no comparison with a constant", o, list)
		return
	}
	c.preds = append(c.preds, c.predicate(o, db.PredIn, n))
	db.UsePlaceholders(c.b.params, list.params, c.stands(o, db.PredIn, db.RoleValue))
}

// like reads a pattern: with a fixed beginning it is a range, in an index of
// the class text_pattern_ops or the collation C.
func (c *clause) like(n *pgquery.Node, op string, t *pgquery.A_Expr) {
	o, pattern := c.b.observe(c.sc, t.Lexpr), c.b.observe(c.sc, t.Rexpr)
	if len(o.cols) == 0 || op != "~~" || !pattern.constant() {
		c.refuse(n, "negation", o, pattern)
		return
	}
	p := c.predicate(o, db.PredPrefix, n)
	p.Constant = pattern.literal
	text := t.Rexpr.GetAConst().GetSval().GetSval()
	switch {
	case p.NoIndex != "":
	case pattern.literal == "":
		p.NoIndex = "the pattern is not known"
	case strings.HasPrefix(text, "%") || strings.HasPrefix(text, "_"):
		p.NoIndex = "leading wildcard"
	case !strings.ContainsAny(text, `%_\`):
		p.Op = db.PredEq
	}
	c.preds = append(c.preds, p)
	db.UsePlaceholders(c.b.params, pattern.params, c.stands(o, db.PredPrefix, db.RoleValue))
}

func (c *clause) other(n *pgquery.Node, why string) { c.refuse(n, why, c.b.observe(c.sc, n)) }

// refuse notes a condition that no index serves.
func (c *clause) refuse(n *pgquery.Node, why string, parts ...operand) {
	for _, o := range parts {
		if len(o.cols) > 0 {
			p := c.predicate(o, db.PredOther, n)
			p.NoIndex = why
			c.preds = append(c.preds, p)
			return
		}
	}
}

// or binds a disjunction: equalities of one column become IN; else the arms
// form a group, which PostgreSQL answers with one bitmap an arm.
func (c *clause) or(n *pgquery.Node, t *pgquery.BoolExpr) {
	if c.inOr {
		c.other(n, "an OR inside an OR")
		return
	}
	var arms []*clause
	for _, arg := range t.Args {
		arm := &clause{b: c.b, sc: c.sc, inOr: true}
		arm.terms(arg)
		arms = append(arms, arm)
	}
	if p, ok := asIn(n, arms); ok {
		c.preds = append(c.preds, p)
		return
	}
	c.sc.block.ors++
	why := db.WhyNoGroup(predicatesOf(arms))
	for i, a := range arms {
		for _, p := range a.preds {
			p.OrGroup, p.OrArm = c.sc.block.ors, i+1
			if p.NoIndex == "" {
				p.NoIndex = why
			}
			c.preds = append(c.preds, p)
		}
	}
}

// asIn reads "a = 1 OR a IN (2, 3)" as one IN.
func asIn(n *pgquery.Node, arms []*clause) (db.Predicate, bool) {
	var first db.Predicate
	for i, a := range arms {
		if len(a.preds) != 1 {
			return first, false
		}
		p := a.preds[0]
		if i == 0 {
			first = p
		}
		if p.Op != db.PredEq && p.Op != db.PredIn || p.NoIndex != "" || p.Column != first.Column {
			return first, false
		}
	}
	first.Op, first.Constant, first.Text = db.PredIn, "", deparse(n)
	return first, true
}

// predicatesOf are those of each arm of an OR.
func predicatesOf(arms []*clause) [][]db.Predicate {
	out := make([][]db.Predicate, len(arms))
	for i, a := range arms {
		out[i] = a.preds
	}
	return out
}
