package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A planNode is a node of EXPLAIN (FORMAT JSON).
type planNode struct {
	Type         string      `json:"Node Type"`
	Relation     string      `json:"Relation Name"`
	Schema       string      `json:"Schema"` // with VERBOSE
	Alias        string      `json:"Alias"`
	Index        string      `json:"Index Name"`
	IndexCond    string      `json:"Index Cond"`
	RecheckCond  string      `json:"Recheck Cond"`
	TIDCond      string      `json:"TID Cond"`
	Filter       string      `json:"Filter"`
	HashCond     string      `json:"Hash Cond"`
	MergeCond    string      `json:"Merge Cond"`
	JoinFilter   string      `json:"Join Filter"`
	JoinType     string      `json:"Join Type"`
	Strategy     string      `json:"Strategy"`
	Operation    string      `json:"Operation"`
	CTE          string      `json:"CTE Name"`
	Function     string      `json:"Function Name"`
	Subplan      string      `json:"Subplan Name"`
	Relationship string      `json:"Parent Relationship"`
	SortMethod   string      `json:"Sort Method"`
	Sort         []string    `json:"Sort Key"`
	Presorted    []string    `json:"Presorted Key"`
	Group        []string    `json:"Group Key"`
	Rows         *float64    `json:"Plan Rows"`
	Cost         *float64    `json:"Total Cost"`
	ActualRows   *float64    `json:"Actual Rows"`
	Loops        *float64    `json:"Actual Loops"`
	Time         *float64    `json:"Actual Total Time"`
	Removed      float64     `json:"Rows Removed by Filter"`
	Rechecked    float64     `json:"Rows Removed by Index Recheck"`
	Plans        []*planNode `json:"Plans"`
}

