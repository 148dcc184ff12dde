package mysql

import (
	"strings"

	"github.com/sqlc-dev/marino/ast"
	"github.com/sqlc-dev/marino/format"
)

// asWritten writes texts as they were, with no character set before them, and
// numbers and words as the server reads them.
const asWritten = format.DefaultRestoreFlags | format.RestoreStringEscapeBackslash | format.RestoreStringWithoutCharset

// writtenAgain is the text of a statement whose tree was changed, with its
// placeholders in the order that they had.
func writtenAgain(stmt ast.StmtNode) (string, error) {
	stmt.Accept(limitKeeper{})
	var b strings.Builder
	err := stmt.Restore(format.NewRestoreCtx(asWritten, &b))
	return b.String(), err
}

// A limitKeeper keeps "LIMIT ? OFFSET ?", which the parser writes as "LIMIT ?,
// ?" with the offset first: the values would change places.
type limitKeeper struct{}

// Enter looks at one LIMIT.
func (limitKeeper) Enter(n ast.Node) (ast.Node, bool) {
	l, ok := n.(*ast.Limit)
	if !ok {
		return n, false
	}
	count, ok := l.Count.(*ast.ParamMarkerExprBase)
	offset, also := l.Offset.(*ast.ParamMarkerExprBase)
	if ok && also && count.Offset < offset.Offset {
		l.Count, l.Offset = countFirst{count, offset}, nil
	}
	return n, true
}

// Leave goes on.
func (limitKeeper) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// countFirst is the end of a LIMIT whose count stands before its offset.
type countFirst struct {
	ast.ExprNode
	offset ast.ExprNode
}

// Restore writes both.
func (c countFirst) Restore(ctx *format.RestoreCtx) error {
	if err := c.ExprNode.Restore(ctx); err != nil {
		return err
	}
	ctx.WriteKeyWord(" OFFSET ")
	return c.offset.Restore(ctx)
}
