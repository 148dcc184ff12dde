package db

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mltop/internal/sqltext"
)

// A Schema is a database's catalog at one instant. It is never modified.
type Schema struct {
	Version  string    `json:"version,omitempty"` // changes whenever the catalog does
	Tables   []*Table  `json:"tables,omitempty"`
	Views    []View    `json:"views,omitempty"`
	Triggers []Trigger `json:"triggers,omitempty"`
	// Counters that run out: sequences and automatic keys, fullest first.
	Counters []KeyCounter `json:"counters,omitempty"`
	// Partly says how many tables of how many were read, and which; "" for all.
	Partly string `json:"partly,omitempty"`
	// UsesSince is when indexes' uses began to be counted; zero when unknown.
	UsesSince time.Time `json:"uses_since,omitzero"`
}

// PartlyText is Schema.Partly.
func PartlyText(read, of int, which string) string {
	return fmt.Sprintf("%d of %d tables are looked at: %s", read, of, which)
}

// A KeyCounter gives out the next key of a column; when it ends, inserts fail.
type KeyCounter struct {
	Name   string  `json:"name,omitempty"` // of the sequence, or of the table
	Table  string  `json:"table,omitempty"`
	Column string  `json:"column,omitempty"` // "" when it belongs to none
	Last   float64 `json:"last,omitempty"`
	Max    float64 `json:"max,omitempty"`
}

// Used is the part of its values that is given out, 0 to 1.
func (c KeyCounter) Used() float64 {
	if c.Max <= 0 {
		return 0
	}
	return c.Last / c.Max
}

// FullestFirst orders counters by how soon they end.
func FullestFirst(list []KeyCounter) {
	slices.SortStableFunc(list, func(a, b KeyCounter) int { return cmp.Compare(b.Used(), a.Used()) })
}

// A Table and what hangs on it. Rows and Bytes are nil when unknown;
// Estimated says how they were estimated, "" when they are exact.
type Table struct {
	Schema       string   `json:"schema,omitempty"` // "main", "public"
	Name         string   `json:"name,omitempty"`
	Columns      []Column `json:"columns,omitempty"`
	PrimaryKey   []string `json:"primary_key,omitempty"`
	WithoutRowID bool     `json:"without_rowid,omitempty"`
	RowID        string   `json:"rowid,omitempty"` // SQLite: the column that is the rowid, "" if none
	Rows         *int64   `json:"rows,omitempty"`
	Bytes        *int64   `json:"bytes,omitempty"`
	Dead         *int64   `json:"dead,omitempty"` // rows that were deleted and still take room; nil: not counted
	// Free is bytes that the table's file has and its rows do not need: bloat,
	// or fragmentation; nil when unknown. FreeHow says how that is known.
	Free    *int64 `json:"free_bytes,omitempty"`
	FreeHow string `json:"free_how,omitempty"`
	// Vacuumed and Analyzed are when rows were last cleared away and statistics
	// gathered; nil: never since the server counts, or unknown.
	Vacuumed *time.Time `json:"vacuumed,omitempty"`
	Analyzed *time.Time `json:"analyzed,omitempty"`
	// Options are settings of the table's own: PostgreSQL's storage parameters.
	Options map[string]string `json:"options,omitempty"`
	// Modified are rows changed since statistics were last gathered, and
	// Vacuums how often the server cleared away rows by itself, both since it
	// counts; nil: not counted.
	Modified    *int64       `json:"modified,omitempty"`
	Vacuums     *int64       `json:"vacuums,omitempty"`
	Key         string       `json:"key,omitempty"`          // what statements, plans and indexes call it, where that is not Name: see TellApart
	OffPath     bool         `json:"off_path,omitempty"`     // only a name with its schema finds it (PostgreSQL)
	PartitionOf string       `json:"partition_of,omitempty"` // the partitioned table that it is a part of
	PartitionIn string       `json:"partition_in,omitempty"` // and the schema of that
	Estimated   string       `json:"estimated,omitempty"`
	Indexes     []*Index     `json:"indexes,omitempty"`
	ForeignKeys []ForeignKey `json:"foreign_keys,omitempty"`
	// Locked says who keeps everybody out of the table now, or out of another one
	// that goes with it: "orders is locked by pid 7 (psql), …". Its indexes,
	// defaults and size are as they were last known, and where Unseen are not.
	Locked      string `json:"locked,omitempty"`
	Unseen      bool   `json:"unseen,omitempty"`
	SQL         string `json:"sql,omitempty"`         // its definition, as stored
	Unsupported string `json:"unsupported,omitempty"` // why it cannot be copied or indexed: "virtual table (fts5)"
}

