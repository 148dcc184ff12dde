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

// Only answers nil where t is the one table that its bare name finds. From a
// statement with the bare name alone, bare, it may be none of those that only
// a name with its schema finds.
func (s *Schema) Only(t *Table, bare bool) error {
	if first := s.Table(t.Name); first != t {
		return fmt.Errorf("%w: two tables are called %s; what mltop knows by that name is %s.%s, and this is on %s.%s", ErrSameName, t.Name, first.Schema, first.Name, t.Schema, t.Name)
	}
	if bare && t.OffPath && s.SharedNames()[strings.ToLower(t.Name)] {
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
