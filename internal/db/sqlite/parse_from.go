package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

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
	db.Decline("no such table: %s", dotted(schema, table))
}

func dotted(schema, table string) string {
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
