package postgres

import (
	"cmp"
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// with binds the CTEs of a statement in a scope of their own.
func (b *binder) with(w *pgquery.WithClause, outer *scope) *scope {
	if w == nil {
		return outer
	}
	sc := &scope{outer: outer, block: &block{}, ctes: map[string][]string{}}
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		names := stringsOf(c.Aliascolnames)
		if w.Recursive {
			sc.ctes[c.Ctename] = recursiveNames(names, c.Ctequery)
		}
		columns := b.cteColumns(c.Ctequery, sc)
		if len(names) == 0 {
			names = columns
		}
		sc.ctes[c.Ctename] = append(names, columns[min(len(names), len(columns)):]...)
	}
	return sc
}

// cteColumns binds a CTE's statement and answers its columns' names.
func (b *binder) cteColumns(n *pgquery.Node, sc *scope) []string {
	if s := n.GetSelectStmt(); s != nil {
		return resultNames(b.selects(s, sc))
	}
	b.statement(n, sc)
	return returningNames(n)
}

func returningNames(n *pgquery.Node) []string {
	list := n.GetInsertStmt().GetReturningClause().GetExprs()
	list = append(list, n.GetUpdateStmt().GetReturningClause().GetExprs()...)
	list = append(list, n.GetDeleteStmt().GetReturningClause().GetExprs()...)
	var out []string
	for _, x := range list {
		out = append(out, targetName(x.GetResTarget()))
	}
	return out
}

// recursiveNames are the names that a recursive CTE's second arm sees: those
// of its first.
func recursiveNames(names []string, query *pgquery.Node) []string {
	if len(names) > 0 {
		return names
	}
	s := query.GetSelectStmt()
	for s.GetLarg() != nil {
		s = s.Larg
	}
	for _, t := range s.GetTargetList() {
		names = append(names, targetName(t.GetResTarget()))
	}
	return names
}

func resultNames(rs []result) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.name
	}
	return out
}

// from binds FROM; outer marks the nullable side of an outer join.
func (b *binder) from(sc *scope, items []*pgquery.Node, outer bool) {
	for _, n := range items {
		b.fromItem(sc, n, outer)
	}
}

func (b *binder) fromItem(sc *scope, n *pgquery.Node, outer bool) {
	switch {
	case n.GetRangeVar() != nil:
		b.named(sc, n.GetRangeVar(), outer)
	case n.GetJoinExpr() != nil:
		b.join(sc, n.GetJoinExpr(), outer)
	case n.GetRangeSubselect() != nil:
		b.subselect(sc, n.GetRangeSubselect(), outer)
	case n.GetRangeTableSample() != nil:
		b.fromItem(sc, n.GetRangeTableSample().Relation, outer)
	default:
		b.function(sc, n, outer)
	}
}

// function binds what yields rows and is no table: a function, or several side
// by side, XMLTABLE and their like. Its arguments may mention tables before it.
func (b *binder) function(sc *scope, n *pgquery.Node, outer bool) {
	(&visitor{b: b, sc: sc}).visit(n)
	alias, r := n.GetRangeFunction().GetAlias(), &relation{open: true}
	if alias == nil {
		alias = n.GetRangeTableFunc().GetAlias()
	}
	r.alias, r.cols = functionName(n, alias), stringsOf(alias.GetColnames())
	for _, c := range n.GetRangeFunction().GetColdeflist() { // AS t(id int, name text): these, and no others
		r.cols, r.open = append(r.cols, c.GetColumnDef().GetColname()), false
	}
	sc.add(r, db.Relation{Derived: true, Outer: outer})
}

func functionName(n *pgquery.Node, alias *pgquery.Alias) string {
	if alias != nil {
		return alias.Aliasname
	}
	for _, f := range n.GetRangeFunction().GetFunctions() {
		for _, x := range f.GetList().GetItems() {
			if call := x.GetFuncCall(); call != nil {
				return last(stringsOf(call.Funcname))
			}
		}
	}
	return ""
}

// add appends a relation to the scope and to its block.
func (sc *scope) add(r *relation, rel db.Relation) *relation {
	r.index = len(sc.block.Relations)
	rel.Alias = r.alias
	if rel.Alias == rel.Table {
		rel.Alias = ""
	}
	sc.block.Relations = append(sc.block.Relations, rel)
	sc.relations = append(sc.relations, r)
	return r
}

// named binds a name in FROM: a CTE, a table or a view.
func (b *binder) named(sc *scope, v *pgquery.RangeVar, outer bool) *relation {
	alias := v.Relname
	if v.Alias != nil {
		alias = v.Alias.Aliasname
	}
	if v.Schemaname == "" {
		if cols, ok := sc.findCTE(v.Relname); ok {
			return sc.add(&relation{alias: alias, cols: cols}, db.Relation{Derived: true, Outer: outer})
		}
	}
	if t := b.table(v); t != nil {
		return sc.add(&relation{alias: alias, schema: v.Schemaname, table: t}, db.Relation{Table: t.ID(), Outer: outer})
	}
	if view := b.view(v); view != nil {
		return b.bindView(sc, view, alias, outer)
	}
	if v.Schemaname == "pg_catalog" || v.Schemaname == "information_schema" || v.Schemaname == "" && strings.HasPrefix(v.Relname, "pg_") {
		return sc.add(&relation{alias: alias, open: true}, db.Relation{Derived: true, Outer: outer})
	}
	db.Decline("no such table: %s", qualified(v.Schemaname, v.Relname))
	return nil
}

