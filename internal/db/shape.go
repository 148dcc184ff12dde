package db

// A Shape is a parsed statement bound to the catalog.
type Shape struct {
	Kind   StatementKind
	Blocks []Block // the outermost first; one per SELECT core, and one for the rows a write looks for
	Writes []Write
	Pure   bool // a single SELECT that can change nothing
	Params int  // placeholders
}

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
	Table   string
	Kind    StatementKind
	Columns []string // for an update: the columns set; nil means all
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
	Text     string // the whole predicate as SQL
	// NoIndex says why no index serves it ("leading wildcard", "function on
	// the column", "implicit conversion"); "" when one could.
	NoIndex string
}

// A Join is an equality between columns of two relations.
type Join struct{ Left, Right ColumnRef }

// An OrderTerm is one term of ORDER BY or GROUP BY.
type OrderTerm struct {
	Column    ColumnRef
	Desc      bool
	Collation string
}
