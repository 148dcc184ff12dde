package db

// A Shape is a parsed statement bound to the catalog.
type Shape struct {
	Kind   StatementKind
	Blocks []Block // the outermost first; one per SELECT core, and one for the rows a write looks for
	Writes []Write
	Pure   bool // a single SELECT that can change nothing
	Params int  // placeholders
	// Placeholders says what each placeholder, from the first, stands for; an
	// entry without a table and a role is not known.
	Placeholders []Placeholder
}

// A Placeholder is a value that a statement is given when it runs.
type Placeholder struct {
	Name          string // as written: "?", "?2", ":id"
	Table, Column string // what it is compared with or stored in
	// Expr is the expression over columns of the table that it is compared
	// with, where that is not the bare column.
	Expr string
	Op   PredicateOp
	Role PlaceholderRole
}

// A PlaceholderRole says where a placeholder stands.
type PlaceholderRole string

// The roles.
const (
	RoleValue  PlaceholderRole = "value" // compared with, or stored in, a column
	RoleLow    PlaceholderRole = "low"   // the column is above it
	RoleHigh   PlaceholderRole = "high"  // the column is below it
	RoleLimit  PlaceholderRole = "limit"
	RoleOffset PlaceholderRole = "offset"
)

// A StatementKind is the verb of a statement.
type StatementKind string

// The kinds.
const (
	KindSelect StatementKind = "select"
	KindInsert StatementKind = "insert"
	KindUpdate StatementKind = "update"
	KindDelete StatementKind = "delete"
	KindOther  StatementKind = "other"
)

// A Write is what one statement writes to one table.
type Write struct {
	Schema  string // as in ForeignKey
	Table   string
	Kind    StatementKind
	Columns []string // for an update: the columns set; nil means all
	// Replaces: rows that are in its way are deleted (REPLACE, OR REPLACE).
	Replaces bool
}

// A Block is one SELECT core with the tables it reads. Relations of outer
// blocks that a correlated subquery mentions are bound as constants.
type Block struct {
	Relations  []Relation
	Predicates []Predicate // conjuncts; those of an OR share a non-zero OrGroup
	Joins      []Join
	GroupBy    []OrderTerm
	OrderBy    []OrderTerm
	Distinct   bool
	Aggregate  bool
	Limit      bool
	Offset     bool
	Reads      []ColumnRef // every column the block needs, once
	Star       []int       // relations of which every column is read
	// GroupOther and OrderOther: GROUP BY or ORDER BY holds a term that no
	// index can deliver ("count(*)", a column of a subquery); GroupBy or
	// OrderBy is then empty.
	GroupOther, OrderOther bool
	// Windows are the orders that window functions need: partition, then order.
	Windows [][]OrderTerm
}

// A Relation is one occurrence of a table in FROM.
type Relation struct {
	Table   string // catalog name; "" for a derived table
	Alias   string
	Outer   bool // the nullable side of an outer join
	Derived bool // a subquery, a CTE or a view
}

// A ColumnRef is a column of a relation of its block, or a deterministic
// expression over columns of that one relation.
type ColumnRef struct {
	Relation int
	Column   string
	Expr     string // normalised text; set when the term is not a bare column
}

// A PredicateOp is how a predicate compares.
type PredicateOp string

// The operators.
const (
	PredEq      PredicateOp = "="
	PredIn      PredicateOp = "in"
	PredRange   PredicateOp = "range" // <, <=, >, >=, BETWEEN
	PredPrefix  PredicateOp = "prefix"
	PredIsNull  PredicateOp = "is null"
	PredNotNull PredicateOp = "is not null"
	PredNotEq   PredicateOp = "<>"
	PredOther   PredicateOp = "other"
)

// A Predicate compares a column with something that does not change during
// the block. Constant holds the literal's SQL text when there is one; a
// placeholder or an outer column leaves it empty.
type Predicate struct {
	Column   ColumnRef
	Op       PredicateOp
	Constant string
	OrGroup  int
	OrArm    int    // which arm of its OR, from 1: predicates of one arm hold together
	Text     string // the whole predicate as SQL
	// Collation of the comparison where it is not the column's own: only an
	// index with this collation serves it.
	Collation string
	// NoIndex says why no index serves it ("leading wildcard", "function on
	// the column", "implicit conversion"); "" when one could.
	NoIndex string
}

// A Join is an equality between columns of two relations.
type Join struct {
	Left, Right ColumnRef
	// LeftNoIndex and RightNoIndex say why no index on that side serves the
	// join; "" when one could.
	LeftNoIndex, RightNoIndex string
}

// An OrderTerm is one term of ORDER BY or GROUP BY.
type OrderTerm struct {
	Column    ColumnRef
	Desc      bool
	Nulls     string // as in IndexColumn: where NULLs come, if that is not the order's usual
	Collation string
}
