package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A writing is where the clauses of an UPDATE, a DELETE or an INSERT … SELECT
// stand; those that it does not have are empty.
type writing struct {
	with   span
	tables span // that rows are looked for in
	more   span // those that UPDATE's FROM and DELETE's USING add to them
	stored span // what SET stores
	where  span // from its word to the end, ORDER BY and LIMIT too, but for RETURNING
	rows   span // of INSERT: its SELECT
}

func (t *text) writes() bool {
	switch t.Shape.Kind {
	case db.KindUpdate, db.KindDelete, db.KindInsert:
		return true
	}
	return false
}

// writing reads a write; ok is false for one that looks for no rows.
func (t *text) writing() (w writing, ok bool) {
	at := t.next(0, "UPDATE", "DELETE", "INSERT", "REPLACE")
	w.with = span{0, at}
	end := t.next(at, "RETURNING")
	switch {
	case t.is(at, "UPDATE"):
		return w, t.readUpdate(&w, t.options(at+1), end)
	case t.is(at, "DELETE"):
		return w, t.readDelete(&w, t.options(at+1), end)
	}
	from := t.next(at, "SELECT", "WITH")
	for i := from; i < end; i = t.next(i+1, "ON") {
		if t.is(i+1, "CONFLICT", "DUPLICATE") {
			end = i
		}
	}
	w.rows = span{from, end}
	return w, from < end
}

// options is where a write goes on behind LOW_PRIORITY, IGNORE and their like.
func (t *text) options(i int) int {
	for ; t.is(i, "LOW_PRIORITY", "QUICK", "IGNORE"); i++ {
	}
	if t.is(i, "OR") { // SQLite's OR REPLACE
		i += 2
	}
	return i
}

func (t *text) readUpdate(w *writing, i, end int) bool {
	set := t.next(i, "SET")
	from := t.next(set, "FROM")
	for t.is(from-1, "DISTINCT") { // x IS DISTINCT FROM y
		from = t.next(from+1, "FROM")
	}
	where := min(t.next(set, "WHERE", "ORDER", "LIMIT"), end)
	w.tables, w.stored, w.where = span{i, set}, span{set, min(from, where)}, span{where, end}
	if from < where {
		w.more = span{from + 1, where}
	}
	return i < set && set < end
}

// readDelete reads DELETE FROM a …, FROM a USING b … and, of MySQL, a FROM a
// JOIN b ….
func (t *text) readDelete(w *writing, i, end int) bool {
	from, where := t.next(i, "FROM"), min(t.next(i, "WHERE", "ORDER", "LIMIT"), end)
	using := t.next(from, "USING")
	if t.is(using+1, "(") { // of a join
		using = where
	}
	w.tables, w.where = span{from + 1, min(using, where)}, span{where, end}
	if using < where {
		w.more = span{using + 1, where}
	}
	if t.engine() == "mysql" && using < where {
		w.tables, w.more = w.more, span{} // it names the tables anew
	}
	return from < where
}

// next is where one of some words stands from i on, outside of parentheses; the
// end where none does.
func (t *text) next(i int, words ...string) int {
	for ; i < len(t.toks) && !t.is(i, words...); i++ {
		if t.is(i, "(") {
			i = t.closing(i) - 1
		}
	}
	return min(i, len(t.toks))
}

// elsewhere reports a place of a write that is no part of how its rows are
// looked for: what it stores, what it does about a conflict, what it answers.
func (t *text) elsewhere(i int) bool {
	if !t.writes() {
		return false
	}
	w, _ := t.writing()
	for _, s := range []span{w.with, w.tables, w.more, w.where, w.rows} {
		if s.from <= i && i < s.to {
			return false
		}
	}
	return true
}

// steady reports a statement that writes the same rows whichever way they are
// looked for: not one that takes the first rows of any order.
func (t *text) steady() bool {
	if !t.writes() {
		return true
	}
	w, ok := t.writing()
	limit, order := t.limited(w)
	return ok && (!limit || order)
}

// limited reports a write of the first rows alone, and whether it says of which
// order.
func (t *text) limited(w writing) (limit, order bool) {
	in := w.where
	if w.rows.len() > 0 {
		in = w.rows
	}
	return t.next(in.from, "LIMIT", "FETCH") < in.to, t.next(in.from, "ORDER") < in.to
}

