package advisor

import (
	"slices"
	"strings"
	"unicode"

	"mltop/internal/db"
)

// A lockedOut is what nobody can look into now: tables, and the statements that
// need them, of which no plan can be had.
type lockedOut struct {
	tables   []string
	touched  map[string]bool // by those statements, in lower case
	declined []Declined
}

// besideLocks leaves those statements out.
func besideLocks(all []*bound, s *db.Schema) (rest []*bound, out lockedOut) {
	locked := map[string]*db.Table{}
	out.touched = map[string]bool{}
	for _, t := range s.LockedTables() {
		locked[strings.ToLower(t.ID())] = t
		out.tables = append(out.tables, t.ID())
		out.decline("advice on the table "+t.ID(), t)
	}
	rest = slices.DeleteFunc(all, func(b *bound) bool {
		t := b.needs(locked)
		if t == nil {
			return false
		}
		for name := range b.tables {
			out.touched[name] = true
		}
		out.decline("advice on this statement", t, b.Label())
		return true
	})
	return rest, out
}

func (o *lockedOut) decline(what string, t *db.Table, queries ...string) {
	o.declined = append(o.declined, Declined{What: what, Queries: append([]string{}, queries...),
		Reason: t.Locked + ": nobody can look into it until that ends; advise again then"})
}

// needs is a table of those that the statement names, the first by name.
func (b *bound) needs(tables map[string]*db.Table) (first *db.Table) {
	for name := range b.tables {
		if t := tables[name]; t != nil && (first == nil || t.Name < first.Name) {
			first = t
		}
	}
	return first
}

// sinceThen is what has changed while a search went on.
func (o lockedOut) sinceThen(now *db.Schema) string {
	free := slices.DeleteFunc(slices.Clone(o.tables), func(name string) bool {
		t := now.Table(name)
		return t == nil || t.Locked != ""
	})
	if len(free) > 0 {
		return strings.Join(free, ", ") + " can be looked into again, which was locked when the search began: run it again"
	}
	return "the catalog has changed while the search went on: the advice is of before; run it again"
}

// unseenIn is why a statement cannot be bound that names a table of which a lock
// keeps even the columns; else it is err.
func unseenIn(text string, s *db.Schema, err error) error {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, t := range s.UnseenTables() {
		if len(t.Columns) == 0 && slices.Contains(words, strings.ToLower(t.Name)) {
			return db.LockedError{Text: t.Locked}
		}
	}
	return err
}
