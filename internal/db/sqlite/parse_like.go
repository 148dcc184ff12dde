package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// like binds LIKE and GLOB. SQLite turns a fixed prefix into a range: for
// LIKE, which does not mind case, only in an index that does not either
// (NOCASE); for GLOB only in one that does (sqlite.org/optoverview.html, 5).
func (c *clause) like(t *ast.LikeExpr) {
	x, y := c.b.observe(c.sc, t.X), c.b.observe(c.sc, t.Y)
	if t.Escape != nil {
		c.b.observe(c.sc, t.Escape)
	}
	op := strings.ToUpper(t.Op.Name)
	if op == "REGEXP" {
		c.b.pure = false // the application's own function
	}
	switch {
	case x.constant() && y.constant():
	case x.constant() || !y.constant():
		c.refuse(t, "the pattern is not a constant", x, y)
	default:
		c.likeConstant(t, op, x, y)
	}
}

func (c *clause) likeConstant(t *ast.LikeExpr, op string, x, y operand) {
	p := c.predicate(x, db.PredPrefix, t)
	p.Constant = y.literal
	collation := ""
	if op == "LIKE" {
		collation = "NOCASE"
	}
	if collation != x.declaredCollation() {
		p.Collation = collationName(collation)
	}
	if why := whyNoPrefix(t, op, x, y); why != "" {
		p.Op, p.Collation = db.PredOther, ""
		if p.NoIndex == "" {
			p.NoIndex = why
		}
	}
	c.use(y.params, x, db.PredPrefix, db.RoleValue)
	c.add(p)
}

func whyNoPrefix(t *ast.LikeExpr, op string, x, y operand) string {
	prefix, known := likePrefix(t, op, y)
	switch {
	case t.Not:
		return "negation"
	case op != "LIKE" && op != "GLOB":
		return op + " reads every row"
	case y.literal == "":
		return "the pattern is not known before the statement runs"
	case !known:
		return "the pattern is not text"
	case prefix == "":
		return "leading wildcard"
	case x.affinity != affinityText && looksNumeric(prefix):
		return "LIKE on a column without text affinity"
	}
	return ""
}

// likePrefix is what a pattern fixes before its first wildcard.
func likePrefix(t *ast.LikeExpr, op string, y operand) (string, bool) {
	if len(y.literal) < 2 || y.literal[0] != '\'' {
		return "", false
	}
	text := strings.ReplaceAll(y.literal[1:len(y.literal)-1], "''", "'")
	wild, escape := "%_", escapeOf(t)
	if op == "GLOB" {
		wild, escape = "*?[", 0
	}
	return fixedPart(text, wild, escape), true
}

func escapeOf(t *ast.LikeExpr) rune {
	if lit, ok := t.Escape.(*ast.Literal); ok && len([]rune(lit.Value)) == 1 {
		return []rune(lit.Value)[0]
	}
	return 0
}

func fixedPart(text, wild string, escape rune) string {
	var b strings.Builder
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case escape != 0 && r == escape:
			escaped = true
			continue
		case strings.ContainsRune(wild, r):
			return b.String()
		}
		b.WriteRune(r)
	}
	return b.String()
}

// looksNumeric reports whether a column without text affinity could hold the
// prefix as a number.
func looksNumeric(prefix string) bool {
	return prefix[0] == '-' || prefix[0] >= '0' && prefix[0] <= '9'
}
