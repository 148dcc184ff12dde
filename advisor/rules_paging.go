package advisor

import (
	"strings"

	"mltop/internal/db"
)

// deepPages advises to ask for the page behind the last row seen, where pages
// are counted by OFFSET: the rows of all pages before are read and thrown away.
func deepPages(f Facts) []Recommendation {
	var out []Recommendation
	for _, st := range f.Workload.Statements {
		shape := f.Shapes[st.Fingerprint+" "+st.Name]
		if shape == nil || st.Rewrite != "" || st.Assumed {
			continue
		}
		if p, ok := pagingOf(shape, f.Schema); ok {
			if text, ok := p.byKey(st.Text, f.Dialect); ok {
				out = append(out, f.paged(st, p, text))
			}
		}
	}
	return out
}

// A paging is how a statement's pages follow each other.
type paging struct {
	table    *db.Table
	prefix   string   // of its columns in the text: "o."
	columns  []string // of the order, the table's key behind them
	added    int      // how many of them the text does not order by yet
	desc     bool
	nullable string // a column of the order that may be NULL; "" for none
}

// pagingOf reads a page's order; ok is false where OFFSET is not asked for, or
// where no key stands for a place in it.
func pagingOf(s *db.Shape, schema *db.Schema) (p paging, ok bool) {
	if !s.Pure || len(s.Blocks) != 1 {
		return p, false
	}
	b := s.Blocks[0]
	if !b.Offset || !b.Limit || len(b.OrderBy) == 0 || b.OrderOther || b.Aggregate || b.Distinct || len(b.GroupBy) > 0 || b.GroupOther || len(b.Windows) > 0 {
		return p, false
	}
	rel := b.Relations[b.OrderBy[0].Column.Relation]
	if p.table = schema.Table(rel.Table); p.table == nil || rel.Outer {
		return p, false
	}
	if len(b.Relations) > 1 || rel.Alias != "" && !strings.EqualFold(rel.Alias, rel.Table) {
		p.prefix = firstOf(rel.Alias, rel.Table) + "."
	}
	p.desc = b.OrderBy[0].Desc
	for _, o := range b.OrderBy {
		col := p.table.Column(o.Column.Column)
		if o.Column.Relation != b.OrderBy[0].Column.Relation || col == nil || o.Desc != p.desc {
			return p, false
		}
		if p.columns = append(p.columns, col.Name); !col.NotNull && !p.isKey(col.Name) {
			p.nullable = col.Name
		}
	}
	// Rows of a join share the one table's key: a place in it is none in the join.
	return p.completed(), len(b.Relations) == 1 && (len(p.table.PrimaryKey) > 0 || p.unique())
}

func (p paging) isKey(name string) bool {
	for _, k := range p.table.PrimaryKey {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// unique reports an order that no two rows share.
func (p paging) unique() bool {
	for _, ix := range p.table.Indexes {
		if ix.Unique && ix.Where == "" && len(ix.Columns) == len(p.columns) && sameSet(p.columns, ix.Columns) {
			return true
		}
	}
	return false
}

// completed has the key behind the order, so that no two rows share a place.
func (p paging) completed() paging {
	if p.unique() {
		return p
	}
	for _, k := range p.table.PrimaryKey {
		if !oneOf(k, p.columns...) {
			p.columns, p.added = append(p.columns, k), p.added+1
		}
	}
	return p
}

// byKey writes the statement anew; ok is false where the text is not built as
// expected, or does not come out as a page behind a key.
func (p paging) byKey(text string, d db.Dialect) (string, bool) {
	at := clausesOf(text)
	order, limit, offset := at["ORDER BY"], at["LIMIT"], at["OFFSET"]
	if order <= 0 || limit <= order || offset <= limit {
		return "", false
	}
	joint := " WHERE "
	if at["WHERE"] > 0 {
		joint = " AND "
	}
	head := strings.TrimRight(text[:order], " ")
	if at["WHERE"] > 0 { // an OR among the conditions must not take the key in
		head = head[:at["WHERE"]+len("WHERE ")] + "(" + head[at["WHERE"]+len("WHERE "):] + ")"
	}
	sorted := strings.TrimRight(text[order:limit], " ")
	for _, c := range p.columns[len(p.columns)-p.added:] {
		sorted += ", " + p.prefix + d.QuoteIdent(c)
		if p.desc {
			sorted += " DESC"
		}
	}
	return head + joint + p.behind(d) + " " + sorted + " " + strings.TrimRight(text[limit:offset], " "), true
}

// behind is the condition of a row behind the last one seen. MySQL reads no
// index by a comparison of rows: there it is spelt out.
func (p paging) behind(d db.Dialect) string {
	sign := ">"
	if p.desc {
		sign = "<"
	}
	var names, marks []string
	for _, c := range p.columns {
		names, marks = append(names, p.prefix+d.QuoteIdent(c)), append(marks, "?")
	}
	if len(names) == 1 {
		return names[0] + " " + sign + " ?"
	}
	if d.Name() != "mysql" {
		return "(" + strings.Join(names, ", ") + ") " + sign + " (" + strings.Join(marks, ", ") + ")"
	}
	tail := names[len(names)-1] + " " + sign + " ?"
	for i := len(names) - 2; i >= 0; i-- {
		tail = names[i] + " " + sign + "= ? AND (" + names[i] + " " + sign + " ? OR " + tail + ")"
	}
	return tail
}

// clausesOf finds where the clauses of a normalised text begin, outside of
// parentheses and quotes; a clause that comes twice, as in a UNION, is not
// found at all.
func clausesOf(text string) map[string]int {
	at := map[string]int{}
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '`' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && i > 0 && text[i-1] == ' ':
			for _, word := range []string{"WHERE", "ORDER BY", "LIMIT", "OFFSET"} {
				if len(text) > i+len(word) && strings.EqualFold(text[i:i+len(word)], word) && text[i+len(word)] == ' ' {
					if at[word] != 0 {
						at[word] = -len(text)
					} else {
						at[word] = i
					}
				}
			}
		}
	}
	return at
}

func (f Facts) paged(st Statement, p paging, text string) Recommendation {
	r := Recommendation{
		ID: adviceID(KindRewrite, st.Fingerprint, text), Kind: KindRewrite, Severity: SeverityInfo,
		Title: "Page " + st.Label() + " by key instead of OFFSET", Object: "statement " + st.Label(), Table: p.table.ID(),
		Statement: text, Undo: st.Text, Queries: []string{st.Label()}, Fingerprints: []string{st.Fingerprint},
		Reason:   "OFFSET reads the rows of all pages before and throws them away: page 1,000 costs a thousand times page 1; behind a key each page costs the same",
		Evidence: []string{"before: " + st.Text, "after:  " + text, "the values are those of the last row of the page before: " + strings.Join(p.columns, ", ")},
		Expect:   "each page is read in the time of the first one, where an index has the order", Rule: "rewrite.keyset",
		Scope: "the application: its text has to change, and it has to keep the last row's " + strings.Join(p.columns, ", "),
		Risk:  "no jump to a page by its number; rows that come or go between two pages do not shift the others any more", Confidence: "medium",
		MayBeWrong: "where nobody turns more than a few pages nothing is gained",
	}
	if p.nullable != "" {
		r.MayBeWrong += "; " + p.nullable + " may be NULL: such rows are on no page"
	}
	if st.Route != "" {
		r.Routes = []string{st.Route}
	}
	return r
}
