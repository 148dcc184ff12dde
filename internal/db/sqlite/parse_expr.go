package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// facts are gathered while an expression is visited.
type facts struct {
	why       string
	params    []int
	aggregate bool
	window    bool
	subquery  bool
	edits     []edit
}

// An edit replaces a stretch of the source by its meaning.
type edit struct {
	from, to int
	text     string
}

func (f *facts) because(why string) {
	if f.why == "" {
		f.why = why
	}
}

// unwrap strips parentheses.
func unwrap(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// observe visits an expression once and says what it is.
func (b *binder) observe(sc *scope, e ast.Expr) operand {
	mark := len(sc.block.log)
	in := &facts{}
	o := b.known(sc, e, in)
	o.cols = append([]column(nil), sc.block.log[mark:]...)
	o.why, o.params = in.why, in.params
	o.aggregate, o.window, o.subquery = in.aggregate, in.window, in.subquery
	o.sql = ast.String(e)
	o.bare = o.bare && len(o.cols) == 1
	if len(o.cols) > 0 && !o.bare {
		o.text = o.keyText(e, sc, in)
	}
	return o
}

// known visits e and fills in what its outermost form tells.
func (b *binder) known(sc *scope, e ast.Expr, in *facts) operand {
	switch t := e.(type) {
	case *ast.ParenExpr:
		return b.known(sc, t.X, in)
	case *ast.CollateExpr:
		o := b.known(sc, t.X, in)
		o.collate = t.Name.Name
		return o
	case *ast.Ident:
		return b.mention(sc, t.Span, "", t, in)
	case *ast.QualifiedRef:
		return b.qualified(sc, t, in)
	case *ast.SubqueryExpr:
		in.subquery = true
		return operand{affinity: firstAffinity(b.bindSelect(t.Select, sc))}
	case *ast.CastExpr:
		b.visit(t.X, sc, in)
		return operand{affinity: typeAffinity(t.Type.Name)}
	case *ast.UnaryExpr:
		return b.unary(sc, t, in)
	case *ast.Literal:
		return b.literal(t, in)
	}
	b.visit(e, sc, in)
	return operand{}
}

func firstAffinity(rs []result) affinity {
	if len(rs) == 0 {
		return affinityNone
	}
	return rs[0].affinity
}

func (b *binder) literal(t *ast.Literal, in *facts) operand {
	switch t.Kind {
	case ast.LitCurrentDate, ast.LitCurrentTime, ast.LitCurrentTimestamp:
		in.because("reads the clock: " + t.Raw)
		return operand{}
	}
	return operand{literal: t.Raw}
}

// unary keeps -5 a literal, and notes +column: SQLite's own way to keep an
// index away from a term.
func (b *binder) unary(sc *scope, t *ast.UnaryExpr, in *facts) operand {
	o := b.known(sc, t.X, in)
	sign := t.Op == ast.OpMinus || t.Op == ast.OpPlus
	switch {
	case sign && o.literal != "" && o.literal[0] != '\'':
		return operand{literal: t.Op.String() + o.literal}
	case t.Op == ast.OpPlus && o.bare:
		in.because("unary + on the column")
	}
	return operand{}
}

// visit resolves every name of an expression, binds its subqueries and
// gathers facts.
func (b *binder) visit(n ast.Node, sc *scope, in *facts) {
	switch t := n.(type) {
	case *ast.Ident:
		b.mention(sc, t.Span, "", t, in)
	case *ast.QualifiedRef:
		b.qualified(sc, t, in)
	case *ast.BindParam:
		b.param(t)
		in.params = append(in.params, t.Number)
		in.because("a placeholder in an expression with the column")
	case *ast.Literal:
		b.literal(t, in)
	case *ast.SelectStmt:
		in.subquery = true
		in.because("a subquery in an expression with the column")
		b.bindSelect(t, sc)
	case *ast.FuncCall:
		b.call(t, sc, in)
	case *ast.InExpr:
		b.visitIn(t, sc, in)
	case *ast.CollateExpr:
		b.visit(t.X, sc, in)
	case *ast.LikeExpr:
		b.visitLike(t, sc, in)
	case *ast.WindowDef:
		b.visitWindow(t, sc, in)
	default:
		for _, c := range n.Children() {
			b.visit(c, sc, in)
		}
	}
}

func (b *binder) visitIn(t *ast.InExpr, sc *scope, in *facts) {
	b.visit(t.X, sc, in)
	visitAll(b, t.List, sc, in)
	visitAll(b, t.Args, sc, in)
	if t.Select != nil {
		b.visit(t.Select, sc, in)
	}
	if t.Table != nil {
		b.bindInTable(t, sc)
	}
}

func (b *binder) visitLike(t *ast.LikeExpr, sc *scope, in *facts) {
	b.visit(t.X, sc, in)
	b.visit(t.Y, sc, in)
	if t.Escape != nil {
		b.visit(t.Escape, sc, in)
	}
	in.because(strings.ToUpper(t.Op.Name) + " in an expression")
}

func visitAll[T ast.Node](b *binder, list []T, sc *scope, in *facts) {
	for _, e := range list {
		b.visit(e, sc, in)
	}
}

func (b *binder) call(f *ast.FuncCall, sc *scope, in *facts) {
	name := strings.ToLower(f.Name.Name)
	if !harmless(name) {
		b.pure = false
	}
	switch {
	case f.Over != nil:
		in.window = true
	case isAggregate(name, len(f.Args)):
		in.aggregate = true
	}
	in.because(whyNotKey(f))
	visitAll(b, f.Args, sc, in)
	visitAll(b, f.OrderBy, sc, in)
	if f.Filter != nil {
		b.visit(f.Filter, sc, in)
	}
	if f.Over != nil {
		b.visitWindow(f.Over, sc, in)
	}
}

func (b *binder) visitWindow(w *ast.WindowDef, sc *scope, in *facts) {
	visitAll(b, w.Partition, sc, in)
	visitAll(b, w.OrderBy, sc, in)
	for _, bound := range []*ast.FrameBound{w.StartBound, w.EndBound} {
		if bound != nil && bound.Expr != nil {
			b.visit(bound.Expr, sc, in)
		}
	}
}

func (b *binder) qualified(sc *scope, t *ast.QualifiedRef, in *facts) operand {
	last := len(t.Parts) - 1
	return b.mention(sc, t.Span, t.Parts[last-1].Name, t.Parts[last], in)
}
