package advisor

import (
	"strconv"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// propose hands out every index that could serve the need: first the columns
// that are searched for equality, then one range or an order, then what is
// left to read; whole and partial.
func (n *need) propose(add func(db.Index)) {
	for _, head := range n.heads() {
		for _, order := range permutations(head) {
			n.withTails(order, add)
		}
	}
	for _, arms := range n.groups() {
		for _, a := range arms {
			n.emit(a.columns(), add)
			n.emit(concat(n.eq, a.columns()...), add)
		}
	}
}

// heads are the sets of columns searched for equality: the constants, with
// and without what a join gives when this table is the inner one.
func (n *need) heads() [][]db.IndexColumn {
	heads := [][]db.IndexColumn{n.eq, concat(n.eq, n.in...)}
	for _, j := range n.joins {
		heads = append(heads, concat(n.eq, j), []db.IndexColumn{j})
	}
	heads = append(heads, concat(concat(n.eq, n.in...), n.joins...))
	return heads
}

// withTails adds what may follow the equality columns.
func (n *need) withTails(head []db.IndexColumn, add func(db.Index)) {
	n.emit(head, add)
	for _, r := range n.ranges {
		n.emit(concat(head, r), add)
	}
	for _, order := range n.orders {
		n.emit(concat(head, order...), add)
		n.emit(concat(concat(head, order...), n.in...), add)
		for _, r := range n.ranges {
			n.emit(concat(concat(head, order...), r), add)
		}
	}
}

// emit offers an index whole, covering and partial.
func (n *need) emit(cols []db.IndexColumn, add func(db.Index)) {
	n.offer(cols, "", add)
	n.offer(n.covering(cols), "", add)
	n.include(cols, "", add)
	for _, p := range n.fixed {
		rest := without(cols, indexColumn(p.Column))
		if len(rest) == 0 && p.Op == db.PredNotNull {
			rest = cols // it holds the rows that have a value, in the order of these
		}
		n.offer(rest, condition(p.Text), add)
		n.offer(n.covering(rest), condition(p.Text), add)
		n.include(rest, condition(p.Text), add)
	}
}

// condition is a predicate as a partial index has it: an alias means nothing
// there, and statements that name the table differently share the index.
func condition(text string) string { return sqltext.Unqualified(text) }

// covering appends the columns that the block reads besides, if all fit.
func (n *need) covering(cols []db.IndexColumn) []db.IndexColumn {
	if len(cols) == 0 || n.reads == nil {
		return nil
	}
	for _, name := range n.reads {
		if col := n.table.Column(name); col != nil && col.Long {
			return nil // an index holds only its beginning
		}
		if !strings.EqualFold(name, n.table.RowID) {
			cols = concat(cols, db.IndexColumn{Name: name})
		}
	}
	if len(cols) > maxWidth {
		return nil
	}
	return cols
}

// offer cuts a list to an index worth building and hands it on.
func (n *need) offer(cols []db.IndexColumn, where string, add func(db.Index)) {
	n.offerWith(cols, nil, where, add)
}

func (n *need) offerWith(cols []db.IndexColumn, include []string, where string, add func(db.Index)) {
	cols = n.trim(cols)
	if len(cols) == 0 {
		return
	}
	ix := db.Index{Schema: n.table.Schema, Table: n.table.ID(), Columns: cols, Include: include, Where: where, Method: "btree"}
	if n.exists(ix) {
		return
	}
	ix.Name = indexName(ix)
	add(ix)
}

// longPrefix is how much of a long text an index holds: enough to tell most
// addresses and titles apart, and far below what every server takes (767
// bytes of four a character).
const longPrefix = 100

// trim bounds the width, ends the list at a row id (every row has its own,
// and the index holds it anyway), drops collations that the column has, and
// takes the beginning of a long text, behind which nothing is in order.
func (n *need) trim(cols []db.IndexColumn) []db.IndexColumn {
	var out []db.IndexColumn
	for _, c := range cols {
		if len(out) == maxWidth || n.table.RowID != "" && strings.EqualFold(c.Name, n.table.RowID) {
			break
		}
		if col := n.table.Column(c.Name); col != nil && sameCollation(col.Collation, c.Collation) {
			c.Collation = ""
		}
		if col := n.table.Column(c.Name); col != nil && col.Long {
			c.Prefix = longPrefix
			return append(out, c)
		}
		out = append(out, c)
	}
	return out
}

func sameCollation(column, wanted string) bool {
	if column == "" {
		column = "BINARY"
	}
	return strings.EqualFold(column, wanted)
}

// exists reports whether an index of the table already begins with ix.
func (n *need) exists(ix db.Index) bool {
	for _, have := range n.table.Indexes {
		if have.Where == ix.Where && sameMethod(*have, ix) && beginsWith(have.Columns, ix.Columns) && n.holdsAll(have, ix.Include) {
			return true
		}
	}
	return n.table.WithoutRowID && beginsWith(named(n.table.PrimaryKey), ix.Columns)
}

func named(names []string) []db.IndexColumn {
	cols := make([]db.IndexColumn, len(names))
	for i, name := range names {
		cols[i].Name = name
	}
	return cols
}

// beginsWith reports whether the first columns of long are those of short.
func beginsWith(long, short []db.IndexColumn) bool {
	if len(long) < len(short) {
		return false
	}
	for i, c := range short {
		same := long[i].Term() == c.Term() && long[i].Desc == c.Desc && long[i].Nulls == c.Nulls && long[i].Class == c.Class && (long[i].Prefix == 0 || long[i].Prefix == c.Prefix) &&
			(c.Collation == "" || sameCollation(long[i].Collation, c.Collation))
		if !same {
			return false
		}
	}
	return true
}

// concat appends columns that are not there yet; list is not changed.
func concat(list []db.IndexColumn, more ...db.IndexColumn) []db.IndexColumn {
	out := append([]db.IndexColumn(nil), list...)
	for _, c := range more {
		out = appendColumn(out, c)
	}
	return out
}

func without(list []db.IndexColumn, c db.IndexColumn) []db.IndexColumn {
	var out []db.IndexColumn
	for _, have := range list {
		if have.Term() != c.Term() {
			out = append(out, have)
		}
	}
	return out
}

// permutations lists the orders of a few columns; of many, the given one.
func permutations(cols []db.IndexColumn) [][]db.IndexColumn {
	if len(cols) > maxPermuted || len(cols) < 2 {
		return [][]db.IndexColumn{cols}
	}
	var out [][]db.IndexColumn
	for i, c := range cols {
		rest := append(append([]db.IndexColumn(nil), cols[:i]...), cols[i+1:]...)
		for _, p := range permutations(rest) {
			out = append(out, append([]db.IndexColumn{c}, p...))
		}
	}
	return out
}

// namePrefix marks what is ours; an undo never drops what lacks it.
const namePrefix = "mltop_"

// maxName keeps names below the 63 bytes that the strictest engine allows.
const maxName = 60

// indexName is made of the table and the columns, so that the same index has
// the same name in every run; what these do not say goes into a digest.
func indexName(ix db.Index) string {
	name := namePrefix + plain(ix.Table)
	special := ix.Where
	for _, c := range ix.Columns {
		name += "_" + plain(c.Name) + wordsOf(c.Expr)
		if c.Name == "" || plain(c.Name) != c.Name {
			special += " " + c.Key()
		}
		if c.Desc {
			name += "_desc"
		}
		special += c.Collation + c.Class + c.Nulls
		if c.Prefix > 0 {
			special += strconv.Itoa(c.Prefix)
		}
	}
	special += strings.Join(ix.Include, ",")
	if m := methodOf(ix); m != "btree" {
		name, special = name+"_"+m, special+m
	}
	for _, c := range ix.Include {
		name += "_" + plain(c)
	}
	if special == "" && len(name) <= maxName && plain(ix.Table) == ix.Table {
		return name
	}
	name = name[:min(len(name), maxName-9)]
	return strings.TrimRight(name, "_") + "_" + digest(8, ix.Signature())
}

// plain keeps the letters, digits and underscores of a name.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, name)
}

// An indexSet keeps indexes once each, by what they are.
type indexSet struct {
	list []db.Index
	seen map[string]bool
}

func newIndexSet() *indexSet { return &indexSet{seen: map[string]bool{}} }

func (s *indexSet) add(ix db.Index) {
	if key := ix.Signature(); !s.seen[key] {
		s.seen[key] = true
		s.list = append(s.list, ix)
	}
}

// merged is an index that could stand in for two: the first, followed by
// what the second has besides. Chaudhuri and Narasayya, "Index merging", ICDE
// 1999.
func merged(a, b db.Index) (db.Index, bool) {
	cols := concat(a.Columns, b.Columns...)
	if !strings.EqualFold(a.Table, b.Table) || a.Where != b.Where || methodOf(a) != "btree" || methodOf(b) != "btree" || len(cols) > maxWidth || len(cols) == len(a.Columns) {
		return db.Index{}, false
	}
	ix := db.Index{Schema: a.Schema, Table: a.Table, Columns: cols, Where: a.Where, Method: a.Method}
	ix.Name = indexName(ix)
	return ix, true
}
