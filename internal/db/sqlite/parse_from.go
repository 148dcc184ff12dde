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

// from adds the relations of FROM, then binds how they are joined.
func (b *binder) from(sc *scope, refs []*ast.TableRef, nullable bool) {
	var on []func()
	b.fromList(sc, refs, nullable, &on)
	for _, bind := range on {
		bind()
	}
}

func (b *binder) fromList(sc *scope, refs []*ast.TableRef, nullable bool, on *[]func()) {
	for _, ref := range refs {
		first := len(sc.relations)
		kind := joinKind(ref)
		outer := nullable || kind&ast.JoinLeft != 0
		if kind&ast.JoinRight != 0 {
			sc.missable(first)
		}
		b.fromItem(sc, ref, outer, on)
		b.joinNames(sc, ref, kind, first, on)
		if ref.On != nil {
			*on = append(*on, b.onClause(sc, ref, first, kind))
		}
	}
}

func joinKind(ref *ast.TableRef) ast.JoinType {
	if ref.Join == nil {
		return 0
	}
	return ref.Join.Type
}

// missable marks the relations so far as the nullable side of a RIGHT JOIN.
func (sc *scope) missable(n int) {
	for _, r := range sc.relations[:n] {
		if r.index >= 0 {
			sc.block.Relations[r.index].Outer = true
		}
	}
}

// onClause binds ON later, when every relation is known. In an outer join it
// filters the joined table only.
func (b *binder) onClause(sc *scope, ref *ast.TableRef, first int, kind ast.JoinType) func() {
	only := -1
	if kind&(ast.JoinLeft|ast.JoinRight) != 0 && first < len(sc.relations) {
		only = max(sc.relations[first].index, lastRelation(sc.block))
	}
	return func() { b.conditions(ref.On, sc, only) }
}

func lastRelation(bl *block) int { return len(bl.Relations) - 1 }

func (b *binder) fromItem(sc *scope, ref *ast.TableRef, outer bool, on *[]func()) {
	switch {
	case ref.List != nil:
		b.fromList(sc, ref.List, outer, on)
	case ref.Select != nil:
		b.derived(sc, selectSource{sel: ref.Select, outer: sc.outer}, name(ref.Alias), outer)
	case ref.HasArgs:
		b.tableFunction(sc, ref, outer, on)
	default:
		b.named(sc, ref.Name, or(name(ref.Alias), ref.Name.Name.Name), outer)
	}
}

// named adds a CTE, a table or a view.
func (b *binder) named(sc *scope, q *ast.QualifiedName, alias string, outer bool) {
	schema, table := name(q.Schema), q.Name.Name
	if schema == "" {
		if c := sc.outer.findCTE(table); c != nil {
			b.useCTE(sc, c, alias, outer)
			return
		}
	}
	if t := b.table(schema, table); t != nil {
		sc.addTable(t, alias, outer)
		return
	}
	if v := b.view(table); v != nil {
		b.useView(sc, v, alias, outer)
		return
	}
	if strings.HasPrefix(strings.ToLower(table), "sqlite_") {
		sc.addOpen(alias, outer)
		return
	}
	fail("no such table: %s", or2(schema, table))
}

func or2(schema, table string) string {
	if schema == "" {
		return table
	}
	return schema + "." + table
}

// table finds a table of the main database.
func (b *binder) table(schema, name string) *db.Table {
	t := b.schema.Table(name)
	if t == nil || schema == "" || strings.EqualFold(schema, or(t.Schema, "main")) {
		return t
	}
	return nil
}

func (b *binder) view(name string) *db.View {
	if b.schema == nil {
		return nil
	}
	for i := range b.schema.Views {
		if strings.EqualFold(b.schema.Views[i].Name, name) {
			return &b.schema.Views[i]
		}
	}
	return nil
}

func (sc *scope) add(rel db.Relation) int {
	sc.block.Relations = append(sc.block.Relations, rel)
	return lastRelation(sc.block)
}

func (sc *scope) addTable(t *db.Table, alias string, outer bool) {
	i := sc.add(db.Relation{Table: t.Name, Alias: alias, Outer: outer})
	sc.relations = append(sc.relations, &relation{alias: alias, index: i, table: t})
}

// addOpen adds a relation whose columns the catalog does not list.
func (sc *scope) addOpen(alias string, outer bool) {
	i := sc.add(db.Relation{Alias: alias, Outer: outer, Derived: true})
	sc.relations = append(sc.relations, &relation{alias: alias, index: i, open: true})
}

// tableFunction adds json_each(x) and its like. Its arguments may name the
// tables to its left.
func (b *binder) tableFunction(sc *scope, ref *ast.TableRef, outer bool, on *[]func()) {
	fn := ref.Name.Name.Name
	if !harmlessTable(fn) {
		b.pure = false
	}
	sc.addOpen(or(name(ref.Alias), fn), outer)
	*on = append(*on, func() {
		for _, e := range ref.Args {
			b.observe(sc, e)
		}
	})
}

func harmlessTable(name string) bool {
	switch name = strings.ToLower(name); name {
	case "json_each", "json_tree", "jsonb_each", "jsonb_tree", "generate_series":
		return true
	}
	return strings.HasPrefix(name, "pragma_")
}

// A selectSource is a SELECT that stands for a relation.
type selectSource struct {
	sel   *ast.SelectStmt
	outer *scope
	names []*ast.Ident // of a CTE or view that names its columns
	merge bool
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
		fail("%d column names for %d columns", len(names), len(rs))
	}
	out := append([]result(nil), rs...)
	for i := range out {
		out[i].name = names[i].Name
	}
	return out
}

// useView expands a view where it is named.
func (b *binder) useView(sc *scope, v *db.View, alias string, outer bool) {
	defer b.nest("view " + v.Name)()
	stmt, err := parseOne(v.SQL)
	if err != nil {
		fail("view %s: %v", v.Name, err)
	}
	def, ok := stmt.(*ast.CreateViewStmt)
	if !ok {
		fail("view %s is not defined by CREATE VIEW", v.Name)
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
	defer b.nest("a subquery")()
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
