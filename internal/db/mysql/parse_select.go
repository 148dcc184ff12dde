package mysql

import (
	"strings"

	"github.com/sqlc-dev/marino/ast"

	"mltop/internal/db"
)

// query binds a SELECT or a compound of them and answers its columns' names.
func (b *binder) query(n ast.Node, outer *scope) []string {
	defer b.nesting.In("a subquery")()
	switch t := n.(type) {
	case *ast.SelectStmt:
		return b.core(t, b.with(t.With, outer))
	case *ast.SetOprStmt:
		return b.compound(t.SelectList, b.with(t.With, outer), t.OrderBy, t.Limit)
	case *ast.SetOprSelectList:
		return b.compound(t, b.with(t.With, outer), t.OrderBy, t.Limit)
	case *ast.SubqueryExpr:
		return b.query(t.Query, outer)
	case *ast.TableSource:
		return b.query(t.Source, outer)
	}
	db.Decline("could not be parsed: unknown kind of select")
	return nil
}

// with binds the common table expressions in a scope around the query.
func (b *binder) with(w *ast.WithClause, outer *scope) *scope {
	if w == nil {
		return outer
	}
	sc := &scope{outer: outer, block: &block{}, ctes: map[string][]string{}}
	for _, c := range w.CTEs {
		name, cols := strings.ToLower(c.Name.O), namesIn(c.ColNameList)
		if w.IsRecursive {
			sc.ctes[name] = firstOf(cols, b.recursiveColumns(c, sc))
		}
		got := b.query(c.Query, sc)
		sc.ctes[name] = firstOf(cols, got)
	}
	return sc
}

// recursiveColumns names what the first arm of a recursion selects: the
// others may name it.
func (b *binder) recursiveColumns(c *ast.CommonTableExpression, sc *scope) []string {
	list, ok := c.Query.Query.(*ast.SetOprStmt)
	if !ok || len(list.SelectList.Selects) == 0 {
		return nil
	}
	probe := &binder{schema: b.schema, flavour: b.flavour, nesting: b.nesting, markers: b.markers}
	return probe.query(list.SelectList.Selects[0], sc)
}

func firstOf(a, b []string) []string {
	if len(a) > 0 {
		return a
	}
	return b
}

func namesIn(list []ast.CIStr) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.O)
	}
	return out
}

// compound binds each arm; the order of the whole is delivered by no index.
func (b *binder) compound(list *ast.SetOprSelectList, outer *scope, order *ast.OrderByClause, limit *ast.Limit) []string {
	var columns []string
	first := len(b.blocks)
	for i, s := range list.Selects {
		names := b.query(s, outer)
		if i == 0 {
			columns = names
		}
	}
	if order != nil {
		for _, bl := range b.blocks[first:] {
			bl.OrderOther = true
		}
	}
	b.limit(&block{}, limit)
	return columns
}

func (b *binder) core(s *ast.SelectStmt, outer *scope) []string {
	if s.Kind == ast.SelectStmtKindValues {
		return b.values(s, outer)
	}
	if s.LockInfo != nil && s.LockInfo.LockType != ast.SelectLockNone || s.SelectIntoOpt != nil {
		b.pure = false
	}
	sc := &scope{outer: outer, block: b.newBlock()}
	if s.From != nil && s.From.TableRefs != nil {
		b.from(sc, s.From.TableRefs, false)
	}
	b.results(sc, s.Fields)
	sc.block.Distinct = s.Distinct
	b.conditions(s.Where, sc, -1)
	b.group(sc, s.GroupBy)
	if s.Having != nil {
		b.observe(sc, s.Having.Expr)
	}
	b.windows(sc, s.WindowSpecs)
	b.order(sc, s.OrderBy)
	b.limit(sc.block, s.Limit)
	return resultNames(sc.results)
}

// values binds VALUES, which reads no table and so makes no block.
func (b *binder) values(s *ast.SelectStmt, outer *scope) []string {
	sc := &scope{outer: outer, block: &block{}}
	for _, row := range s.Lists {
		for _, e := range row.Values {
			b.observe(sc, e)
		}
	}
	return nil
}

func resultNames(rs []result) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.name
	}
	return out
}

