package sqlite

import (
	"sort"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"

	"mltop/internal/db"
)

// mention resolves one name where it stands and notes the columns it means in
// their own blocks: an outer column is read by the outer block and is a
// constant here.
func (b *binder) mention(sc *scope, at ast.Span, qualifier string, id *ast.Ident, in *facts) operand {
	o, owner, ok := sc.resolve(qualifier, id.Name)
	if !ok {
		return b.unresolved(at, qualifier, id, in)
	}
	for _, c := range o.cols {
		c.block.log = append(c.block.log, c)
	}
	b.inherit(o, in)
	outer := owner.block != sc.block
	if outer {
		in.because("an outer column in an expression with the column")
		return operand{affinity: o.affinity, outer: soleColumn(o)}
	}
	in.edits = append(in.edits, edit{at.Start, at.Stop, editText(o)})
	return o
}

func soleColumn(o operand) *column {
	if o.bare && len(o.cols) == 1 {
		return &o.cols[0]
	}
	return nil
}

// editText is what an index expression would say in place of the name.
func editText(o operand) string {
	switch {
	case o.bare:
		return quote(o.cols[0].name)
	case o.text != "":
		return "(" + o.text + ")"
	}
	return "(" + o.sql + ")"
}

// inherit passes on what an alias or a merged subquery's column stands for.
func (b *binder) inherit(o operand, in *facts) {
	in.aggregate = in.aggregate || o.aggregate
	in.window = in.window || o.window
	in.subquery = in.subquery || o.subquery
	if o.why != "" {
		in.because(o.why)
	}
}

// unresolved reads a name that is no column: TRUE and FALSE, or a string in
// double quotes, which SQLite takes for text then.
func (b *binder) unresolved(at ast.Span, qualifier string, id *ast.Ident, in *facts) operand {
	if qualifier != "" {
		db.Decline("no such column: %s.%s", qualifier, id.Name)
	}
	switch {
	case id.Quote == ast.QuoteDouble:
		text := "'" + strings.ReplaceAll(id.Name, "'", "''") + "'"
		in.edits = append(in.edits, edit{at.Start, at.Stop, text})
		return operand{literal: text}
	case id.Quote == ast.QuoteNone && (strings.EqualFold(id.Name, "true") || strings.EqualFold(id.Name, "false")):
		return operand{literal: strings.ToUpper(id.Name)}
	}
	db.Decline("no such column: %s", id.Name)
	return operand{}
}

// keyText is an expression as an index would hold it: without qualifiers,
// every name replaced by the column it means; "" where no index can hold it.
func (o operand) keyText(e ast.Expr, sc *scope, in *facts) string {
	if o.why != "" || o.aggregate || o.window || o.subquery || o.relation() < 0 {
		return ""
	}
	text := splice(ast.String(e), e, sc, in.edits)
	stmts, err := parser.ParseString("SELECT " + text)
	if err != nil || len(stmts) != 1 {
		return ""
	}
	q, ok := stmts[0].(*ast.SelectStmt).Cores[0].(*ast.SelectQuery)
	if !ok || len(q.Columns) != 1 {
		return ""
	}
	return ast.String(stripped(q.Columns[0].Expr))
}

// stripped takes outer parentheses and COLLATE off.
func stripped(e ast.Expr) ast.Expr {
	for {
		switch t := e.(type) {
		case *ast.ParenExpr:
			e = t.X
		case *ast.CollateExpr:
			e = t.X
		default:
			return e
		}
	}
}

// splice applies edits to the stretch of the source that e covers.
func splice(fallback string, e ast.Expr, sc *scope, edits []edit) string {
	src := sc.source()
	from, to := e.Pos(), e.End()
	if from < 0 || to > len(src) || from > to {
		return fallback
	}
	sort.Slice(edits, func(i, j int) bool { return edits[i].from < edits[j].from })
	var b strings.Builder
	for _, ed := range edits {
		if ed.from < from || ed.to > to {
			continue
		}
		b.WriteString(src[from:ed.from])
		b.WriteString(ed.text)
		from = ed.to
	}
	b.WriteString(src[from:to])
	return b.String()
}

// source is the text that positions of this scope count in: a view has its
// own.
func (sc *scope) source() string {
	for s := sc; s != nil; s = s.outer {
		if s.src != "" {
			return s.src
		}
	}
	return ""
}