func (b *binder) table(v *pgquery.RangeVar) *db.Table {
	if b.schema == nil {
		return nil
	}
	for _, t := range b.schema.Tables {
		if t.Name == v.Relname && (v.Schemaname == "" || t.Schema == v.Schemaname) {
			b.same = cmp.Or(b.same, b.schema.Only(t, v.Schemaname == ""))
			return t
		}
	}
	return nil
}

func (b *binder) view(v *pgquery.RangeVar) *db.View {
	if b.schema == nil {
		return nil
	}
	for i, w := range b.schema.Views {
		if w.Name == v.Relname {
			return &b.schema.Views[i]
		}
	}
	return nil
}

// bindView binds a view's SELECT as a block of its own.
func (b *binder) bindView(sc *scope, v *db.View, alias string, outer bool) *relation {
	defer b.nesting.In("view " + v.Name)()
	if v.SQL == "" && v.Locked != "" {
		db.Decline("%w", db.LockedError{Text: "the text of the view " + v.Name + " cannot be read now: " + v.Locked})
	}
	tree, err := parseTree(v.SQL)
	if err != nil || len(tree.Stmts) != 1 || tree.Stmts[0].Stmt.GetSelectStmt() == nil {
		db.Decline("view %s could not be parsed", v.Name)
	}
	r := sc.add(&relation{alias: alias}, db.Relation{Derived: true, Outer: outer})
	r.cols = resultNames(b.selects(tree.Stmts[0].Stmt.GetSelectStmt(), &scope{block: &block{}}))
	return r
}

func (b *binder) subselect(sc *scope, s *pgquery.RangeSubselect, outer bool) {
	around := sc.outer
	if s.Lateral {
		around = sc
	}
	r := sc.add(&relation{alias: s.GetAlias().GetAliasname()}, db.Relation{Derived: true, Outer: outer})
	columns := resultNames(b.selects(s.Subquery.GetSelectStmt(), around))
	for i, name := range stringsOf(s.GetAlias().GetColnames()) {
		if i < len(columns) {
			columns[i] = name
		}
	}
	r.cols = columns
}

func (b *binder) join(sc *scope, j *pgquery.JoinExpr, outer bool) {
	left := outer || j.Jointype == pgquery.JoinType_JOIN_RIGHT || j.Jointype == pgquery.JoinType_JOIN_FULL
	right := outer || j.Jointype == pgquery.JoinType_JOIN_LEFT || j.Jointype == pgquery.JoinType_JOIN_FULL
	first := len(sc.relations)
	b.fromItem(sc, j.Larg, left)
	middle := len(sc.relations)
	b.fromItem(sc, j.Rarg, right)
	names := stringsOf(j.UsingClause)
	if j.IsNatural {
		names = common(sc.relations[first:middle], sc.relations[middle:])
	}
	for _, name := range names {
		sc.using(name, sc.relations[first:middle], sc.relations[middle:])
	}
	b.conditions(sc, j.Quals)
}

// common lists the columns that both sides of NATURAL JOIN have.
func common(left, right []*relation) []string {
	var out []string
	for _, l := range left {
		for _, name := range l.names() {
			for _, r := range right {
				if _, ok := r.lookup(name); ok && !r.open {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func (sc *scope) using(name string, left, right []*relation) {
	x, y := firstWith(name, left), firstWith(name, right)
	if x == nil || y == nil {
		db.Decline("no such column: %s", name)
	}
	cx, _ := x.lookup(name)
	cy, _ := y.lookup(name)
	sc.block.log = append(sc.block.log, cx, cy)
	sc.block.Joins = append(sc.block.Joins, db.Join{
		Left: db.ColumnRef{Relation: cx.relation, Column: cx.name}, Right: db.ColumnRef{Relation: cy.relation, Column: cy.name},
		LeftNoIndex: cx.opaque, RightNoIndex: cy.opaque,
	})
	if y.merged == nil {
		y.merged = map[string]bool{}
	}
	y.merged[name] = true
}

func firstWith(name string, list []*relation) *relation {
	for _, r := range list {
		if _, ok := r.lookup(name); ok && !r.merged[name] {
			return r
		}
	}
	return nil
}

// stringsOf reads a list of String nodes.
func stringsOf(list []*pgquery.Node) []string {
	var out []string
	for _, n := range list {
		if s := n.GetString_(); s != nil {
			out = append(out, s.Sval)
		}
	}
	return out
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
