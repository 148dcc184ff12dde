package sqlite

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// catalog answers the schema without sizes, read again only when SQLite's own
// count of its changes has moved.
func (e *Engine) catalog(ctx context.Context, c *conn) (*db.Schema, error) {
	version, _, err := intOf(ctx, c, "PRAGMA schema_version")
	if err != nil {
		return nil, err
	}
	if e.known != nil && e.knownVersion == version && e.knownOf == e.adopted {
		return e.known, nil
	}
	s, err := readCatalog(ctx, c)
	if err != nil {
		return nil, err
	}
	e.known, e.knownVersion, e.knownOf = s, version, e.adopted
	return s, nil
}

// resolvePlan puts the catalog's names into a plan: since 3.36 SQLite prints
// a table's alias alone, and never the text of an expression. A name that
// stands for two tables in one statement is left as it is.
func resolvePlan(root *db.Node, sql string, s *db.Schema) {
	r := resolver{schema: s, aliases: aliasesOf(sql, s)}
	r.node(root)
}

type resolver struct {
	schema  *db.Schema
	aliases map[string]string // lower-case alias to table; "" for two tables
}

func (r resolver) node(n *db.Node) {
	ix := r.schema.Index(n.Index)
	if t := r.table(n, ix); t != nil && t.Name != n.Table {
		if n.Alias == "" {
			n.Alias = n.Table
		}
		n.Table = t.Name
	}
	if ix != nil {
		nameExpressions(n, ix)
	}
	for _, child := range n.Children {
		r.node(child)
	}
	if n.Op == db.OpMultiOr {
		ofItsArms(n)
	}
}

// ofItsArms names the one table that all arms of an OR search.
func ofItsArms(n *db.Node) {
	for _, arm := range n.Children {
		if arm.Op == db.OpSearch {
			n.Table, n.Alias = arm.Table, arm.Alias
			return
		}
	}
}

// table finds a node's table: by its index, else by its alias, else by name.
func (r resolver) table(n *db.Node, ix *db.Index) *db.Table {
	if n.Table == "" {
		return nil
	}
	if ix != nil {
		return r.schema.Table(ix.Table)
	}
	if name, ok := r.aliases[strings.ToLower(n.Table)]; ok {
		return r.schema.Table(name)
	}
	return r.schema.Table(n.Table)
}

// nameExpressions writes an index's expressions where the plan says <expr>.
func nameExpressions(n *db.Node, ix *db.Index) {
	for i, term := range n.Columns {
		if rest, ok := strings.CutPrefix(term, "<expr>"); ok && i < len(ix.Columns) && ix.Columns[i].Expr != "" {
			n.Columns[i] = ix.Columns[i].Expr + rest
		}
	}
}

// aliasesOf maps every alias of a statement, and of the views it names, to
// its table. A statement that cannot be parsed has none.
func aliasesOf(sql string, s *db.Schema) map[string]string {
	out := map[string]string{}
	for _, text := range append([]string{sql}, viewTexts(sql, s)...) {
		shape, err := Dialect{}.Parse(text, s)
		if err != nil {
			continue // the plan keeps SQLite's own words
		}
		for _, b := range shape.Blocks {
			for _, rel := range b.Relations {
				addAlias(out, rel)
			}
		}
	}
	return out
}

func addAlias(out map[string]string, rel db.Relation) {
	alias := strings.ToLower(rel.Alias)
	if alias == "" {
		alias = strings.ToLower(rel.Table)
	}
	if known, ok := out[alias]; ok && !strings.EqualFold(known, rel.Table) {
		out[alias] = ""
		return
	}
	out[alias] = rel.Table
}

// viewTexts are the SELECTs of the views whose names occur in a statement.
func viewTexts(sql string, s *db.Schema) []string {
	var out []string
	words := map[string]bool{}
	for _, t := range ddlTokens(sql) {
		words[strings.ToLower(unquote(t.text))] = true
	}
	for _, v := range s.Views {
		if words[strings.ToLower(v.Name)] {
			out = append(out, viewSelect(v.SQL))
		}
	}
	return out
}

// viewSelect is what stands behind AS in CREATE VIEW.
func viewSelect(sql string) string {
	depth := 0
	for _, t := range ddlTokens(sql) {
		switch {
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case depth == 0 && t.is("AS"):
			return sql[t.at+len(t.text):]
		}
	}
	return ""
}

// planSizes finds how many rows the scanned tables have: by their rowids,
// else by the statistics, never by counting.
func planSizes(ctx context.Context, c *conn, root *db.Node, s *db.Schema) map[string]float64 {
	sizes := map[string]float64{}
	(&db.Plan{Root: root}).Walk(func(n *db.Node, _ int) {
		t := s.Table(n.Table)
		if n.Op != db.OpScan || t == nil || virtualModule(t.SQL) != "" {
			return
		}
		if ix := s.Index(n.Index); ix != nil && ix.Where != "" {
			return // a partial index has fewer entries than its table rows
		}
		if _, done := sizes[t.Name]; done {
			return
		}
		if size, ok := tableRows(ctx, c, t); ok {
			sizes[t.Name] = size
		}
	})
	return sizes
}

// tableRows is quick, and too large where rows were deleted.
func tableRows(ctx context.Context, c *conn, t *db.Table) (float64, bool) {
	if id := rowIDName(t); id != "" {
		from := " FROM " + quoted(t.Name) + " t"
		n, ok, err := intOf(ctx, c, "SELECT (SELECT max(t."+id+")"+from+") - (SELECT min(t."+id+")"+from+") + 1")
		if err == nil && ok {
			return float64(n), true
		}
	}
	if t.Rows != nil {
		return float64(*t.Rows), true
	}
	return 0, false
}

// fillRows sets what is honestly known: a scan reads every row of its table.
// What a search reads depends on its constants, and is left open.
func fillRows(n *db.Node, sizes map[string]float64) {
	if size, ok := sizes[n.Table]; ok && n.Op == db.OpScan {
		n.Rows = &size
	}
	for _, child := range n.Children {
		fillRows(child, sizes)
	}
}
