package sqlite

import (
	"strings"

	"mltop/internal/db"
	"mltop/internal/pattern"
)

// parsePlan makes a tree of EXPLAIN QUERY PLAN's rows, of SQLite 3.24 to
// 3.5x; a phrase it does not know becomes OpOther with the words in Raw.
func parsePlan(rows []planRow) *db.Node {
	root := &db.Node{Op: db.OpQuery, Raw: "QUERY PLAN"}
	nodes := map[int64]*db.Node{0: root}
	for _, r := range rows {
		n := parseDetail(r.detail)
		parent := nodes[r.parent]
		if parent == nil {
			parent = root
		}
		if n.Detail == armOfOr { // "INDEX 1": the search below it is the arm
			nodes[r.id] = parent
			continue
		}
		parent.Children = append(parent.Children, n)
		nodes[r.id] = n
	}
	return root
}

const armOfOr = "arm of an OR"

func parseDetail(detail string) *db.Node {
	n := &db.Node{Op: db.OpOther, Raw: detail}
	for _, p := range planPhrases() {
		if rest, ok := strings.CutPrefix(detail, p.prefix); ok {
			n.Op = p.op
			n.Detail = p.detail
			p.read(n, rest)
			return n
		}
	}
	return n
}

// A planPhrase is how a line of a plan begins, and how to read the rest.
type planPhrase struct {
	prefix string
	op     db.Op
	detail string
	read   func(n *db.Node, rest string)
}

// planPhrases are the lines of explain.c, wherecode.c and select.c, the
// longer before those they begin with.
func planPhrases() []planPhrase {
	return []planPhrase{
		{"SCAN CONSTANT ROW", db.OpValues, "constant row", nothing},
		{"SCAN ", db.OpScan, "", readAccess},
		{"SEARCH ", db.OpSearch, "", readAccess},
		{"CO-ROUTINE ", db.OpCoroutine, "", readName},
		{"MATERIALIZE ", db.OpSubquery, "materialized", readName},
		{"REUSE CO-ROUTINE ", db.OpCoroutine, "used again", readName},
		{"REUSE LIST SUBQUERY ", db.OpSubquery, "list, used again", readName},
		{"REUSE SUBQUERY ", db.OpSubquery, "used again", readName},
		{"CORRELATED LIST SUBQUERY ", db.OpSubquery, "correlated, list", readName},
		{"CORRELATED SCALAR SUBQUERY ", db.OpSubquery, "correlated, scalar", readName},
		{"CORRELATED SUBQUERY ", db.OpSubquery, "correlated", readName},
		{"LIST SUBQUERY ", db.OpSubquery, "list", readName},
		{"SCALAR SUBQUERY ", db.OpSubquery, "scalar", readName},
		{"EXECUTE CORRELATED LIST SUBQUERY ", db.OpSubquery, "correlated, list", readName},
		{"EXECUTE CORRELATED SCALAR SUBQUERY ", db.OpSubquery, "correlated, scalar", readName},
		{"EXECUTE LIST SUBQUERY ", db.OpSubquery, "list", readName},
		{"EXECUTE SCALAR SUBQUERY ", db.OpSubquery, "scalar", readName},
		{"COMPOUND QUERY", db.OpCompound, "", nothing},
		{"COMPOUND SUBQUERIES ", db.OpCompound, "", readCompound},
		{"LEFT-MOST SUBQUERY", db.OpSubquery, "left-most", nothing},
		{"UNION ALL", db.OpCompound, "union all", nothing},
		{"UNION USING TEMP B-TREE", db.OpCompound, "union, temp b-tree", nothing},
		{"EXCEPT USING TEMP B-TREE", db.OpCompound, "except, temp b-tree", nothing},
		{"INTERSECT USING TEMP B-TREE", db.OpCompound, "intersect, temp b-tree", nothing},
		{"MERGE (", db.OpCompound, "", readMerge},
		{"LEFT", db.OpSubquery, "left", nothingIfEmpty},
		{"RIGHT-JOIN ", db.OpJoin, "right join", readTable},
		{"RIGHT", db.OpSubquery, "right", nothingIfEmpty},
		{"MULTI-INDEX OR", db.OpMultiOr, "", nothing},
		{"INDEX ", db.OpOther, armOfOr, nothing},
		{"USE TEMP B-TREE FOR ", db.OpSort, "", readTemp},
		{"CREATE BLOOM FILTER", db.OpOther, "bloom filter", nothing},
		{"BLOOM FILTER ON ", db.OpOther, "bloom filter", readBloom},
		{"SETUP", db.OpSubquery, "setup", nothingIfEmpty},
		{"RECURSIVE STEP", db.OpSubquery, "recursive step", nothing},
	}
}

func nothing(*db.Node, string) {}

// nothingIfEmpty is for words that other phrases may begin with one day.
func nothingIfEmpty(n *db.Node, rest string) {
	if rest != "" {
		n.Op, n.Detail = db.OpOther, ""
	}
}

func readName(n *db.Node, rest string) { n.Alias = rest }

