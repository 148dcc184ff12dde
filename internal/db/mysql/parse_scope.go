package mysql

import (
	"strings"

	"github.com/sqlc-dev/marino/ast"

	"mltop/internal/db"
)

// A scope is what names mean at one place.
type scope struct {
	outer     *scope
	block     *block
	relations []*relation
	results   []result // of the list of columns, once it is bound
	ctes      map[string][]string
}

// A relation is one item of FROM as names see it.
type relation struct {
	alias  string
	index  int       // in block.Relations
	table  *db.Table // nil for a derived one
	cols   []string  // of a derived one
	merged map[string]bool
}

// A result is one column of a SELECT.
type result struct {
	name string
	operand
}

// A column is one mention of a relation's column.
type column struct {
	relation int
	table    *db.Table // nil: of a derived table
	name     string
	kind     string // declared type; "" unknown
	charset  string
}

func (c column) ref() db.ColumnRef { return db.ColumnRef{Relation: c.relation, Column: c.name} }

// lookup finds a column by name in one relation.
func (r *relation) lookup(name string) (column, bool) {
	if r.table != nil {
		col := r.table.Column(name)
		if col == nil {
			return column{}, false
		}
		return column{relation: r.index, table: r.table, name: col.Name, kind: baseType(col.Type), charset: charsetOf(col.Collation)}, true
	}
	for _, c := range r.cols {
		if strings.EqualFold(c, name) {
			return column{relation: r.index, name: c}, true
		}
	}
	return column{}, false
}

// baseType is a type without its length: "varchar", "int".
func baseType(t string) string {
	if i := strings.IndexAny(t, "( "); i > 0 {
		t = t[:i]
	}
	return strings.ToLower(t)
}

// charsetOf is the character set of a collation: utf8mb4_general_ci's utf8mb4.
func charsetOf(collation string) string {
	set, _, _ := strings.Cut(collation, "_")
	return set
}

func isText(kind string) bool {
	switch kind {
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set":
		return true
	}
	return false
}

func isNumeric(kind string) bool {
	switch kind {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric", "float", "double", "year", "bit":
		return true
	}
	return false
}

// resolve finds what a column name means, from the innermost scope outwards.
// here is false for a column of an outer query.
func (sc *scope) resolve(n *ast.ColumnName) (c column, here, ok bool) {
	for s := sc; s != nil; s = s.outer {
		if c, ok := s.find(n.Table.O, n.Name.O); ok {
			if s != sc {
				s.block.read(c.ref())
			}
			return c, s == sc, true
		}
	}
	return column{}, false, false
}

// find looks among the relations of one scope. A column joined by USING counts
// once.
func (sc *scope) find(qualifier, name string) (found column, ok bool) {
	n := 0
	for _, r := range sc.relations {
		if qualifier != "" && !strings.EqualFold(r.alias, qualifier) || qualifier == "" && r.merged[strings.ToLower(name)] {
			continue
		}
		if c, here := r.lookup(name); here {
			if n++; n == 1 {
				found = c
			}
		}
	}
	if n > 1 {
		db.Decline("ambiguous column name: %s", name)
	}
	return found, n == 1
}

// alias finds a column of the SELECT's own list.
func (sc *scope) alias(name string) (operand, bool) {
	for _, r := range sc.results {
		if r.name != "" && strings.EqualFold(r.name, name) {
			return r.operand, true
		}
	}
	return operand{}, false
}

// cte finds the columns of a common table expression.
func (sc *scope) cte(name string) ([]string, bool) {
	for s := sc; s != nil; s = s.outer {
		if c, ok := s.ctes[strings.ToLower(name)]; ok {
			return c, true
		}
	}
	return nil, false
}

// add appends a relation to the scope and its block.
func (sc *scope) add(r db.Relation, rel *relation) {
	for _, other := range sc.relations {
		if strings.EqualFold(other.alias, rel.alias) {
			db.Decline("not unique table or alias: %s", rel.alias)
		}
	}
	rel.index = len(sc.block.Relations)
	r.Alias = rel.alias
	sc.block.Relations = append(sc.block.Relations, r)
	sc.relations = append(sc.relations, rel)
}
