package sqlite

import (
	"strings"

	"mltop/internal/db"
)

// An operand is one side of a comparison, or a term of a list.
type operand struct {
	cols      []column // of the block, each mention
	bare      bool     // nothing but one column
	text      string   // as an index would hold it: deterministic, of one relation; else ""
	sql       string   // as written
	literal   string   // SQL text of a literal
	collate   string   // from COLLATE
	outer     *column  // the outer column that a constant is
	affinity  affinity
	why       string // why an index cannot hold it
	params    []int
	aggregate bool
	window    bool
	subquery  bool
}

func bareOperand(c column) operand {
	return operand{cols: []column{c}, bare: true, text: quote(c.name), sql: c.name, affinity: c.affinity}
}

// constant reports whether the operand stays the same during the block.
func (o operand) constant() bool { return len(o.cols) == 0 }

// relation is the one relation that the operand depends on; -1 for several.
func (o operand) relation() int {
	for _, c := range o.cols {
		if c.relation != o.cols[0].relation {
			return -1
		}
	}
	return o.cols[0].relation
}

// declaredCollation is that of a bare column, of this block or an outer one.
func (o operand) declaredCollation() string {
	switch {
	case o.bare && len(o.cols) == 1:
		return o.cols[0].collation
	case o.outer != nil:
		return o.outer.collation
	}
	return ""
}

func (o operand) effectiveCollation() string {
	if o.collate != "" {
		return foldBinary(o.collate)
	}
	return o.declaredCollation()
}

// ref is the operand as a key, or its first column where it cannot be one.
func (o operand) ref() db.ColumnRef {
	if !o.bare && o.text != "" {
		return db.ColumnRef{Relation: o.cols[0].relation, Expr: o.text}
	}
	return o.cols[0].ref()
}

// noIndex says why no index on the operand's columns serves it; "" when one
// could.
func (o operand) noIndex() string {
	for _, c := range o.cols {
		if c.opaque != "" {
			return c.opaque
		}
	}
	switch {
	case o.bare || o.text != "":
		return ""
	case o.relation() < 0:
		return "columns of two tables in one expression"
	case o.why != "":
		return o.why
	}
	return what(o.sql) + ": " + o.sql
}

// what names an expression by its looks.
func what(sql string) string {
	switch i := strings.IndexByte(sql, '('); {
	case i > 0 && isName(sql[:i]):
		return "function on the column"
	case strings.ContainsAny(sql, "+-*/%") && !strings.Contains(sql, "->"):
		return "arithmetic on the column"
	}
	return "expression on the column"
}

func isName(s string) bool {
	for _, r := range s {
		if !isWord(r) {
			return false
		}
	}
	return true
}