// sameWritten compares the rows that a write looks for by SELECTs of their keys:
// no write is run for it. Nil where that cannot be asked.
func (t *text) sameWritten(edits []edit) []Check {
	w, ok := t.writing()
	keys := t.keysOf(w)
	if !ok || w.rows.len() == 0 && keys == "" {
		return nil
	}
	return []Check{{What: BothWrite, A: t.lookedFor(w, keys, nil), B: t.lookedFor(w, keys, edits)}}
}

// lookedFor is the SELECT of what a write is to write.
func (t *text) lookedFor(w writing, keys string, edits []edit) Text {
	pieces := t.part(w.with, edits)
	if w.rows.len() > 0 {
		return t.numbered(append(pieces, t.part(w.rows, edits)...))
	}
	pieces = append(append(pieces, own("SELECT "+keys+" FROM ")...), t.part(w.tables, edits)...)
	if w.more.len() > 0 {
		pieces = append(append(pieces, own(", ")...), t.part(w.more, edits)...)
	}
	if w.where.len() > 0 {
		pieces = append(append(pieces, own(" ")...), t.part(w.where, edits)...)
	}
	return t.numbered(pieces)
}

// keysOf lists the keys of the tables that are written, where the write looks
// for rows in them.
func (t *text) keysOf(w writing) string {
	var list []string
	seen := map[string]bool{}
	for _, b := range t.Shape.Blocks {
		for _, r := range b.Relations {
			name := relationName(r)
			if tab := t.Schema.Table(r.Table); tab != nil && !seen[name] && t.changes(r.Table) && t.mentions(w.tables, name) {
				seen[name] = true
				list = append(list, t.keyOf(tab, t.Dialect.QuoteIdent(name))...)
			}
		}
	}
	return strings.Join(list, ", ")
}

// keyOf are the columns that tell a table's rows apart; all, where none do.
func (t *text) keyOf(tab *db.Table, name string) (out []string) {
	if t.engine() == "sqlite" && !tab.WithoutRowID {
		return []string{name + ".rowid"}
	}
	for _, k := range tab.PrimaryKey {
		out = append(out, name+"."+t.Dialect.QuoteIdent(k))
	}
	if out == nil {
		return []string{name + ".*"}
	}
	return out
}

// changes reports a table that the statement writes to.
func (t *text) changes(table string) bool {
	for _, w := range t.Shape.Writes {
		if strings.EqualFold(w.Table, table) {
			return true
		}
	}
	return false
}

// mentions reports a name among the tokens of a run.
func (t *text) mentions(s span, name string) bool {
	for i := s.from; i < s.to; i++ {
		if strings.EqualFold(t.toks[i].Ident(), name) {
			return true
		}
	}
	return false
}

// numbered writes a part of the statement with the placeholders that it has
// alone, each given as Args says: one with a name would else leave a gap.
func (t *text) numbered(pieces []piece) Text {
	out := t.written(pieces)
	toks, ok := db.QuotesOf(t.Dialect).Tokens(out.SQL)
	if !ok || !out.Asks || out.Args != nil {
		return out
	}
	var sql strings.Builder
	at := 0
	for _, tok := range toks {
		i := slices.IndexFunc(t.Shape.Placeholders, func(p db.Placeholder) bool { return p.Name == tok.Text })
		if tok.Kind != sqltext.Placeholder || i < 0 {
			continue
		}
		n := slices.Index(out.Args, i)
		if n < 0 || t.engine() != "postgres" {
			out.Args, n = append(out.Args, i), len(out.Args)
		}
		mark := "?"
		if t.engine() == "postgres" {
			mark = "$" + strconv.Itoa(n+1)
		}
		sql.WriteString(out.SQL[at:tok.From] + mark)
		at = tok.To
	}
	out.SQL = sql.String() + out.SQL[at:]
	return out
}

// saysOfWrites adds what is to be known of a write besides.
func (t *text) saysOfWrites(w *Rewrite) {
	at, ok := t.writing()
	if !t.writes() || !ok {
		return
	}
	if limit, _ := t.limited(at); limit {
		w.Holds = append(w.Holds, "no two rows share a place in the order: of those that do, either text may take either")
	}
	if t.engine() == "mysql" && at.rows.len() == 0 {
		w.Why += "; InnoDB locks every row that a write looks at, so one that finds its rows by an index holds up fewer others"
		if w.Rule == "rewrite.conversion" {
			w.Holds = append(w.Holds, "in strict mode the old text fails at a value that is no number, and the new one passes over it")
		}
	}
	if w.Differs {
		w.Risk = "where there are NULLs the old text writes no row, and the new one writes those without a match: look at them by a SELECT first"
	}
}
