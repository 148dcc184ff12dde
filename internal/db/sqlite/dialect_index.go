package sqlite

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// IndexName names an index after its table and columns. A name that was cut,
// or that does not say all of what the index is, ends in a digest of the
// whole: different indexes have different names. (Only columns "a_b" and
// "a", "b" of one table share one; the step's Before then refuses the second.)
func IndexName(ix db.Index) string {
	plain := ix.Where == "" && !ix.Unique
	for _, c := range ix.Columns {
		plain = plain && c.Name != "" && !c.Desc && c.Collation == ""
	}
	return ix.WordedName(plain, fmt.Sprint(ix.Unique, ix.Signature()))
}

// CreateIndexText is the statement that makes ix, in exactly the form in
// which SQLite stores it in sqlite_schema.
func CreateIndexText(ix db.Index) string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if ix.Unique {
		b.WriteString("UNIQUE ")
	}
	fmt.Fprintf(&b, "INDEX %s ON %s (", quote(ix.Name), quote(ix.Table))
	for i, c := range indexTerms(ix) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c)
	}
	b.WriteByte(')')
	if ix.Where != "" {
		b.WriteString(" WHERE " + ix.Where)
	}
	return b.String()
}

// indexTerms lists the keys as SQL. SQLite has no INCLUDE: such columns
// become last keys.
func indexTerms(ix db.Index) []string {
	terms := make([]string, 0, len(ix.Columns)+len(ix.Include))
	for _, c := range ix.Columns {
		terms = append(terms, indexTerm(c))
	}
	for _, name := range ix.Include {
		terms = append(terms, quote(name))
	}
	return terms
}

func indexTerm(c db.IndexColumn) string {
	t := c.Expr
	switch {
	case c.Name != "":
		t = quote(c.Name)
	case c.Collation != "":
		t = "(" + t + ")"
	}
	if c.Collation != "" {
		t += " COLLATE " + quote(c.Collation)
	}
	if c.Desc {
		t += " DESC"
	}
	return t
}

func dropIndexText(ix db.Index) string { return "DROP INDEX " + quote(ix.Name) }

func quote(name string) string { return sqltext.QuoteIdent(name, dialectName) }

// buildBytesPerSecond is a cautious rate of CREATE INDEX on one core with a
// cold cache: sort and write together make 20–60 MB of index a second.
const buildBytesPerSecond = 20e6

// buildBlocks says who waits for CREATE INDEX: it holds the write lock from
// its first page to its last.
func buildBlocks(ix db.Index) db.Blocks {
	b := db.Blocks{Who: "writers", Method: "the write lock is held for the whole build; its size is not known", Commit: commitFor}
	if ix.Bytes != nil {
		b.For = time.Duration(float64(*ix.Bytes) / buildBytesPerSecond * float64(time.Second))
		b.Method = fmt.Sprintf("reckoned at %.0f MB/s of index, under the write lock", buildBytesPerSecond/1e6)
	}
	return b
}

// dropBytesPerSecond is a cautious rate of DROP INDEX: each page is looked at
// once and only its number is written, to the list of free pages.
const dropBytesPerSecond = 400e6

// dropBlocks says who waits for DROP INDEX.
func dropBlocks(ix db.Index) db.Blocks {
	b := db.Blocks{Who: "writers", For: time.Millisecond, Commit: commitFor, Method: "dropping an index only frees its pages"} // no shorter than a commit
	if ix.Bytes != nil {
		b.For += time.Duration(float64(*ix.Bytes) / dropBytesPerSecond * float64(time.Second))
	}
	return b
}
