package sqlite

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// bindSelect binds a whole SELECT, each core to a block of its own, and
// answers its columns.
func (b *binder) bindSelect(s *ast.SelectStmt, outer *scope) []result {
	columns, _ := b.bindCompound(s, outer, nil)
	return columns
}

// bindCompound answers also the columns of each core. It tells first, when
// given, those of the first core as soon as they are known: a recursive CTE
// names them in its second.
func (b *binder) bindCompound(s *ast.SelectStmt, outer *scope, first func([]result)) (columns []result, arms [][]result) {
	defer b.nesting.In("a subquery")()
	sc := b.with(s.With, s, outer)
	orders := b.orderOf(s)
	for i, core := range s.Cores {
		rs := b.core(core, sc, nil, orders)
		arms = append(arms, rs)
		if i == 0 {
			columns = rs
			if first != nil {
				first(rs)
			}
		}
	}
	if len(s.Cores) > 1 {
		return anonymous(columns), arms
	}
	return columns, arms
}

// anonymous keeps of a compound's columns what all arms share: name and type.
func anonymous(rs []result) []result {
	out := make([]result, len(rs))
	for i, r := range rs {
		out[i] = result{name: r.name, operand: operand{affinity: r.affinity}}
	}
	return out
}

// An ordering is the ORDER BY and LIMIT that a core is bound with.
type ordering struct {
	terms    []*ast.OrderingTerm
	limit    *ast.Limit
	position []int // of a compound: result column of each term, -1 for none
}

// orderOf finds a compound's ORDER BY, which hangs on the last core and names
// result columns of any. SQLite delivers each arm in that order.
func (b *binder) orderOf(s *ast.SelectStmt) ordering {
	last, ok := s.Cores[len(s.Cores)-1].(*ast.SelectQuery)
	if !ok {
		return ordering{}
	}
	o := ordering{terms: last.OrderBy, limit: last.Limit}
	if len(s.Cores) > 1 {
		for _, t := range o.terms {
			o.position = append(o.position, positionIn(s, t.Expr))
		}
	}
	return o
}

func positionIn(s *ast.SelectStmt, e ast.Expr) int {
	e = stripped(e)
	if n := ordinal(e); n > 0 {
		return n - 1
	}
	text := ast.String(e)
	for _, core := range s.Cores {
		q, ok := core.(*ast.SelectQuery)
		if !ok {
			continue
		}
		for i, c := range q.Columns {
			if strings.EqualFold(name(c.Alias), unquoted(e)) && c.Alias != nil || strings.EqualFold(ast.String(c.Expr), text) {
				return i
			}
		}
	}
	return -1
}

