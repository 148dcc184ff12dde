package sqlite

import (
	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// target finds the table that a write changes.
func (b *binder) target(q *ast.QualifiedName) *db.Table {
	schema, table := name(q.Schema), q.Name.Name
	if t := b.table(schema, table); t != nil {
		return t
	}
	if b.view(table) != nil {
		db.Decline("writes to view %s through a trigger, which is not followed", table)
	}
	db.Decline("no such table: %s", dotted(schema, table))
	return nil
}

// writeScope opens the block that looks for the rows to change.
func (b *binder) writeScope(w *ast.With, stmt ast.Node, q *ast.QualifiedName, alias *ast.Ident) (*scope, *db.Table) {
	t := b.target(q)
	sc := &scope{outer: b.with(w, stmt, b.root), block: b.newBlock()}
	sc.addTable(t, or(name(alias), q.Name.Name), false)
	return sc, t
}

func (b *binder) bindUpdate(s *ast.UpdateStmt) {
	sc, t := b.writeScope(s.With, s, s.Table, s.Alias)
	b.from(sc, s.From, false)
	columns := b.assignments(sc, t, s.Set)
	b.conditions(s.Where, sc, -1)
	b.returning(sc, s.Returning)
	b.ordering(sc, &ast.SelectQuery{}, ordering{terms: s.OrderBy, limit: s.Limit})
	b.writes = append(b.writes, db.Write{Table: t.Name, Kind: db.KindUpdate, Columns: columns, Replaces: s.OrConflict == ast.ConflictReplace})
}

func (b *binder) bindDelete(s *ast.DeleteStmt) {
	sc, t := b.writeScope(s.With, s, s.Table, s.Alias)
	b.conditions(s.Where, sc, -1)
	b.returning(sc, s.Returning)
	b.ordering(sc, &ast.SelectQuery{}, ordering{terms: s.OrderBy, limit: s.Limit})
	b.writes = append(b.writes, db.Write{Table: t.Name, Kind: db.KindDelete})
}

// assignments binds SET and answers the columns set.
func (b *binder) assignments(sc *scope, t *db.Table, set []*ast.SetPair) []string {
	var columns []string
	for _, pair := range set {
		o := b.observe(sc, pair.Value)
		for _, id := range pair.Columns {
			c := columnOf(t, id.Name)
			columns = append(columns, c)
			b.stored(t, c, o.params)
		}
	}
	return columns
}

// columnOf is a column's name in the catalog; its absence fails.
func columnOf(t *db.Table, name string) string {
	if c := t.Column(name); c != nil {
		return c.Name
	}
	if isRowID(name) && !t.WithoutRowID {
		return or(t.RowID, "rowid")
	}
	if t.Unsupported != "" {
		return name
	}
	db.Decline("no such column: %s.%s", t.Name, name)
	return ""
}

func (b *binder) stored(t *db.Table, column string, params []int) {
	db.UsePlaceholders(b.params, params, db.Placeholder{Table: t.Name, Column: column, Op: db.PredOther, Role: db.RoleValue})
}

func (b *binder) returning(sc *scope, columns []*ast.ResultColumn) {
	if len(columns) > 0 {
		b.results(sc, columns, false)
	}
}

func (b *binder) bindInsert(s *ast.InsertStmt) {
	t := b.target(s.Table)
	outer := b.with(s.With, s, b.root)
	columns := insertColumns(t, s.Columns)
	switch values := insertValues(s.Select); {
	case values != nil:
		b.insertRows(t, columns, values, outer)
	case s.Select != nil:
		b.bindSelect(s.Select, outer)
	}
	b.writes = append(b.writes, db.Write{Table: t.Name, Kind: db.KindInsert, Replaces: s.Replace || s.OrConflict == ast.ConflictReplace})
	sc := b.insertScope(t, outer, name(s.Alias))
	for _, u := range s.Upserts {
		b.upsert(sc, t, u)
	}
	b.returning(sc, s.Returning)
}

// insertColumns lists the columns that values go to.
func insertColumns(t *db.Table, ids []*ast.Ident) []string {
	var columns []string
	for _, id := range ids {
		columns = append(columns, columnOf(t, id.Name))
	}
	if len(ids) > 0 {
		return columns
	}
	for _, c := range t.Columns {
		if !c.Generated {
			columns = append(columns, c.Name)
		}
	}
	return columns
}

func insertValues(s *ast.SelectStmt) *ast.ValuesClause {
	if s == nil || s.With != nil || len(s.Cores) != 1 {
		return nil
	}
	v, _ := s.Cores[0].(*ast.ValuesClause)
	return v
}

func (b *binder) insertRows(t *db.Table, columns []string, v *ast.ValuesClause, outer *scope) {
	sc := &scope{outer: outer, block: &block{}}
	for _, row := range v.Rows {
		if len(row) != len(columns) && t.Unsupported == "" {
			db.Decline("%d values for %d columns of %s", len(row), len(columns), t.Name)
		}
		for i, e := range row {
			o := b.observe(sc, e)
			if i < len(columns) {
				b.stored(t, columns[i], o.params)
			}
		}
	}
}

// insertScope is where ON CONFLICT and RETURNING look names up: the row there
// is and, as "excluded", the row that was to be. It is no block: both are at
// hand already.
func (b *binder) insertScope(t *db.Table, outer *scope, alias string) *scope {
	sc := &scope{outer: outer, block: &block{}}
	sc.addTable(t, or(alias, t.Name), false)
	return sc
}

func (b *binder) upsert(sc *scope, t *db.Table, u *ast.Upsert) {
	for _, term := range u.Target {
		b.observe(sc, term.Expr)
	}
	if u.DoNothing {
		return
	}
	both := &scope{outer: &scope{outer: sc.outer, block: &block{}}, block: sc.block, relations: sc.relations}
	both.outer.addTable(t, "excluded", false)
	columns := b.assignments(both, t, u.Set)
	b.conditions(u.Where, both, -1)
	b.writes = append(b.writes, db.Write{Table: t.Name, Kind: db.KindUpdate, Columns: columns})
}

// bindInTable binds "x IN table" as the SELECT that it stands for.
func (b *binder) bindInTable(t *ast.InExpr, sc *scope) []result {
	inner := &scope{outer: sc, block: b.newBlock()}
	if t.HasArgs {
		var on []func()
		b.tableFunction(inner, &ast.TableRef{Name: t.Table, Args: t.Args, HasArgs: true}, false, &on)
		return nil
	}
	b.named(inner, t.Table, t.Table.Name.Name, false)
	rs := inner.expand(inner.relations[0], false)
	b.readStar(inner, inner.relations[0], false)
	return rs
}