// readCompound reads the older "1 AND 2 USING TEMP B-TREE (UNION)".
func readCompound(n *db.Node, rest string) {
	_, kind, ok := strings.Cut(rest, "(")
	if !ok {
		return
	}
	n.Detail = strings.ToLower(strings.TrimSuffix(kind, ")"))
	if strings.Contains(rest, "TEMP B-TREE") {
		n.Detail += ", temp b-tree"
	}
}

func readMerge(n *db.Node, rest string) {
	n.Detail = "merge, " + strings.ToLower(strings.TrimSuffix(rest, ")"))
}

func readTable(n *db.Node, rest string) { n.Table = rest }

// readTemp tells sorting from grouping and from removing duplicates.
func readTemp(n *db.Node, rest string) {
	n.Detail = rest
	switch {
	case strings.Contains(rest, "GROUP BY"):
		n.Op = db.OpGroup
	case strings.Contains(rest, "DISTINCT"), strings.Contains(rest, "("): // count(DISTINCT)
		n.Op = db.OpDistinct
	}
}

var bloomTerms = pattern.Late(`(?s)^(.*?)(?: \((.*)\))?$`)

func readBloom(n *db.Node, rest string) {
	m := bloomTerms().FindStringSubmatch(rest)
	n.Table, n.Columns = m[1], searchTerms(m[2])
}

// An access is cut from its end, for a table may have any name: first the
// marks behind, then the terms in parentheses, then USING … and AS …. Names
// may hold line breaks.
var (
	rowsMark    = pattern.Late(` \(~\d+ rows\)$`)
	accessTail  = pattern.Late(`(?s)^(.*?) USING ((?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?INDEX |INTEGER PRIMARY KEY|ROWID|PRIMARY KEY|INDEX )(.*)$`)
	virtualTail = pattern.Late(`(?s)^(.*?) VIRTUAL TABLE INDEX (.*)$`)
	keyTerms    = pattern.Late(`(?s)^(.*?) ?\(([^()]*(?:\([^()]*\)[^()]*)*)\)$`)
)

func readAccess(n *db.Node, rest string) {
	rest = rowsMark().ReplaceAllString(rest, "")
	if cut, ok := strings.CutSuffix(rest, " LEFT-JOIN"); ok {
		rest, n.Detail = cut, "left-join"
	}
	// Up to 3.35 tables were "SCAN TABLE t" and "SCAN SUBQUERY 1". A table
	// that is called TABLE cannot be told apart there.
	for _, word := range []string{"TABLE ", "SUBQUERY "} {
		if cut, ok := strings.CutPrefix(rest, word); ok {
			rest = cut
			break
		}
	}
	if m := virtualTail().FindStringSubmatch(rest); m != nil {
		rest, n.Index, n.Detail = m[1], "virtual "+m[2], "virtual table"
	} else if m := accessTail().FindStringSubmatch(rest); m != nil {
		rest = m[1]
		readIndex(n, m[2], m[3])
	}
	if cut, ok := strings.CutSuffix(rest, " EXISTS"); ok { // a loop that ends at its first row
		rest = cut
		n.Detail = strings.TrimSpace(n.Detail + " exists")
	}
	n.Table, n.Alias = cutAlias(rest)
	if strings.HasSuffix(n.Table, "-ROW VALUES CLAUSE") {
		n.Op, n.Detail, n.Table = db.OpValues, n.Table, ""
	}
}

func cutAlias(s string) (table, alias string) {
	if i := strings.LastIndex(s, " AS "); i > 0 {
		return s[:i], s[i+4:]
	}
	return s, ""
}

// readIndex reads what stands behind USING.
func readIndex(n *db.Node, kind, rest string) {
	if m := keyTerms().FindStringSubmatch(rest); m != nil {
		rest = m[1]
		n.Columns = searchTerms(m[2])
	}
	n.Covering = strings.Contains(kind, "COVERING")
	n.Automatic = strings.Contains(kind, "AUTOMATIC")
	switch kind {
	case "INTEGER PRIMARY KEY", "ROWID":
		n.Index = "rowid"
	case "PRIMARY KEY":
		n.Index, n.Covering = "primary key", true
	default:
		n.Index = strings.TrimSpace(rest)
	}
	if n.Automatic {
		n.Index = ""
		n.Detail = strings.TrimSpace(strings.ToLower(kind) + n.Detail)
	}
}

// searchTerms cuts "a=? AND (b,c)>(?,?)" at its ANDs.
func searchTerms(s string) []string {
	if s == "" {
		return nil
	}
	var out []string
	for _, term := range strings.Split(s, " AND ") {
		out = append(out, spaced(term))
	}
	return out
}

var termOperator = pattern.Late(`(?s)^(.*?)(>=|<=|=|>|<)(.*)$`)

func spaced(term string) string {
	name := ""
	if rest, ok := strings.CutPrefix(term, "<expr>"); ok {
		name, term = "<expr>", rest
	}
	m := termOperator().FindStringSubmatch(term)
	if m == nil {
		return name + term
	}
	return name + m[1] + " " + m[2] + " " + m[3]
}