func unquoted(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// ordinal reads a term like 2; 0 for anything else.
func ordinal(e ast.Expr) int {
	lit, ok := e.(*ast.Literal)
	if !ok || lit.Kind != ast.LitInteger {
		return 0
	}
	n := 0
	if _, err := fmt.Sscanf(lit.Value, "%d", &n); err != nil {
		return 0
	}
	return n
}

// core binds one core into a block: a new one, or that of the SELECT into
// which it is merged.
func (b *binder) core(core ast.SelectCore, outer *scope, into *block, o ordering) []result {
	switch q := core.(type) {
	case *ast.SelectQuery:
		return b.query(q, outer, into, o)
	case *ast.ValuesClause:
		return b.values(q, outer)
	}
	db.Decline("could not be parsed: unknown kind of select")
	return nil
}

// values binds VALUES, which reads no table and so makes no block.
func (b *binder) values(v *ast.ValuesClause, outer *scope) []result {
	sc := &scope{outer: outer, block: &block{}}
	var rs []result
	for i, row := range v.Rows {
		for j, e := range row {
			o := b.observe(sc, e)
			if i == 0 {
				rs = append(rs, result{name: fmt.Sprintf("column%d", j+1), operand: operand{affinity: o.affinity}})
			}
		}
	}
	return rs
}

func (b *binder) query(q *ast.SelectQuery, outer *scope, into *block, o ordering) []result {
	sc := &scope{outer: outer, block: into}
	if into == nil {
		sc.block = b.newBlock()
	}
	b.from(sc, q.From, false)
	merged := into != nil
	mark := len(sc.block.log)
	sc.results = b.results(sc, q.Columns, merged)
	if merged {
		sc.block.log = sc.block.log[:mark] // only what is used of it is read
	}
	sc.aliases = true
	b.conditions(q.Where, sc, -1)
	sc.pushDown()
	if merged {
		return sc.results
	}
	b.grouping(sc, q)
	b.windows(sc, q)
	b.ordering(sc, q, o)
	b.extreme(sc, q)
	return sc.results
}

// results binds the result columns, spelling every * out.
func (b *binder) results(sc *scope, columns []*ast.ResultColumn, merged bool) []result {
	var rs []result
	for _, c := range columns {
		if star, ok := c.Expr.(*ast.Star); ok {
			rs = append(rs, b.star(sc, star, merged)...)
			continue
		}
		o := b.observe(sc, c.Expr)
		sc.block.Aggregate = sc.block.Aggregate || o.aggregate
		rs = append(rs, result{name: resultName(c, o), operand: o})
	}
	return rs
}

func resultName(c *ast.ResultColumn, o operand) string {
	switch e := stripped(c.Expr).(type) {
	case *ast.Ident:
		return or(name(c.Alias), e.Name)
	case *ast.QualifiedRef:
		return or(name(c.Alias), e.Parts[len(e.Parts)-1].Name)
	}
	return or(name(c.Alias), o.sql)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (b *binder) star(sc *scope, star *ast.Star, merged bool) []result {
	var rs []result
	found := false
	for _, r := range sc.relations {
		if star.Table != nil && !strings.EqualFold(r.alias, star.Table.Name) {
			continue
		}
		found = true
		rs = append(rs, sc.expand(r, star.Table == nil)...)
		b.readStar(sc, r, merged)
	}
	if !found && star.Table != nil {
		db.Decline("no such table: %s", star.Table.Name)
	}
	return rs
}

func (b *binder) readStar(sc *scope, r *relation, merged bool) {
	switch {
	case merged:
	case r.index >= 0:
		sc.block.star(r.index)
	default:
		for _, c := range r.cols {
			sc.block.log = append(sc.block.log, c.cols...)
		}
	}
}

// expand lists a relation's columns; * names a column joined by USING once.
func (sc *scope) expand(r *relation, once bool) []result {
	var rs []result
	for _, name := range r.columnNames() {
		if once && r.merged[strings.ToLower(name)] {
			continue
		}
		if o, ok := r.lookup(sc.block, name); ok {
			rs = append(rs, result{name: name, operand: o})
		}
	}
	return rs
}

func (r *relation) columnNames() []string {
	var names []string
	if r.table != nil {
		for _, c := range r.table.Columns {
			names = append(names, c.Name)
		}
	}
	for _, c := range r.cols {
		names = append(names, c.name)
	}
	return names
}

// extreme reads "SELECT max(x)" as SQLite does: the first row by x.
func (b *binder) extreme(sc *scope, q *ast.SelectQuery) {
	if len(q.Columns) != 1 || len(q.GroupBy) > 0 || len(sc.block.OrderBy) > 0 {
		return
	}
	f, ok := stripped(q.Columns[0].Expr).(*ast.FuncCall)
	if !ok || f.Over != nil || f.Filter != nil || len(f.Args) != 1 {
		return
	}
	fn := strings.ToLower(f.Name.Name)
	if fn != "min" && fn != "max" {
		return
	}
	if t, ok := orderTerm(b.observe(sc, f.Args[0])); ok {
		t.Desc = fn == "max"
		sc.block.OrderBy, sc.block.Limit = []db.OrderTerm{t}, true
	}
}
