// Package webapp is WebApp-40: the schema, the rows and forty statements of a
// web application, with the answer key of the indexes that it should have. The
// data are skewed and hold traps: a flag that is nearly always set, a table of
// thirty rows, a log that is written far more often than it is read, a counter
// that changes with every page, patterns that no index serves.
//
// Everything is generated from a seed. A Variant has other names, another
// order or another skew and the same key.
package webapp

import (
	"fmt"
	"strings"
)

// A Kind of a column, in no engine's words.
type Kind int

// The kinds.
const (
	Int   Kind = iota
	Word       // short text
	Long       // text that an engine keeps apart
	Stamp      // date and time
	JSON
)

// A Column of a Table.
type Column struct {
	Name string
	Kind Kind
}

// A Table of the application.
type Table struct {
	Name    string
	Rows    int
	Columns []Column
	Key     []string // the primary key
	Unique  []string // a column each
	Indexes [][]string
	row     func(g *gen, i int) []any // one value for each column; i counts from 1
}

// A Reference is a foreign key. None is declared: MariaDB would make an index
// of each by itself, and the engines are to begin alike.
type Reference struct{ Table, Column, To string }

// columns reads "id int, email word".
func columns(text string) []Column {
	kinds := map[string]Kind{"int": Int, "word": Word, "long": Long, "stamp": Stamp, "json": JSON}
	var out []Column
	for _, part := range strings.Split(text, ", ") {
		name, kind, _ := strings.Cut(part, " ")
		out = append(out, Column{name, kinds[kind]})
	}
	return out
}

var types = map[string][]string{
	"sqlite":   {"INTEGER", "TEXT", "TEXT", "TEXT", "TEXT"},
	"postgres": {"bigint", "text", "text", "timestamp", "jsonb"},
	"mysql":    {"BIGINT", "VARCHAR(120)", "TEXT", "DATETIME", "JSON"},
}

// DDL are the statements that make a table and the indexes that it has.
func (t Table) DDL(engine string) []string {
	var parts []string
	for _, c := range t.Columns {
		text := c.Name + " " + types[engine][c.Kind]
		if len(t.Key) == 1 && t.Key[0] == c.Name {
			text += " PRIMARY KEY"
		}
		parts = append(parts, text)
	}
	if len(t.Key) > 1 {
		parts = append(parts, "PRIMARY KEY ("+strings.Join(t.Key, ", ")+")")
	}
	for _, u := range t.Unique {
		parts = append(parts, "UNIQUE ("+u+")")
	}
	out := []string{"CREATE TABLE " + t.Name + " (" + strings.Join(parts, ", ") + ")"}
	for _, cols := range t.Indexes {
		out = append(out, fmt.Sprintf("CREATE INDEX %s ON %s (%s)", t.Name+"_"+strings.Join(cols, "_"), t.Name, strings.Join(cols, ", ")))
	}
	return out
}

// references are what the columns' names promise.
func references() []Reference {
	return []Reference{
		{"visits", "account_id", "accounts"}, {"articles", "account_id", "accounts"}, {"articles", "category_id", "categories"},
		{"comments", "article_id", "articles"}, {"comments", "account_id", "accounts"},
		{"article_tags", "article_id", "articles"}, {"article_tags", "tag_id", "tags"},
		{"products", "category_id", "categories"}, {"purchases", "account_id", "accounts"},
		{"items", "purchase_id", "purchases"}, {"items", "product_id", "products"}, {"events", "account_id", "accounts"},
	}
}
