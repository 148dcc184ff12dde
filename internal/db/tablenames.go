package db

import (
	"errors"
	"strings"
)

// ErrSameName: the table is not the one that its bare name finds, and all that
// is known of tables is known by their bare names.
var ErrSameName = errors.New("the name is not unique")

// Only gives a statement up unless t is the one table that its bare name finds.
// From a statement with the bare name alone, bare, it may be none of those that
// only a name with its schema finds.
func (s *Schema) Only(t *Table, bare bool) {
	first := s.Table(t.Name)
	if first != t {
		Decline("%w: two tables are called %s; what mltop knows by that name is %s.%s, and this is on %s.%s", ErrSameName, t.Name, first.Schema, first.Name, t.Schema, t.Name)
	}
	if bare && t.OffPath && s.SharedNames()[strings.ToLower(t.Name)] {
		Decline("%w: two tables are called %s, and neither is on the search path", ErrSameName, t.Name)
	}
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