// parsePlan reads EXPLAIN's JSON, of versions 13 to 18; a node that it does
// not know becomes OpOther with the server's words in Raw. Literals are masked
// unless they are asked for: they may be drawn from the tables' rows.
func parsePlan(answer []byte, literals bool) (*db.Node, error) {
	var list []struct {
		Plan      *planNode `json:"Plan"`
		Execution *float64  `json:"Execution Time"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	if len(list) == 0 || list[0].Plan == nil {
		return nil, errors.New("an answer that is no plan")
	}
	if !literals {
		list[0].Plan.mask()
	}
	top := list[0].Plan.node()
	root := &db.Node{Op: db.OpQuery, Raw: "QUERY PLAN", Cost: top.Cost, Children: []*db.Node{top}}
	if top.Actual != nil {
		a := *top.Actual
		if list[0].Execution != nil {
			a.Seconds = *list[0].Execution / 1e3
		}
		root.Actual = &a
	}
	return root, nil
}

// mask hides the literals of all that is SQL, here and below.
func (p *planNode) mask() {
	for _, text := range []*string{&p.IndexCond, &p.RecheckCond, &p.TIDCond, &p.Filter, &p.HashCond, &p.MergeCond, &p.JoinFilter} {
		*text = sqltext.Exact.Mask(*text)
	}
	for _, list := range [][]string{p.Sort, p.Presorted, p.Group} {
		for i := range list {
			list[i] = sqltext.Exact.Mask(list[i])
		}
	}
	for _, child := range p.Plans {
		child.mask()
	}
}

// leadsOut names a table of another schema that a plan made with VERBOSE reads
// or writes; "" for none.
func leadsOut(answer []byte, schema string) string {
	var list []struct {
		Plan *planNode `json:"Plan"`
	}
	if err := json.Unmarshal(answer, &list); err != nil || len(list) == 0 || list[0].Plan == nil {
		return "what cannot be told"
	}
	return list[0].Plan.outside(schema)
}

func (p *planNode) outside(schema string) string {
	if p.Relation != "" && p.Schema != schema {
		return qualified(p.Schema, p.Relation)
	}
	for _, child := range p.Plans {
		if out := child.outside(schema); out != "" {
			return out
		}
	}
	return ""
}

// planSchemas are the schemas of all tables of a plan made with VERBOSE, by
// alias: the server gives each table of a statement one of its own.
func planSchemas(answer []byte) (map[string]string, error) {
	var list []struct {
		Plan *planNode `json:"Plan"`
	}
	if err := json.Unmarshal(answer, &list); err != nil || len(list) == 0 || list[0].Plan == nil {
		return nil, errors.New("an answer that is no plan")
	}
	out := map[string]string{}
	list[0].Plan.schemas(out)
	return out, nil
}

func (p *planNode) schemas(into map[string]string) {
	if p.Relation != "" {
		into[first(p.Alias, p.Relation)] = p.Schema
	}
	for _, child := range p.Plans {
		child.schemas(into)
	}
}

// node turns one node and those below it.
func (p *planNode) node() *db.Node {
	n := &db.Node{Table: p.Relation, Index: p.Index, Rows: p.Rows, Passed: p.Rows, Cost: p.Cost, Raw: p.raw()}
	if p.Alias != p.Relation {
		n.Alias = p.Alias
	}
	p.classify(n)
	for _, child := range p.Plans {
		switch {
		case p.merges(child):
		case child.combines():
			for _, arm := range child.Plans {
				n.Children = append(n.Children, arm.under(p))
			}
		default:
			n.Children = append(n.Children, child.under(p))
		}
	}
	p.measured(n)
	return n
}

// under is a node that knows the table of the bitmap scan above it.
func (p *planNode) under(parent *planNode) *db.Node {
	if strings.HasPrefix(p.Type, "Bitmap") && p.Relation == "" {
		p.Relation, p.Alias = parent.Relation, parent.Alias
	}
	n := p.node()
	if p.Subplan != "" {
		return &db.Node{Op: db.OpSubquery, Detail: strings.ToLower(p.Relationship) + " " + p.Subplan, Raw: p.Subplan, Cost: n.Cost, Rows: n.Rows, Passed: n.Passed, Children: []*db.Node{n}}
	}
	return n
}

// merges reports whether a child is the other half of the same search: a
// bitmap of one index is read by the scan above it.
func (p *planNode) merges(child *planNode) bool {
	return p.Type == "Bitmap Heap Scan" && child.Type == "Bitmap Index Scan"
}

// combines reports whether a node joins bitmaps for the scan above it.
func (p *planNode) combines() bool { return p.Type == "BitmapOr" || p.Type == "BitmapAnd" }

// measured adds what ANALYZE counted, in total over all loops.
func (p *planNode) measured(n *db.Node) {
	if p.ActualRows == nil || p.Loops == nil {
		return
	}
	loops := *p.Loops
	n.Actual = &db.Actual{Rows: *p.ActualRows, Loops: loops}
	if p.Time != nil {
		n.Actual.Seconds = *p.Time * loops / 1e3
	}
	read := (*p.ActualRows + p.Removed + p.Rechecked) * max(loops, 1)
	n.Rows = &read
}

// classify puts PostgreSQL's words (explain.c) into those of all engines.
func (p *planNode) classify(n *db.Node) {
	switch p.Type {
	case "Seq Scan", "Sample Scan", "Foreign Scan":
		n.Op = db.OpScan
	case "Index Scan", "Index Only Scan", "Bitmap Index Scan", "Tid Scan", "Tid Range Scan":
		p.indexScan(n, p.IndexCond)
	case "Bitmap Heap Scan":
		p.bitmap(n)
	case "BitmapOr", "BitmapAnd":
		n.Op, n.Detail = db.OpMultiOr, strings.ToLower(strings.TrimPrefix(p.Type, "Bitmap"))
	case "Sort", "Incremental Sort":
		n.Op, n.Detail = db.OpSort, "ORDER BY "+strings.Join(p.Sort, ", ")
		if len(p.Presorted) > 0 {
			n.Detail += ", sorted by " + strings.Join(p.Presorted, ", ") + " already"
		}
	case "Nested Loop", "Hash Join", "Merge Join":
		n.Op, n.Detail = db.OpJoin, strings.ToLower(p.Type+", "+p.JoinType)
		n.Columns = conditions(first(p.HashCond, p.MergeCond, p.JoinFilter))
	case "Aggregate", "Group", "SetOp", "WindowAgg", "Unique":
		p.aggregate(n)
	case "Append", "Merge Append", "Recursive Union":
		n.Op, n.Detail = db.OpCompound, strings.ToLower(p.Type)
	case "CTE Scan", "Subquery Scan", "WorkTable Scan":
		n.Op, n.Alias, n.Detail = db.OpSubquery, p.Alias, p.CTE
	case "Values Scan", "Function Scan", "Table Function Scan", "Named Tuplestore Scan":
		n.Op, n.Detail = db.OpValues, p.Function
	default:
		p.other(n)
	}
}

// other is what has no word of its own: Limit, Hash, Gather, Materialize, …
func (p *planNode) other(n *db.Node) {
	n.Op, n.Detail = db.OpOther, strings.ToLower(p.Type)
	switch {
	case p.Type == "Result" && len(p.Plans) == 0:
		n.Op, n.Detail = db.OpValues, "constant row"
	case p.Type == "ModifyTable":
		n.Detail = strings.ToLower(p.Operation)
	}
}

// indexScan: without a condition an index is read from end to end, for its
// order or because it is smaller than the table.
func (p *planNode) indexScan(n *db.Node, condition string) {
	n.Op, n.Covering = db.OpSearch, p.Type == "Index Only Scan"
	n.Columns = conditions(condition)
	if condition == "" && !strings.HasPrefix(p.Type, "Tid") {
		n.Op, n.Detail = db.OpScan, "the whole index"
	}
	if p.Type == "Tid Scan" || p.Type == "Tid Range Scan" {
		n.Index, n.Columns = "ctid", conditions(p.TIDCond)
	}
}

func (p *planNode) bitmap(n *db.Node) {
	n.Op, n.Detail = db.OpSearch, "bitmap"
	for _, child := range p.Plans {
		if p.merges(child) {
			n.Index, n.Columns = child.Index, conditions(child.IndexCond)
			return
		}
	}
	n.Op = db.OpMultiOr
	if len(p.Plans) > 0 && p.Plans[0].Type == "BitmapAnd" {
		n.Op, n.Detail = db.OpOther, "the rows that several indexes agree on"
	}
}

func (p *planNode) aggregate(n *db.Node) {
	keys := strings.Join(p.Group, ", ")
	n.Op, n.Detail = db.OpOther, strings.ToLower(p.Type)
	switch {
	case p.Strategy == "Hashed" || p.Strategy == "Mixed":
		n.Op, n.Detail = db.OpGroup, "GROUP BY "+keys
	case p.Type == "SetOp":
		n.Op = db.OpCompound
	case keys != "":
		n.Detail = "groups of sorted rows by " + keys
	}
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// raw is the line that EXPLAIN prints.
func (p *planNode) raw() string {
	s := p.Type
	for _, part := range []struct{ word, text string }{
		{" using ", p.Index}, {" on ", p.Relation},
		{" filter ", p.Filter}, {" cond ", first(p.IndexCond, p.HashCond, p.MergeCond, p.TIDCond)},
	} {
		if part.text != "" {
			s += part.word + strings.TrimSpace(part.text)
		}
	}
	return s
}

// conditions cuts "((a = 1) AND (b > 2))" at its outer ANDs.
func conditions(text string) []string {
	text = peel(text)
	if text == "" {
		return nil
	}
	var out []string
	depth, start, quoted := 0, 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '\'' || c == '"':
			quoted = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], " AND "):
			out = append(out, peel(text[start:i]))
			start = i + len(" AND ")
		}
	}
	return append(out, peel(text[start:]))
}

// peel takes off parentheses that hold the whole text.
func peel(s string) string {
	for len(s) > 1 && s[0] == '(' && s[len(s)-1] == ')' {
		depth := 0
		for i := 0; i < len(s)-1; i++ {
			switch s[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				return s
			}
		}
		s = s[1 : len(s)-1]
	}
	return s
}
