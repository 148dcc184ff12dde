package db

import (
	"errors"
	"fmt"
	"strings"
)

// ErrSameName: the table is not the one that its bare name finds, and all that
// is known of tables is known by their bare names.
var ErrSameName = errors.New("the name is not unique")

// A SameName is an ErrSameName of a statement; what it writes is known all the
// same.
type SameName struct {
	Err    error // names the table
	Writes []Write
}

func (e SameName) Error() string { return e.Err.Error() }
func (e SameName) Unwrap() error { return e.Err }

// ID is what a table is called in shapes, plans and indexes: its name, or with
// its schema where another table is found by that.
func (t *Table) ID() string {
	if t.Key != "" {
		return t.Key
	}
	return t.Name
}

// TellApart gives tables keys whose bare name finds another one: that of
// another schema which stands before them.
func (s *Schema) TellApart() {
	first := make(map[string]*Table, len(s.Tables))
	for _, t := range s.Tables {
		name := strings.ToLower(t.Name)
		switch before := first[name]; {
		case before == nil:
			first[name] = t
		case before.Name == t.Name && before.Schema != t.Schema && !t.dotted():
			t.Key = t.Schema + "." + t.Name
		}
	}
}

// dotted reports a table whose bare name looks as if it had its schema.
func (t *Table) dotted() bool { return t.Schema != "" && strings.HasPrefix(t.Name, t.Schema+".") }

// Bare is the name of an index's table without its schema.
func (ix Index) Bare() string {
	if ix.Schema == "" {
		return ix.Table
	}
	return strings.TrimPrefix(ix.Table, ix.Schema+".")
}

// Only answers nil where t is the one table that its ID finds. From a statement
// with the bare name alone, bare, it may be none of those that only a name with
// its schema finds.
func (s *Schema) Only(t *Table, bare bool) error {
	switch first := s.Table(t.ID()); {
	case first != t:
		return fmt.Errorf("%w: two tables are called %s; what mltop knows by that name is %s.%s, and this is on %s.%s", ErrSameName, t.Name, first.Schema, first.Name, t.Schema, t.Name)
	case t.dotted():
		return fmt.Errorf("%w: the name %q begins like that of a table in the schema %s", ErrSameName, t.Name, t.Schema)
	case bare && t.OffPath && s.SharedNames()[strings.ToLower(t.Name)]:
		return fmt.Errorf("%w: two tables are called %s, and neither is on the search path", ErrSameName, t.Name)
	}
	return nil
}

// SharedNames are the names, in lower case, that more than one table has.
func (s *Schema) SharedNames() map[string]bool {
	seen := make(map[string]bool, len(s.Tables))
	for _, t := range s.Tables {
		name := strings.ToLower(t.Name)
		_, again := seen[name]
		seen[name] = again
	}
	return seen
}

// Shown is a table's name for people: with its schema where the bare name is
// one of those that are shared.
func (t *Table) Shown(shared map[string]bool) string {
	if shared[strings.ToLower(t.Name)] && t.Schema != "" {
		return t.Schema + "." + t.Name
	}
	return t.Name
}
