package postgres

import (
	"errors"
	"fmt"

	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// Limits of one statement: views may nest and multiply what they hold.
const (
	maxBlocks = 300
	maxParams = 65535 // the protocol's own
)

// Parse binds one statement to the catalog. Names that the catalog does not
// hold are an error; so is anything that the parser cannot read. It never
// panics: a fault of ours or the parser's comes back as an error.
func (Dialect) Parse(sql string, s *db.Schema) (shape *db.Shape, err error) {
	defer db.Declined(&err)
	_, tree, err := parsed(sql)
	switch {
	case err != nil:
		return nil, err
	case len(tree.Stmts) == 0:
		return nil, errors.New("could not be parsed: no statement")
	case len(tree.Stmts) > 1:
		return nil, fmt.Errorf("could not be parsed: %d statements instead of one", len(tree.Stmts))
	}
	b := &binder{schema: s, pure: true}
	b.kind = b.statement(tree.Stmts[0].Stmt, &scope{block: &block{}})
	if b.same != nil {
		return nil, db.SameName{Err: b.same, Writes: b.writes}
	}
	return b.shape(), nil
}

// A binder turns one syntax tree into one Shape.
type binder struct {
	schema  *db.Schema
	kind    db.StatementKind
	blocks  []*block
	writes  []db.Write
	pure    bool
	params  []db.Placeholder
	nesting db.Nesting
	same    error // db.ErrSameName of a table of it
}

// statement binds any statement, also inside WITH, and answers its verb.
func (b *binder) statement(n *pgquery.Node, outer *scope) db.StatementKind {
	switch {
	case n.GetSelectStmt() != nil:
		b.selects(n.GetSelectStmt(), outer)
		return db.KindSelect
	case n.GetInsertStmt() != nil:
		b.pure = false
		b.insert(n.GetInsertStmt(), outer)
		return db.KindInsert
	case n.GetUpdateStmt() != nil:
		b.pure = false
		b.update(n.GetUpdateStmt(), outer)
		return db.KindUpdate
	case n.GetDeleteStmt() != nil:
		b.pure = false
		b.deletes(n.GetDeleteStmt(), outer)
		return db.KindDelete
	case n.GetMergeStmt() != nil:
		db.Decline("MERGE is not followed")
	}
	b.pure = false
	return db.KindOther
}

// shape hands over what was bound.
func (b *binder) shape() *db.Shape {
	s := &db.Shape{Kind: b.kind, Writes: b.writes, Pure: b.pure && b.kind == db.KindSelect, Params: len(b.params), Placeholders: b.params}
	for _, bl := range b.blocks {
		s.Blocks = append(s.Blocks, bl.finish())
	}
	return s
}

// newBlock opens a block; blocks come in the order in which they are opened.
func (b *binder) newBlock() *block {
	if len(b.blocks) >= maxBlocks {
		db.Decline("too complex: more than %d nested selects", maxBlocks)
	}
	bl := &block{}
	b.blocks = append(b.blocks, bl)
	return bl
}

// param notes a placeholder and makes room for those before it.
func (b *binder) param(number int32) int {
	if number < 1 || number > maxParams {
		db.Decline("placeholder $%d is out of range", number)
	}
	for len(b.params) < int(number) {
		b.params = append(b.params, db.Placeholder{Name: fmt.Sprintf("$%d", len(b.params)+1)})
	}
	return int(number)
}
