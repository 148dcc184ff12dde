package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// A block gathers what becomes one db.Block.
type block struct {
	db.Block
	log []column // every column of this block that was mentioned, in order
	ors int      // OR groups so far
}

// A column is one mention of a relation's column.
type column struct {
	block     *block
	relation  int
	name      string
	collation string   // declared; "" is BINARY
	affinity  affinity // declared
	opaque    string   // why no index can be made on its relation; "" when one can
}

func (c column) ref() db.ColumnRef { return db.ColumnRef{Relation: c.relation, Column: c.name} }

// finish folds the log into Reads.
func (bl *block) finish() db.Block {
	seen := map[db.ColumnRef]bool{}
	for _, c := range bl.log {
		r := c.ref()
		key := db.ColumnRef{Relation: r.Relation, Column: strings.ToLower(r.Column)}
		if !seen[key] {
			seen[key] = true
			bl.Reads = append(bl.Reads, r)
		}
	}
	return bl.Block
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

// A scope is what names mean at one place: the relations of FROM, the result
// columns that have an alias, the CTEs, and around it the outer scope.
type scope struct {
	outer     *scope
	block     *block
	relations []*relation
	results   []result
	aliases   bool // result aliases may be used here
	ctes      map[string]*cte
	src       string // the text that positions count in; "": the outer scope's
}

// A relation is one item of FROM as names see it.
type relation struct {
	alias  string
	index  int        // in block.Relations; -1 when its parts were merged into the block
	table  *db.Table  // nil for a derived one
	cols   []result   // of a derived one
	arms   [][]result // of a derived one that is named only here: the columns of each core
	open   bool       // any name is a column: table-valued functions, system tables
	merged map[string]bool
}

// A result is one column of a SELECT.
type result struct {
	name string
	operand
}

// lookup finds a column by name in one relation.
func (r *relation) lookup(bl *block, name string) (operand, bool) {
	if r.table != nil {
		return r.tableColumn(bl, name)
	}
	for _, c := range r.cols {
		if strings.EqualFold(c.name, name) {
			return r.derived(bl, c), true
		}
	}
	if r.open {
		return bareOperand(column{block: bl, relation: r.index, name: name, opaque: "not a table"}), true
	}
	return operand{}, false
}

// derived is a column of a subquery: itself where the subquery was merged
// into the block, else a column of the derived relation.
func (r *relation) derived(bl *block, c result) operand {
	if r.index < 0 {
		return c.operand
	}
	return bareOperand(column{
		block: bl, relation: r.index, name: c.name, opaque: "a column of a subquery",
		affinity: c.affinity, collation: c.effectiveCollation(),
	})
}

func (r *relation) tableColumn(bl *block, name string) (operand, bool) {
	c := column{block: bl, relation: r.index, opaque: r.table.Unsupported}
	if col := r.table.Column(name); col != nil {
		c.name, c.affinity, c.collation = col.Name, typeAffinity(col.Type), foldBinary(col.Collation)
		return bareOperand(c), true
	}
	if isRowID(name) && !r.table.WithoutRowID && r.table.Unsupported == "" {
		c.name, c.affinity = "rowid", affinityInteger
		if r.table.RowID != "" {
			c.name = r.table.RowID
		}
		return bareOperand(c), true
	}
	// A virtual table has hidden columns that the catalog does not list.
	if r.table.Unsupported != "" {
		c.name = name
		return bareOperand(c), true
	}
	return operand{}, false
}

func isRowID(name string) bool {
	switch strings.ToLower(name) {
	case "rowid", "oid", "_rowid_":
		return true
	}
	return false
}

// foldBinary writes the default collation as "".
func foldBinary(c string) string {
	if strings.EqualFold(c, "BINARY") {
		return ""
	}
	return strings.ToUpper(c)
}

// resolve finds what a column name means, from the innermost scope outwards:
// columns before result aliases, as SQLite does.
func (sc *scope) resolve(qualifier, name string) (operand, *scope, bool) {
	for s := sc; s != nil; s = s.outer {
		if o, ok := s.resolveHere(qualifier, name); ok {
			return o, s, true
		}
	}
	return operand{}, nil, false
}

func (sc *scope) resolveHere(qualifier, name string) (operand, bool) {
	o, n := sc.fromRelations(qualifier, name)
	if n > 1 {
		db.Decline("ambiguous column name: %s", name)
	}
	if n == 1 {
		return o, true
	}
	if qualifier == "" && sc.aliases {
		return sc.alias(name)
	}
	return operand{}, false
}

// fromRelations counts the relations that have the column. Columns joined by
// USING count once: the first one's.
func (sc *scope) fromRelations(qualifier, name string) (found operand, n int) {
	for _, r := range sc.relations {
		if qualifier != "" && !strings.EqualFold(r.alias, qualifier) {
			continue
		}
		if qualifier == "" && r.merged[strings.ToLower(name)] {
			continue
		}
		if qualifier == "" && r.open && len(sc.relations) > 1 {
			continue // any name would do: let the others have it first
		}
		if o, ok := r.lookup(sc.block, name); ok {
			if n++; n == 1 {
				found = o
			}
			if isRowID(name) && qualifier == "" && len(sc.relations) > 1 && (r.table == nil || r.table.Column(name) == nil) {
				n-- // the rowid of which one? SQLite has no such column then
			}
		}
	}
	if n == 0 && qualifier == "" {
		return sc.fromOpen(name)
	}
	return found, n
}

// fromOpen gives a name to the one relation whose columns are not known.
func (sc *scope) fromOpen(name string) (operand, int) {
	for _, r := range sc.relations {
		if r.open && len(sc.relations) > 1 {
			o, _ := r.lookup(sc.block, name)
			return o, 1
		}
	}
	return operand{}, 0
}

func (sc *scope) alias(name string) (operand, bool) {
	for _, r := range sc.results {
		if r.name != "" && strings.EqualFold(r.name, name) {
			return r.operand, true
		}
	}
	return operand{}, false
}

// findCTE looks for a CTE from the innermost WITH outwards.
func (sc *scope) findCTE(name string) *cte {
	for s := sc; s != nil; s = s.outer {
		if c := s.ctes[strings.ToLower(name)]; c != nil {
			return c
		}
	}
	return nil
}

// name is an identifier's text, "" for none.
func name(id *ast.Ident) string {
	if id == nil {
		return ""
	}
	return id.Name
}
