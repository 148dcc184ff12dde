package mysql

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/marino/ast"

	"mltop/internal/db"
)

// from binds a FROM clause, left to right; nullable marks what an outer join
// may leave empty.
func (b *binder) from(sc *scope, n ast.ResultSetNode, nullable bool) {
	switch t := n.(type) {
	case *ast.Join:
		b.join(sc, t, nullable)
	case *ast.TableSource:
		b.source(sc, t, nullable)
	case nil:
	default:
		db.Decline("could not be parsed: unknown kind of table in FROM")
	}
}

func (b *binder) join(sc *scope, j *ast.Join, nullable bool) {
	if j.Right == nil {
		b.from(sc, j.Left, nullable)
		return
	}
	b.from(sc, j.Left, nullable || j.Tp == ast.RightJoin)
	middle := len(sc.relations)
	b.from(sc, j.Right, nullable || j.Tp == ast.LeftJoin)
	using := namesOfColumns(j.Using)
	if j.NaturalJoin {
		using = sc.common(middle)
	}
	for _, name := range using {
		b.using(sc, middle, name)
	}
	if j.On == nil {
		return
	}
	on := -1
	switch j.Tp {
	case ast.LeftJoin:
		on = middle
	case ast.RightJoin:
		on = 0
	}
	b.conditions(j.On.Expr, sc, on)
}

func namesOfColumns(list []*ast.ColumnName) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Name.O)
	}
	return out
}

// common lists the columns that both sides of a NATURAL JOIN have.
func (sc *scope) common(middle int) []string {
	var out []string
	for _, r := range sc.relations[middle:] {
		for _, name := range r.columnNames() {
			for _, l := range sc.relations[:middle] {
				if _, ok := l.lookup(name); ok {
					out = append(out, name)
					break
				}
			}
		}
	}
	return out
}

// using joins both sides by one column, which has one name from here on.
func (b *binder) using(sc *scope, middle int, name string) {
	left, lok := firstWith(sc.relations[:middle], name)
	right, rok := firstWith(sc.relations[middle:], name)
	if !lok || !rok {
		db.Decline("no such column in both tables of USING: %s", name)
	}
	b.addJoin(sc, bareOperand(left), bareOperand(right))
	sc.block.read(left.ref())
	sc.block.read(right.ref())
	for _, r := range sc.relations[middle:] {
		if r.merged == nil {
			r.merged = map[string]bool{}
		}
		r.merged[strings.ToLower(name)] = true
	}
}

func firstWith(rs []*relation, name string) (column, bool) {
	for _, r := range rs {
		if c, ok := r.lookup(name); ok && !r.merged[strings.ToLower(name)] {
			return c, true
		}
	}
	return column{}, false
}

// source binds one table, view, subquery or nested join.
func (b *binder) source(sc *scope, t *ast.TableSource, nullable bool) {
	switch s := t.Source.(type) {
	case *ast.TableName:
		b.table(sc, s, or(t.AsName.O, s.Name.O), nullable)
	case *ast.Join:
		b.from(sc, s, nullable)
	case *ast.SelectStmt, *ast.SetOprStmt:
		outer := sc.outer
		if t.Lateral {
			outer = sc
		}
		cols := firstOf(namesIn(t.ColumnNames), b.query(t.Source, outer))
		sc.add(db.Relation{Derived: true, Outer: nullable}, &relation{alias: t.AsName.O, cols: cols})
	default:
		db.Decline("could not be parsed: unknown kind of table in FROM")
	}
}

func (b *binder) table(sc *scope, n *ast.TableName, alias string, nullable bool) {
	if n.Schema.O == "" {
		if cols, ok := sc.cte(n.Name.O); ok {
			sc.add(db.Relation{Derived: true, Outer: nullable}, &relation{alias: alias, cols: cols})
			return
		}
	}
	t := b.schema.Table(n.Name.O)
	if t != nil && (n.Schema.O == "" || t.Schema == "" || strings.EqualFold(n.Schema.O, t.Schema)) {
		sc.add(db.Relation{Table: t.Name, Outer: nullable}, &relation{alias: alias, table: t})
		return
	}
	if n.Schema.O != "" && !b.ours(n.Schema.O) {
		db.Decline("it reads %s.%s, a table of another database%s", n.Schema.O, n.Name.O, b.otherThan(n.Schema.O))
	}
	cols, ok := b.view(n.Name.O)
	if !ok {
		db.Decline("no such table: %s", n.Name.O)
	}
	sc.add(db.Relation{Derived: true, Outer: nullable}, &relation{alias: alias, cols: cols})
}

// otherThan says where advice on the tables of another database is to be had.
func (b *binder) otherThan(name string) string {
	own := b.schema.Tables[0].Schema // else it would pass for ours
	return fmt.Sprintf(": mltop is attached to %s, and advises on its tables alone; attached to %s it advises on those", own, name)
}

// ours reports whether a database is the one that the catalog is of.
func (b *binder) ours(name string) bool {
	for _, t := range b.schema.Tables {
		return t.Schema == "" || strings.EqualFold(t.Schema, name)
	}
	return true
}

// view binds a view's own text.
func (b *binder) view(name string) ([]string, bool) {
	if b.schema == nil {
		return nil, false
	}
	for _, v := range b.schema.Views {
		if !strings.EqualFold(v.Name, name) {
			continue
		}
		defer b.nesting.In("view " + name)()
		_, text, _ := strings.Cut(v.SQL, " AS ")
		stmt, err := parseOne(text, b.flavour)
		if err != nil {
			db.Decline("the view %s %v", name, err)
		}
		return b.query(stmt, nil), true
	}
	return nil, false
}
