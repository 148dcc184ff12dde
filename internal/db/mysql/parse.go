package mysql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlc-dev/marino/ast"
	"github.com/sqlc-dev/marino/mysql"
	"github.com/sqlc-dev/marino/parser"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// maxBlocks bounds one statement: views may nest and multiply what they hold.
const maxBlocks = 300

// Parse binds one statement to the catalog. Names that the catalog does not
// hold are an error; so is anything that the parser cannot read. It never
// panics: a fault of ours or the parser's comes back as an error.
func (d Dialect) Parse(sql string, s *db.Schema) (shape *db.Shape, err error) {
	defer db.Declined(&err)
	stmt, err := parseOne(sql, d.flavour)
	if err != nil {
		return nil, err
	}
	b := &binder{schema: s, flavour: d.flavour, pure: true, markers: markersOf(stmt)}
	b.statement(stmt)
	return b.shape(), nil
}

// parseOne reads exactly one statement.
func parseOne(sql string, f flavour) (ast.StmtNode, error) {
	p := parser.New()
	p.SetMariaDB(f.MariaDB)
	if f.AnsiQuotes {
		p.SetSQLMode(mysql.ModeANSIQuotes)
	}
	stmts, _, err := p.Parse(sql, "", "")
	switch {
	case err != nil:
		return nil, fmt.Errorf("could not be parsed: %w", err)
	case len(stmts) == 0:
		return nil, errors.New("could not be parsed: no statement")
	case len(stmts) > 1:
		return nil, fmt.Errorf("could not be parsed: %d statements instead of one", len(stmts))
	}
	return stmts[0], nil
}

// A binder turns one syntax tree into one Shape.
type binder struct {
	schema  *db.Schema
	flavour flavour
	kind    db.StatementKind
	blocks  []*block
	writes  []db.Write
	pure    bool
	params  []db.Placeholder
	markers []int // where placeholders stand in the text, in order
	nesting db.Nesting
}

// markersOf finds the placeholders: the parser numbers only some.
func markersOf(stmt ast.StmtNode) []int {
	var f markerFinder
	stmt.Accept(&f)
	slices.Sort(f.at)
	return slices.Compact(f.at)
}

type markerFinder struct{ at []int }

// Enter notes a placeholder.
func (f *markerFinder) Enter(n ast.Node) (ast.Node, bool) {
	if p, ok := n.(*ast.ParamMarkerExprBase); ok {
		f.at = append(f.at, p.Offset)
	}
	return n, false
}

// Leave goes on.
func (f *markerFinder) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// A block gathers what becomes one db.Block.
type block struct {
	db.Block
	ors int // OR groups so far
}

// read notes that a column is needed.
func (bl *block) read(c db.ColumnRef) {
	for _, r := range bl.Reads {
		if r.Relation == c.Relation && strings.EqualFold(r.Column, c.Column) {
			return
		}
	}
	bl.Reads = append(bl.Reads, c)
}

// star notes that every column of a relation is read.
func (bl *block) star(relation int) {
	for _, r := range bl.Star {
		if r == relation {
			return
		}
	}
	bl.Star = append(bl.Star, relation)
}

// statement binds any statement.
func (b *binder) statement(stmt ast.StmtNode) {
	switch t := stmt.(type) {
	case *ast.SelectStmt:
		b.kind = db.KindSelect
		b.query(t, nil)
	case *ast.SetOprStmt:
		b.kind = db.KindSelect
		b.query(t, nil)
	case *ast.InsertStmt:
		b.kind = db.KindInsert
		b.insert(t)
	case *ast.UpdateStmt:
		b.kind = db.KindUpdate
		b.update(t)
	case *ast.DeleteStmt:
		b.kind = db.KindDelete
		b.remove(t)
	default:
		b.kind = db.KindOther
	}
}

// shape hands over what was bound.
func (b *binder) shape() *db.Shape {
	s := &db.Shape{Kind: b.kind, Writes: b.writes, Pure: b.pure && b.kind == db.KindSelect, Params: len(b.params), Placeholders: b.params}
	for _, bl := range b.blocks {
		s.Blocks = append(s.Blocks, bl.Block)
	}
	return s
}

// newBlock opens a block; blocks come in the order in which they are opened,
// the outermost first.
func (b *binder) newBlock() *block {
	if len(b.blocks) >= maxBlocks {
		db.Decline("too complex: more than %d nested selects", maxBlocks)
	}
	bl := &block{}
	b.blocks = append(b.blocks, bl)
	return bl
}

// param answers the number of a placeholder, and makes room for those before.
func (b *binder) param(p *ast.ParamMarkerExprBase) int {
	order, found := slices.BinarySearch(b.markers, p.Offset)
	if !found {
		db.Decline("a placeholder in the text of a view")
	}
	for len(b.params) <= order {
		b.params = append(b.params, db.Placeholder{Name: "?"})
	}
	return order
}

// use says what placeholders stand for, unless that is known already.
func (b *binder) use(orders []int, p db.Placeholder) {
	for _, n := range orders {
		if b.params[n].Role == "" {
			p.Name = "?"
			b.params[n] = p
		}
	}
}

// use says what placeholders beside x stand for.
func (c *clause) use(params []int, x operand, op db.PredicateOp, role db.PlaceholderRole) {
	if len(params) == 0 || len(x.cols) == 0 {
		return
	}
	col := x.cols[0]
	p := db.Placeholder{Table: c.sc.block.Relations[col.relation].Table, Column: col.name, Op: op, Role: role}
	if x.ofRows() {
		p.Expr = sqltext.Unqualified(x.sql)
	}
	c.b.use(params, p)
}
