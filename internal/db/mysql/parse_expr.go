package mysql

import (
	"strings"

	"github.com/sqlc-dev/marino/ast"
	"github.com/sqlc-dev/marino/format"

	"mltop/internal/db"
)

// An operand is what an expression is made of.
type operand struct {
	cols      []column // of this block
	outer     bool     // mentions a column of an outer query
	bare      bool     // exactly one column, and nothing else
	params    []int
	literal   string // SQL of a constant with a known value
	kind      string // of a literal: "number", "text"; "" otherwise
	aggregate bool
	subquery  bool
	changing  bool // differs from row to row without any column: rand()
	sql       string
}

func bareOperand(c column) operand { return operand{cols: []column{c}, bare: true, sql: c.name} }

// constant reports whether the operand has one value during the block.
func (o operand) constant() bool { return len(o.cols) == 0 && !o.aggregate && !o.changing }

// relation is the only relation it mentions; -1 for none or several.
func (o operand) relation() int {
	if len(o.cols) == 0 {
		return -1
	}
	for _, c := range o.cols[1:] {
		if c.relation != o.cols[0].relation {
			return -1
		}
	}
	return o.cols[0].relation
}

// ofRows reports an expression whose value each row of one relation has by
// itself.
func (o operand) ofRows() bool {
	return !o.bare && o.relation() >= 0 && len(o.params) == 0 && !o.outer && !o.aggregate && !o.subquery && !o.changing
}

// ref names the operand in a predicate.
func (o operand) ref() db.ColumnRef {
	switch {
	case o.bare:
		return o.cols[0].ref()
	case o.relation() >= 0:
		return db.ColumnRef{Relation: o.relation(), Column: o.cols[0].name, Expr: o.sql}
	case len(o.cols) > 0:
		return db.ColumnRef{Relation: o.cols[0].relation, Expr: o.sql}
	}
	return db.ColumnRef{Expr: o.sql}
}

const expressionOnColumn = "function on the column"

// noExpressions says why an expression gets no index of its own, and what does.
func (f flavour) noExpressions(sql string) string {
	if f.MariaDB {
		return "MariaDB has no indexes on expressions: a generated column of " + sql + " with an index would serve, once the statement compares that column"
	}
	return "mltop tries no functional indexes of " + f.label() + ": one on (" + sql + "), or a generated column of it with an index, would serve"
}

// noIndex says why no index on the operand serves; "" when one could.
func (o operand) noIndex() string {
	switch {
	case o.aggregate:
		return "an aggregate"
	case !o.bare:
		return expressionOnColumn
	case o.cols[0].table == nil:
		return "a column of a subquery"
	}
	return o.cols[0].table.Unsupported
}

// observe binds an expression: every column in it is noted as read, every
// subquery becomes blocks of its own.
func (b *binder) observe(sc *scope, e ast.ExprNode) operand {
	o := operand{sql: textOf(e)}
	if e == nil {
		return o
	}
	e.Accept(&observer{b: b, sc: sc, o: &o})
	e = unwrap(e)
	if _, ok := e.(*ast.ColumnNameExpr); ok && len(o.cols) == 1 {
		o.bare = true
	}
	if v, ok := e.(ast.ValueExpr); ok && len(o.params) == 0 {
		o.literal, o.kind = o.sql, literalKind(v)
	}
	if u, ok := e.(*ast.UnaryOperationExpr); ok {
		if v, ok := u.V.(ast.ValueExpr); ok {
			o.literal, o.kind = o.sql, literalKind(v)
		}
	}
	return o
}

func literalKind(v ast.ValueExpr) string {
	d, ok := v.(interface{ Kind() byte })
	if !ok {
		return ""
	}
	switch d.Kind() {
	case ast.KindString:
		return "text"
	case ast.KindNull:
		return "null"
	case ast.KindInt64, ast.KindUint64, ast.KindFloat32, ast.KindFloat64, ast.KindMysqlDecimal:
		return "number"
	}
	return ""
}

func unwrap(e ast.ExprNode) ast.ExprNode {
	for {
		p, ok := e.(*ast.ParenthesesExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}

// textOf is an expression as SQL.
func textOf(e ast.Node) string {
	if e == nil {
		return ""
	}
	var out strings.Builder
	flags := format.RestoreStringSingleQuotes | format.RestoreKeyWordUppercase | format.RestoreStringWithoutCharset
	if err := e.Restore(format.NewRestoreCtx(flags, &out)); err != nil {
		return ""
	}
	return out.String()
}

// An observer visits an expression for observe.
type observer struct {
	b  *binder
	sc *scope
	o  *operand
}

// Enter notes what a node is; a subquery is bound here, once.
func (v *observer) Enter(n ast.Node) (ast.Node, bool) {
	switch t := n.(type) {
	case *ast.ColumnNameExpr:
		v.column(t.Name)
		return n, true
	case *ast.SubqueryExpr:
		v.o.subquery = true
		v.o.outer = true // what it answers is known only when it has run
		v.b.query(t.Query, v.sc)
		return n, true
	case *ast.ParamMarkerExprBase:
		v.o.params = append(v.o.params, v.b.param(t))
	case *ast.AggregateFuncExpr:
		v.o.aggregate = true
	case *ast.WindowFuncExpr:
		v.o.aggregate = true
		v.b.window(v.sc, &t.Spec)
	case *ast.FuncCallExpr:
		v.function(strings.ToLower(t.FnName.O))
	case *ast.DefaultExpr, *ast.ValuesExpr:
		return n, true
	}
	return n, false
}

func (v *observer) function(name string) {
	switch name {
	case "rand", "uuid", "uuid_short", "sleep":
		v.o.changing = true
	case "get_lock", "release_lock", "nextval", "setval", "lastval", "benchmark":
		v.b.pure = false
	}
}

// Leave goes on.
func (v *observer) Leave(n ast.Node) (ast.Node, bool) { return n, true }

func (v *observer) column(n *ast.ColumnName) {
	c, here, ok := v.sc.resolve(n)
	switch {
	case !ok:
		v.result(n)
	case here:
		v.sc.block.read(c.ref())
		v.o.cols = append(v.o.cols, c)
	default:
		v.o.outer = true
	}
}

// result: HAVING may name a result column by its alias.
func (v *observer) result(n *ast.ColumnName) {
	o, ok := v.sc.alias(n.Name.O)
	if !ok || n.Table.O != "" {
		db.Decline("no such column: %s", strings.TrimPrefix(n.Table.O+"."+n.Name.O, "."))
	}
	v.o.cols = append(v.o.cols, o.cols...)
	v.o.aggregate = v.o.aggregate || o.aggregate
}
