package postgres

import (
	"strings"

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
	relation int
	name     string
	kind     string // its type; "" when not known
	opaque   string // why no index can be made on its relation; "" when one can
}

// finish folds the log into Reads.
func (bl *block) finish() db.Block {
	seen := map[db.ColumnRef]bool{}
	for _, c := range bl.log {
		r := db.ColumnRef{Relation: c.relation, Column: c.name}
		if !seen[r] {
			seen[r] = true
			bl.Reads = append(bl.Reads, r)
		}
	}
	return bl.Block
}

// A scope is what names mean at one place: the relations of FROM, the result
// columns, the CTEs, and around it the outer scope.
type scope struct {
	outer     *scope
	block     *block
	relations []*relation
	results   []result
	ctes      map[string][]string // name to its columns
}

// A relation is one item of FROM as names see it.
type relation struct {
	alias  string
	schema string // as written
	index  int    // in block.Relations
	table  *db.Table
	cols   []string // of a derived one
	open   bool     // any name is a column: functions, system tables
	merged map[string]bool
}

// A result is one column of a SELECT.
type result struct {
	name string
	operand
}

// systemColumns every table has.
func systemColumn(name string) bool {
	switch name {
	case "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid":
		return true
	}
	return false
}

// lookup finds a column by name in one relation.
func (r *relation) lookup(name string) (column, bool) {
	if r.table != nil {
		if c := r.table.Column(name); c != nil {
			why := r.table.Unsupported
			if r.table.Indexable() {
				why = ""
			}
			return column{r.index, c.Name, c.Type, why}, true
		}
		return column{r.index, name, "", "a system column"}, systemColumn(name)
	}
	for _, c := range r.cols {
		if strings.EqualFold(c, name) {
			return column{r.index, c, "", "a column of a subquery"}, true
		}
	}
	return column{r.index, name, "", "not a table"}, r.open
}

// resolve finds a column from the innermost scope outwards; here is false for
// one of an outer scope, which does not change during the block.
func (sc *scope) resolve(qualifier, name string) (c column, here, ok bool) {
	for s := sc; s != nil; s = s.outer {
		found, n := s.fromRelations(qualifier, name)
		if n > 1 {
			db.Decline("ambiguous column name: %s", name)
		}
		if n == 1 {
			if s != sc {
				s.block.log = append(s.block.log, found)
			}
			return found, s == sc, true
		}
	}
	return c, false, false
}

// fromRelations counts the relations that have the column. Columns joined by
// USING count once: the first one's.
func (sc *scope) fromRelations(qualifier, name string) (found column, n int) {
	for _, strict := range []bool{true, false} {
		for _, r := range sc.relations {
			if qualifier != "" && r.alias != qualifier || qualifier == "" && r.merged[name] || r.open == strict {
				continue
			}
			if c, ok := r.lookup(name); ok {
				if n++; n == 1 {
					found = c
				}
				if !strict {
					return found, 1 // any of those whose columns are not known
				}
			}
		}
		if n > 0 {
			return found, n
		}
	}
	return found, n
}

// relation finds a FROM item by its alias.
func (sc *scope) relation(alias string) *relation {
	for s := sc; s != nil; s = s.outer {
		for _, r := range s.relations {
			if r.alias == alias {
				return r
			}
		}
	}
	return nil
}

// findCTE looks for a CTE from the innermost WITH outwards.
func (sc *scope) findCTE(name string) ([]string, bool) {
	for s := sc; s != nil; s = s.outer {
		if c, ok := s.ctes[name]; ok {
			return c, true
		}
	}
	return nil, false
}

// names are the columns of a relation, in order.
func (r *relation) names() []string {
	if r.table == nil {
		return r.cols
	}
	out := make([]string, len(r.table.Columns))
	for i, c := range r.table.Columns {
		out[i] = c.Name
	}
	return out
}