// results binds the result columns, spelling every * out.
func (b *binder) results(sc *scope, list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.Fields {
		if f.WildCard != nil {
			b.star(sc, f.WildCard.Table.O)
			continue
		}
		o := b.observe(sc, f.Expr)
		sc.block.Aggregate = sc.block.Aggregate || o.aggregate
		name := f.AsName.O
		if name == "" && o.bare {
			name = o.cols[0].name
		}
		sc.results = append(sc.results, result{or(name, o.sql), o})
	}
}

func (b *binder) star(sc *scope, table string) {
	found := false
	for _, r := range sc.relations {
		if table != "" && !strings.EqualFold(r.alias, table) {
			continue
		}
		found = true
		sc.block.star(r.index)
		for _, name := range r.columnNames() {
			if c, ok := r.lookup(name); ok && (table != "" || !r.merged[strings.ToLower(name)]) {
				sc.results = append(sc.results, result{name, bareOperand(c)})
			}
		}
	}
	if !found && table != "" {
		db.Decline("no such table: %s", table)
	}
}

func (r *relation) columnNames() []string {
	if r.table == nil {
		return r.cols
	}
	var names []string
	for _, c := range r.table.Columns {
		names = append(names, c.Name)
	}
	return names
}

// group binds GROUP BY.
func (b *binder) group(sc *scope, g *ast.GroupByClause) {
	if g == nil {
		return
	}
	sc.block.Aggregate = true
	sc.block.GroupBy, sc.block.GroupOther = b.terms(sc, g.Items)
}

// order binds ORDER BY.
func (b *binder) order(sc *scope, o *ast.OrderByClause) {
	if o != nil {
		sc.block.OrderBy, sc.block.OrderOther = b.terms(sc, o.Items)
	}
}

// terms binds the terms of an order; other reports one that no index delivers.
func (b *binder) terms(sc *scope, items []*ast.ByItem) (out []db.OrderTerm, other bool) {
	for _, item := range items {
		o := b.term(sc, item.Expr)
		switch {
		case o.constant():
		case !o.bare || len(o.cols) != 1 || o.cols[0].table == nil:
			other = true
		default:
			out = append(out, db.OrderTerm{Column: o.cols[0].ref(), Desc: item.Desc})
		}
	}
	if other {
		out = nil
	}
	return out, other
}

// term finds what one term means: the number of a result column, its alias,
// or an expression.
func (b *binder) term(sc *scope, e ast.ExprNode) operand {
	if p, ok := e.(*ast.PositionExpr); ok {
		if p.N < 1 || p.N > len(sc.results) {
			db.Decline("there is no column %d to order by", p.N)
		}
		return sc.results[p.N-1].operand
	}
	if c, ok := e.(*ast.ColumnNameExpr); ok && c.Name.Table.O == "" {
		if _, found := sc.find("", c.Name.Name.O); !found {
			if o, ok := sc.alias(c.Name.Name.O); ok {
				return o
			}
		}
	}
	return b.observe(sc, e)
}

// limit binds LIMIT and its placeholders.
func (b *binder) limit(bl *block, l *ast.Limit) {
	if l == nil {
		return
	}
	bl.Limit, bl.Offset = true, l.Offset != nil
	for role, e := range map[db.PlaceholderRole]ast.ExprNode{db.RoleLimit: l.Count, db.RoleOffset: l.Offset} {
		if e != nil {
			b.use(b.observe(&scope{block: &block{}}, e).params, db.Placeholder{Role: role})
		}
	}
}

// windows binds what window functions need.
func (b *binder) windows(sc *scope, specs []ast.WindowSpec) {
	for i := range specs {
		b.window(sc, &specs[i])
	}
}

func (b *binder) window(sc *scope, w *ast.WindowSpec) {
	var items []*ast.ByItem
	if w.PartitionBy != nil {
		items = append(items, w.PartitionBy.Items...)
	}
	if w.OrderBy != nil {
		items = append(items, w.OrderBy.Items...)
	}
	if terms, other := b.terms(sc, items); !other && len(terms) > 0 {
		sc.block.Windows = append(sc.block.Windows, terms)
	}
}
