package postgres

import (
	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// target finds the table that a write changes.
func (b *binder) target(v *pgquery.RangeVar) *db.Table {
	if t := b.table(v); t != nil {
		return t
	}
	if b.view(v) != nil {
		db.Decline("writes to view %s, which is not followed", v.Relname)
	}
	db.Decline("no such table: %s", qualified(v.Schemaname, v.Relname))
	return nil
}

// writeScope opens the block that looks for the rows to change.
func (b *binder) writeScope(w *pgquery.WithClause, v *pgquery.RangeVar, outer *scope) (*scope, *db.Table) {
	t := b.target(v)
	sc := &scope{outer: b.with(w, outer), block: b.newBlock()}
	alias := v.Relname
	if v.Alias != nil {
		alias = v.Alias.Aliasname
	}
	sc.add(&relation{alias: alias, table: t}, db.Relation{Table: t.ID()})
	return sc, t
}

func (b *binder) update(s *pgquery.UpdateStmt, outer *scope) {
	sc, t := b.writeScope(s.WithClause, s.Relation, outer)
	b.from(sc, s.FromClause, false)
	columns := b.assignments(sc, t, s.TargetList)
	b.conditions(sc, s.WhereClause)
	b.targets(sc, s.GetReturningClause().GetExprs())
	b.writes = append(b.writes, db.Write{Schema: t.Schema, Table: t.ID(), Kind: db.KindUpdate, Columns: columns})
}

func (b *binder) deletes(s *pgquery.DeleteStmt, outer *scope) {
	sc, t := b.writeScope(s.WithClause, s.Relation, outer)
	b.from(sc, s.UsingClause, false)
	b.conditions(sc, s.WhereClause)
	b.targets(sc, s.GetReturningClause().GetExprs())
	b.writes = append(b.writes, db.Write{Schema: t.Schema, Table: t.ID(), Kind: db.KindDelete})
}

// assignments binds SET and answers the columns set.
func (b *binder) assignments(sc *scope, t *db.Table, list []*pgquery.Node) []string {
	var columns []string
	for _, n := range list {
		target := n.GetResTarget()
		name := columnOf(t, target.Name)
		columns = append(columns, name)
		b.stored(t, name, b.observe(sc, target.Val).params)
	}
	return columns
}

// columnOf is a column's name in the catalog; its absence fails.
func columnOf(t *db.Table, name string) string {
	c := t.Column(name)
	if c == nil {
		db.Decline("no such column: %s.%s", t.Name, name)
	}
	return c.Name
}

func (b *binder) stored(t *db.Table, column string, params []int) {
	db.UsePlaceholders(b.params, params, db.Placeholder{Table: t.ID(), Column: column, Op: db.PredOther, Role: db.RoleValue})
}

func (b *binder) insert(s *pgquery.InsertStmt, outer *scope) {
	t := b.target(s.Relation)
	sc := &scope{outer: b.with(s.WithClause, outer), block: &block{}}
	var columns []string
	for _, n := range s.Cols {
		columns = append(columns, columnOf(t, n.GetResTarget().GetName()))
	}
	if len(columns) == 0 {
		columns = (&relation{table: t}).names()
	}
	if rows := s.SelectStmt.GetSelectStmt(); rows != nil && len(rows.ValuesLists) > 0 {
		b.insertRows(sc, t, columns, rows.ValuesLists)
	} else if rows != nil {
		b.selects(rows, sc)
	}
	b.writes = append(b.writes, db.Write{Schema: t.Schema, Table: t.ID(), Kind: db.KindInsert})
	b.conflict(s, sc, t)
}

func (b *binder) insertRows(sc *scope, t *db.Table, columns []string, rows []*pgquery.Node) {
	for _, row := range rows {
		for i, x := range row.GetList().GetItems() {
			if i >= len(columns) {
				db.Decline("%d values for %d columns of %s", i+1, len(columns), t.Name)
			}
			if x.GetSetToDefault() == nil {
				b.stored(t, columns[i], b.observe(sc, x).params)
			}
		}
	}
}

// conflict binds ON CONFLICT and RETURNING: the row there is and, as
// "excluded", the row that was to be. Both are at hand: it is no block.
func (b *binder) conflict(s *pgquery.InsertStmt, outer *scope, t *db.Table) {
	sc := &scope{outer: outer, block: &block{}}
	alias := s.Relation.Relname
	if s.Relation.Alias != nil {
		alias = s.Relation.Alias.Aliasname
	}
	sc.add(&relation{alias: alias, table: t}, db.Relation{Table: t.ID()})
	b.targets(sc, s.GetReturningClause().GetExprs())
	o := s.OnConflictClause
	if o == nil || o.Action != pgquery.OnConflictAction_ONCONFLICT_UPDATE {
		return
	}
	around := &scope{outer: outer, block: &block{}}
	around.add(&relation{alias: "excluded", table: t}, db.Relation{Table: t.ID()})
	sc.outer = around
	columns := b.assignments(sc, t, o.TargetList)
	b.conditions(sc, o.WhereClause)
	b.writes = append(b.writes, db.Write{Schema: t.Schema, Table: t.ID(), Kind: db.KindUpdate, Columns: columns})
}
