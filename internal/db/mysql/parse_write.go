package mysql

import (
	"strings"

	"github.com/sqlc-dev/marino/ast"

	"mltop/internal/db"
)

// insert binds INSERT and REPLACE; what ON DUPLICATE KEY UPDATE sets is a
// write of its own.
func (b *binder) insert(s *ast.InsertStmt) {
	sc := &scope{block: &block{}}
	b.from(sc, s.Table.TableRefs, false)
	t := sc.relations[0].table
	if t == nil {
		db.Decline("it writes to a view or a subquery")
	}
	columns := namesOfColumns(s.Columns)
	b.writes = append(b.writes, db.Write{Table: t.Name, Kind: db.KindInsert, Columns: columns, Replaces: s.IsReplace})
	if len(columns) == 0 {
		columns = sc.relations[0].columnNames()
	}
	for _, row := range s.Lists {
		for i, e := range row {
			o := b.observe(sc, e)
			if i < len(columns) {
				b.use(o.params, db.Placeholder{Table: t.Name, Column: columns[i], Role: db.RoleValue})
			}
		}
	}
	if s.Select != nil {
		b.query(s.Select, nil)
	}
	if len(s.OnDuplicate) > 0 {
		b.writes = append(b.writes, db.Write{Table: t.Name, Kind: db.KindUpdate, Columns: b.assign(sc, s.OnDuplicate)})
	}
}

// assign binds SET and answers the columns set.
func (b *binder) assign(sc *scope, list []*ast.Assignment) []string {
	var out []string
	for _, a := range list {
		c, ok := sc.find(a.Column.Table.O, a.Column.Name.O)
		if !ok {
			db.Decline("no such column: %s", a.Column.Name.O)
		}
		o := b.observe(sc, a.Expr)
		b.use(o.params, db.Placeholder{Table: sc.block.Relations[c.relation].Table, Column: c.name, Role: db.RoleValue})
		out = append(out, c.name)
	}
	return out
}

// update binds UPDATE of one table or several.
func (b *binder) update(s *ast.UpdateStmt) {
	sc := &scope{outer: b.with(s.With, nil), block: b.newBlock()}
	b.from(sc, s.TableRefs.TableRefs, false)
	set := map[int][]string{}
	for _, a := range s.List {
		c, ok := sc.find(a.Column.Table.O, a.Column.Name.O)
		if !ok {
			db.Decline("no such column: %s", a.Column.Name.O)
		}
		set[c.relation] = append(set[c.relation], b.assign(sc, []*ast.Assignment{a})...)
	}
	for i, r := range sc.block.Relations {
		if len(set[i]) > 0 {
			b.writes = append(b.writes, db.Write{Table: r.Table, Kind: db.KindUpdate, Columns: set[i]})
		}
	}
	b.conditions(s.Where, sc, -1)
	b.order(sc, s.Order)
	b.limit(sc.block, s.Limit)
}

// remove binds DELETE from one table or several.
func (b *binder) remove(s *ast.DeleteStmt) {
	sc := &scope{outer: b.with(s.With, nil), block: b.newBlock()}
	b.from(sc, s.TableRefs.TableRefs, false)
	for _, r := range sc.relations {
		if r.table != nil && (!s.IsMultiTable || deletes(s.Tables, r.alias)) {
			b.writes = append(b.writes, db.Write{Table: r.table.Name, Kind: db.KindDelete})
		}
	}
	b.conditions(s.Where, sc, -1)
	b.order(sc, s.Order)
	b.limit(sc.block, s.Limit)
}

func deletes(list *ast.DeleteTableList, alias string) bool {
	for _, t := range list.Tables {
		if strings.EqualFold(t.Name.O, alias) {
			return true
		}
	}
	return false
}