// A Column of a table.
type Column struct {
	Name      string `json:"name,omitempty"`
	Type      string `json:"type,omitempty"`
	Collation string `json:"collation,omitempty"`
	NotNull   bool   `json:"not_null,omitempty"`
	Generated bool   `json:"generated,omitempty"`
	Default   string `json:"default,omitempty"`
	// LikeClass is the operator class of an index that serves LIKE 'x%', where
	// the usual one does not, as its order is not that of bytes (PostgreSQL).
	LikeClass string `json:"like_class,omitempty"`
	// Long: an index holds only the beginning of its values (MySQL's TEXT).
	Long bool `json:"long,omitempty"`
}

// A ForeignKey of a table.
type ForeignKey struct {
	Columns    []string `json:"columns,omitempty"`
	Schema     string   `json:"schema,omitempty"` // of the table that it refers to, where a bare name does not tell (PostgreSQL)
	Table      string   `json:"table,omitempty"`
	RefColumns []string `json:"ref_columns,omitempty"`
}

// A View and its text; Locked says why there is none: see Table.
type View struct {
	Name   string `json:"name,omitempty"`
	SQL    string `json:"sql,omitempty"`
	Locked string `json:"locked,omitempty"`
}

// A Trigger and its text.
type Trigger struct {
	Name string `json:"name,omitempty"`
	SQL  string `json:"sql,omitempty"`
}

// An Index, real or hypothetical.
type Index struct {
	Schema     string        `json:"schema,omitempty"`
	Table      string        `json:"table,omitempty"`
	Name       string        `json:"name,omitempty"`
	Columns    []IndexColumn `json:"columns,omitempty"`
	Include    []string      `json:"include,omitempty"`
	Where      string        `json:"where,omitempty"`
	Unique     bool          `json:"unique,omitempty"`
	Constraint bool          `json:"constraint,omitempty"` // backs a primary key or a unique constraint
	Method     string        `json:"method,omitempty"`     // "btree" unless said otherwise
	Bytes      *int64        `json:"bytes,omitempty"`
	Reads      *int64        `json:"read_bytes,omitempty"` // bytes of the table, which building it reads; nil: not known
	Uses       *int64        `json:"uses,omitempty"`       // scans since the server's counters began; nil: not counted
	Free       *int64        `json:"free_bytes,omitempty"` // bytes that a new build would save, estimated; nil: not known
	Invalid    bool          `json:"invalid,omitempty"`    // left by an interrupted build: it costs writes and serves nobody
	// Building: somebody is building or removing it at this moment, or may be for
	// all that can be seen; it looks invalid so long.
	Building bool `json:"building,omitempty"`
	// Parted: it holds nothing but the indexes of its table's partitions, of
	// which each names it as PartOf. These stand and fall with it.
	Parted bool   `json:"partitioned,omitempty"`
	PartOf string `json:"part_of,omitempty"`
	// Identity: rows that are changed are known to replicas by it. Without it
	// PostgreSQL refuses every UPDATE and DELETE of a published table.
	Identity bool `json:"replica_identity,omitempty"`
	// Clustered: CLUSTER sorts the table by it.
	Clustered bool   `json:"clustered,omitempty"`
	Comment   string `json:"comment,omitempty"`
	// Also are the statements that, behind SQL, make the index what it is.
	Also []string `json:"also,omitempty"`
	// Stat holds mean rows per distinct value of the first 1, 2, … columns,
	// as in sqlite_stat1 after its first number; nil without statistics.
	Stat []float64 `json:"rows_per_prefix,omitempty"`
	SQL  string    `json:"sql,omitempty"`
	// Hidden: kept up to date, but the planner does not look at it.
	Hidden bool `json:"hidden,omitempty"`
}

