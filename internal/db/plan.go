package db

import "strings"

// A Plan is EXPLAIN's tree.
type Plan struct {
	Engine  string
	Version string // of the library or server that made the plan
	Root    *Node
}

// An Op is what a node does.
type Op string

// The operations of all engines, in one set of words.
const (
	OpQuery     Op = "query"    // the root: one statement
	OpScan      Op = "scan"     // every row of a table
	OpSearch    Op = "search"   // rows found through an index
	OpSort      Op = "sort"     // rows put in order; Detail says for what
	OpGroup     Op = "group"    // rows gathered by a temporary structure
	OpDistinct  Op = "distinct" // duplicates removed by a temporary structure
	OpJoin      Op = "join"
	OpSubquery  Op = "subquery"
	OpCoroutine Op = "co-routine"
	OpCompound  Op = "compound" // UNION, EXCEPT, INTERSECT
	OpMultiOr   Op = "multi-or" // one search per arm of an OR
	OpValues    Op = "values"
	OpOther     Op = "other"
)

// A Node of a plan. Nil numbers were not given by the engine.
type Node struct {
	Op        Op
	Table     string   // as in the catalog
	Alias     string   // as in the statement, when it differs
	Index     string   // "" when none is used; the rowid is "rowid"
	Covering  bool     // the table itself is not read
	Automatic bool     // an index that the engine builds for this one run
	Columns   []string // columns searched by, with their operators: "order_id = ?"
	Detail    string   // what Op does not say: "ORDER BY", "correlated"
	Rows      *float64 // rows read (estimated, or measured when Actual)
	Passed    *float64 `json:",omitempty"` // rows handed on each time it runs, estimated; PostgreSQL alone tells
	Cost      *float64
	Actual    *Actual
	Raw       string // the engine's own words
	Children  []*Node
}

// Indexes names the indexes that a node reads: several where an engine tells
// the arms of an OR in one line.
func (n *Node) Indexes() []string {
	switch {
	case n.Index == "" || n.Automatic:
		return nil
	case n.Op == OpMultiOr:
		return strings.Split(n.Index, ",")
	}
	return []string{n.Index}
}

// Actual is what running the statement measured.
type Actual struct {
	Rows    float64
	Loops   float64
	Seconds float64
}

// Walk calls f for every node, parents first, with its depth.
func (p *Plan) Walk(f func(n *Node, depth int)) {
	if p == nil || p.Root == nil {
		return
	}
	walk(p.Root, 0, f)
}

func walk(n *Node, depth int, f func(*Node, int)) {
	f(n, depth)
	for _, c := range n.Children {
		walk(c, depth+1, f)
	}
}
