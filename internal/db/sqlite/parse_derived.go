package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// A cte is one common table expression of a WITH.
type cte struct {
	def     *ast.CTE
	scope   *scope // where it was defined
	uses    int
	binding bool
	bound   bool
	cols    []result
	arms    [][]result
}

// with opens a scope for the CTEs of a statement; without any it is outer.
func (b *binder) with(w *ast.With, user ast.Node, outer *scope) *scope {
	if w == nil {
		return outer
	}
	sc := &scope{outer: outer, ctes: map[string]*cte{}}
	for _, def := range w.CTEs {
		key := strings.ToLower(def.Name.Name)
		sc.ctes[key] = &cte{def: def, scope: sc, uses: countUses(user, def.Name.Name)}
	}
	return sc
}

// countUses counts how often a statement names a table: SQLite computes a CTE
// that is used twice once, and merges one that is used once.
func countUses(user ast.Node, name string) int {
	n := 0
	ast.Walk(user, func(x ast.Node) bool {
		if t, ok := x.(*ast.QualifiedName); ok && t.Schema == nil && strings.EqualFold(t.Name.Name, name) {
			n++
		}
		return true
	})
	return n
}

// A selectSource is a SELECT that stands for a relation.
type selectSource struct {
	sel   *ast.SelectStmt
	outer *scope
	names []*ast.Ident // of a CTE or view that names its columns
}

// useCTE adds one mention of a CTE: merged where it is the only one, else
// bound once and referred to.
func (b *binder) useCTE(sc *scope, c *cte, alias string, outer bool) {
	src := selectSource{sel: c.def.Select, outer: c.scope, names: c.def.Columns}
	switch {
	case c.uses == 1 && c.def.Materialized != ast.MaterializedYes && mergeable(c.def.Select, outer):
		b.derived(sc, src, alias, outer)
		return
	case !c.bound && !c.binding:
		i := sc.add(db.Relation{Alias: alias, Outer: outer, Derived: true})
		b.bindCTE(c)
		r := &relation{alias: alias, index: i, cols: c.cols, open: len(c.cols) == 0}
		if c.uses == 1 && c.def.Materialized != ast.MaterializedYes {
			r.arms = c.arms
		}
		sc.relations = append(sc.relations, r)
		return
	}
	i := sc.add(db.Relation{Alias: alias, Outer: outer, Derived: true})
	sc.relations = append(sc.relations, &relation{alias: alias, index: i, cols: c.cols, open: len(c.cols) == 0})
}

func (b *binder) bindCTE(c *cte) {
	c.binding = true
	rs, arms := b.bindCompound(c.def.Select, c.scope, func(first []result) {
		c.cols = renamed(anonymous(first), c.def.Columns)
	})
	c.cols = renamed(anonymous(rs), c.def.Columns)
	c.arms, c.binding, c.bound = arms, false, true
}

func renamed(rs []result, names []*ast.Ident) []result {
	if len(names) == 0 {
		return rs
	}
	if len(names) != len(rs) && len(rs) > 0 {
		db.Decline("%d column names for %d columns", len(names), len(rs))
	}
	out := append([]result(nil), rs...)
	for i := range out {
		out[i].name = names[i].Name
	}
	return out
}

// useView expands a view where it is named.
func (b *binder) useView(sc *scope, v *db.View, alias string, outer bool) {
	defer b.nesting.In("view " + v.Name)()
	stmt, err := parseOne(v.SQL)
	if err != nil {
		db.Decline("view %s: %v", v.Name, err)
	}
	def, ok := stmt.(*ast.CreateViewStmt)
	if !ok {
		db.Decline("view %s is not defined by CREATE VIEW", v.Name)
	}
	src := selectSource{sel: def.Select, outer: &scope{src: v.SQL}, names: viewColumns(def)}
	b.derived(sc, src, alias, outer)
}

func viewColumns(def *ast.CreateViewStmt) []*ast.Ident {
	var ids []*ast.Ident
	for _, c := range def.Columns {
		ids = append(ids, c.Name)
	}
	return ids
}

// derived adds a subquery, merging it into the block where SQLite would.
func (b *binder) derived(sc *scope, s selectSource, alias string, outer bool) {
	if mergeable(s.sel, outer) {
		inner := b.mergeInto(sc, s, outer)
		sc.relations = append(sc.relations, &relation{alias: alias, index: -1, cols: renamed(inner, s.names)})
		return
	}
	i := sc.add(db.Relation{Alias: alias, Outer: outer, Derived: true})
	rs, arms := b.bindCompound(s.sel, s.outer, nil)
	rs = renamed(rs, s.names)
	sc.relations = append(sc.relations, &relation{alias: alias, index: i, cols: rs, arms: arms, open: len(rs) == 0})
}

func (b *binder) mergeInto(sc *scope, s selectSource, outer bool) []result {
	defer b.nesting.In("a subquery")()
	first := len(sc.block.Relations)
	rs := b.query(s.sel.Cores[0].(*ast.SelectQuery), s.outer, sc.block, ordering{})
	for i := first; outer && i < len(sc.block.Relations); i++ {
		sc.block.Relations[i].Outer = true
	}
	return rs
}

// mergeable reports whether SQLite would merge a subquery into the outer
// SELECT (sqlite3's "subquery flattening", its main conditions).
func mergeable(s *ast.SelectStmt, outer bool) bool {
	if s.With != nil || len(s.Cores) != 1 {
		return false
	}
	q, ok := s.Cores[0].(*ast.SelectQuery)
	if !ok || len(q.From) == 0 || q.Distinct == ast.DistinctDistinct || hasAggregate(q.Columns) {
		return false
	}
	if len(q.GroupBy) > 0 || q.Having != nil || q.Limit != nil || len(q.Windows) > 0 {
		return false
	}
	return !outer || len(q.From) == 1 && q.Where == nil && q.From[0].Name != nil
}