// An IndexColumn is a column or a deterministic expression.
type IndexColumn struct {
	Name      string `json:"name,omitempty"` // "" for an expression
	Expr      string `json:"expr,omitempty"`
	Desc      bool   `json:"desc,omitempty"`
	Collation string `json:"collation,omitempty"`
	Class     string `json:"class,omitempty"`  // operator class, where it is not the type's default
	Nulls     string `json:"nulls,omitempty"`  // "first" or "last", where it is not the order's usual
	Prefix    int    `json:"prefix,omitempty"` // only the first so many characters are indexed; 0: all
}

// Key is the column's name, or its expression in parentheses.
func (c IndexColumn) Key() string {
	if c.Name != "" {
		return c.Name
	}
	return "(" + c.Expr + ")"
}

// Term is Key in a form that all its writings share: two columns with one term
// are the same.
func (c IndexColumn) Term() string {
	if c.Name != "" {
		return strings.ToLower(c.Name)
	}
	return "(" + sqltext.Expression(c.Expr) + ")"
}

// ColumnNames lists the keys of an index, in order.
func (ix Index) ColumnNames() []string {
	names := make([]string, len(ix.Columns))
	for i, c := range ix.Columns {
		names[i] = c.Key()
	}
	return names
}

// Signature names what an index is, whatever it is called: equal signatures
// are duplicates.
func (ix Index) Signature() string {
	var b strings.Builder
	b.WriteString(strings.ToLower(ix.Table))
	b.WriteByte('(')
	for i, c := range ix.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.Term())
		if c.Prefix > 0 {
			b.WriteString("(" + strconv.Itoa(c.Prefix) + ")")
		}
		if c.Collation != "" && !strings.EqualFold(c.Collation, "BINARY") {
			b.WriteString(" collate " + strings.ToLower(c.Collation))
		}
		if c.Desc {
			b.WriteString(" desc")
		}
		if c.Class != "" || c.Nulls != "" {
			b.WriteString(" " + strings.TrimSpace(c.Class+" "+c.Nulls))
		}
	}
	b.WriteByte(')')
	if ix.Method != "" && !strings.EqualFold(ix.Method, "btree") {
		b.WriteString(" using " + strings.ToLower(ix.Method))
	}
	if len(ix.Include) > 0 {
		b.WriteString(" include(" + strings.ToLower(strings.Join(ix.Include, ",")) + ")")
	}
	if ix.Where != "" {
		b.WriteString(" where " + ix.Where)
	}
	return b.String()
}

// IsItself reports the index that is the table: what SQLite lists as the index
// of the primary key where there is no rowid. It takes no room of its own.
func (t *Table) IsItself(ix *Index) bool {
	return t.WithoutRowID && ix.Constraint && ix.Unique && slices.Equal(ix.ColumnNames(), t.PrimaryKey)
}

// Table finds a table by its ID, without regard to case; nil if there is none.
func (s *Schema) Table(name string) *Table {
	if s == nil {
		return nil
	}
	for _, t := range s.Tables {
		if strings.EqualFold(t.ID(), name) {
			return t
		}
	}
	return nil
}

// Column finds a column by name, without regard to case; nil if there is none.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if strings.EqualFold(t.Columns[i].Name, name) {
			return &t.Columns[i]
		}
	}
	return nil
}

// Index finds an index of any table by name; nil if there is none.
func (s *Schema) Index(name string) *Index {
	if s == nil {
		return nil
	}
	for _, t := range s.Tables {
		for _, ix := range t.Indexes {
			if strings.EqualFold(ix.Name, name) {
				return ix
			}
		}
	}
	return nil
}
