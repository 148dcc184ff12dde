package postgres

import (
	"fmt"
	"strings"

	"mltop/internal/db"
)

// IndexName names an index after its table and columns. A name that was cut,
// or that does not say all of what the index is, ends in a digest of the
// whole: different indexes have different names.
func IndexName(ix db.Index) string {
	plain := ix.Where == "" && !ix.Unique && (ix.Method == "" || ix.Method == "btree") && len(ix.Include) == 0
	for _, c := range ix.Columns {
		plain = plain && c.Name != "" && !c.Desc && c.Collation == "" && c.Class == "" && c.Nulls == ""
	}
	return strings.ToLower(ix.WordedName(plain, fmt.Sprint(ix.Unique, ix.Method, ix.Signature()))) // upper case would need quotes
}

// CreateIndexText is the statement that makes ix, in the form in which the
// server writes a definition down (pg_get_indexdef).
func CreateIndexText(ix db.Index, concurrent bool) string {
	if concurrent {
		return createText(ix, "CONCURRENTLY ", "")
	}
	return createText(ix, "", "")
}

// createText has a word before the index's name, and one before the table's.
func createText(ix db.Index, how, where string) string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if ix.Unique {
		b.WriteString("UNIQUE ")
	}
	b.WriteString("INDEX " + how)
	method := ix.Method
	if method == "" {
		method = "btree"
	}
	fmt.Fprintf(&b, "%s ON %s%s USING %s (%s)", quote(ix.Name), where, qualified(ix.Schema, ix.Bare()), method, strings.Join(indexTerms(ix), ", "))
	if len(ix.Include) > 0 {
		fmt.Fprintf(&b, " INCLUDE (%s)", strings.Join(quoteAll(ix.Include), ", "))
	}
	if ix.Where != "" {
		b.WriteString(" WHERE " + ix.Where)
	}
	return b.String()
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quote(n)
	}
	return out
}

func indexTerms(ix db.Index) []string {
	terms := make([]string, len(ix.Columns))
	for i, c := range ix.Columns {
		terms[i] = indexTerm(c)
	}
	return terms
}

func indexTerm(c db.IndexColumn) string {
	t := "(" + c.Expr + ")"
	if c.Name != "" {
		t = quote(c.Name)
	}
	if c.Collation != "" {
		t += " COLLATE " + `"` + strings.ReplaceAll(c.Collation, `"`, `""`) + `"`
	}
	if c.Class != "" {
		t += " " + quote(c.Class)
	}
	if c.Desc {
		t += " DESC"
	}
	if c.Nulls != "" {
		t += " NULLS " + strings.ToUpper(c.Nulls)
	}
	return t
}

func dropIndexText(ix db.Index) string {
	return "DROP INDEX CONCURRENTLY " + qualified(ix.Schema, ix.Name)
}
