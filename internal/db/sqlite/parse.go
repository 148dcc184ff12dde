package sqlite

import (
	"errors"
	"fmt"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"

	"mltop/internal/db"
)

// maxBlocks bounds one statement: views may nest and multiply what they hold.
const maxBlocks = 300

// Parse binds one statement to the catalog. Names that the catalog does not
// hold are an error; so is anything that the parser cannot read. It never
// panics: a fault of ours or the parser's comes back as an error.
func (Dialect) Parse(sql string, s *db.Schema) (shape *db.Shape, err error) {
	defer db.Declined(&err)
	stmt, err := parseOne(sql)
	if err != nil {
		return nil, err
	}
	b := &binder{schema: s, pure: true, root: &scope{src: sql}}
	b.statement(stmt)
	return b.shape(), nil
}

// parseOne reads exactly one statement. ORDER BY and LIMIT of UPDATE and
// DELETE are read: an application's SQLite may be built with them.
func parseOne(sql string) (ast.Stmt, error) {
	stmts, err := parser.Options{UpdateDeleteLimit: true}.ParseString(sql)
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
	root    *scope // the statement's own text, and nothing to name
	kind    db.StatementKind
	blocks  []*block
	writes  []db.Write
	pure    bool
	params  []db.Placeholder
	nesting db.Nesting
}

// statement binds any statement.
func (b *binder) statement(stmt ast.Stmt) {
	switch t := stmt.(type) {
	case *ast.SelectStmt:
		b.kind = db.KindSelect
		b.bindSelect(t, b.root)
	case *ast.InsertStmt:
		b.kind = db.KindInsert
		b.bindInsert(t)
	case *ast.UpdateStmt:
		b.kind = db.KindUpdate
		b.bindUpdate(t)
	case *ast.DeleteStmt:
		b.kind = db.KindDelete
		b.bindDelete(t)
	default:
		b.kind = db.KindOther
	}
}

// shape hands over what was bound.
func (b *binder) shape() *db.Shape {
	s := &db.Shape{
		Kind:         b.kind,
		Writes:       b.writes,
		Pure:         b.pure && b.kind == db.KindSelect,
		Params:       len(b.params),
		Placeholders: b.params,
	}
	for _, bl := range b.blocks {
		s.Blocks = append(s.Blocks, bl.finish())
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

// param notes a placeholder and makes room for those before it.
func (b *binder) param(p *ast.BindParam) {
	// SQLite's own bound (SQLITE_MAX_VARIABLE_NUMBER).
	if p.Number < 1 || p.Number > 32766 {
		db.Decline("placeholder %s is out of range", p.Raw)
	}
	for len(b.params) < p.Number {
		b.params = append(b.params, db.Placeholder{Name: "?"})
	}
	b.params[p.Number-1].Name = p.Raw
}
