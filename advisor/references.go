package advisor

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// A reference is a foreign key that no index serves. Before a row that it may
// refer to goes or changes its key, the engine looks for rows that do
// (sqlite.org/foreignkeys.html, 3; PostgreSQL in a trigger; InnoDB makes the
// index itself). No plan shows this search.
type reference struct {
	child *db.Table
	key   db.ForeignKey
	// within and parentIn are the schemas that the names of the two tables need,
	// as a bare one would mean another table or none.
	within, parentIn string
}

func (r reference) String() string {
	return dotted(r.within, r.child.Name) + "(" + strings.Join(r.key.Columns, ", ") + ")"
}

// search is the statement that the engine's own search is equal to.
func (r reference) search(d db.Dialect) string {
	terms := make([]string, len(r.key.Columns))
	for i, c := range r.key.Columns {
		value := "?"
		if d.Name() == "postgres" {
			value = "$" + strconv.Itoa(i+1)
		}
		terms[i] = d.QuoteIdent(c) + " = " + value
	}
	table := d.QuoteIdent(r.child.Name)
	if r.within != "" {
		table = dotted(d.QuoteIdent(r.within), table)
	}
	return "SELECT 1 FROM " + table + " WHERE " + strings.Join(terms, " AND ")
}

// moved reports whether a write takes away a key that rows may refer to.
func (r reference) moved(w db.Write) bool {
	if !strings.EqualFold(strings.TrimPrefix(w.Table, w.Schema+"."), r.key.Table) || !strings.EqualFold(w.Schema, r.key.Schema) {
		return false
	}
	return w.Kind == db.KindDelete || w.Replaces || w.Kind == db.KindUpdate && (w.Columns == nil || slices.ContainsFunc(w.Columns, func(set string) bool {
		return slices.ContainsFunc(r.key.RefColumns, func(c string) bool { return strings.EqualFold(c, set) })
	}))
}

func references(s *db.Schema) (list []reference) {
	for _, t := range s.Tables {
		if !t.Indexable() {
			continue
		}
		for _, fk := range s.UnindexedKeys(t) {
			list = append(list, reference{t, fk, schemaNeeded(s, t.Schema, t.Name), schemaNeeded(s, fk.Schema, fk.Table)})
		}
	}
	return list
}

// schemaNeeded is the schema that a table's name needs before it: ""
// where the bare name finds it.
func schemaNeeded(s *db.Schema, schema, table string) string {
	if t := s.Table(table); t == nil || schema == "" || schema == t.Schema && !t.OffPath {
		return ""
	}
	return schema
}

func dotted(schema, table string) string {
	if schema == "" {
		return table
	}
	return schema + "." + table
}

// implied adds to statements the searches that the engine makes for them, as
// statements of their own: what they cost can be measured, and an index for
// them is looked for as for any other.
func implied(all []*bound, d db.Dialect, s *db.Schema) (list []*bound, declined []Declined) {
	for _, r := range references(s) {
		for _, b := range all {
			if !slices.ContainsFunc(b.shapes[0].Writes, r.moved) {
				continue
			}
			search, _, no := bindAll(Workload{Statements: []Statement{r.by(b, d)}}, d, s)
			for _, one := range search {
				one.implied, one.askedBy = &r, b
			}
			list, declined = append(list, search...), append(declined, no...)
		}
	}
	return list, declined
}

// by is the search as a statement made b. One call is one row: how many rows a
// call of b takes away is not known, and at least one.
func (r reference) by(b *bound, d db.Dialect) Statement {
	return Statement{
		Fingerprint: b.Fingerprint, Name: b.Label() + ", checking " + r.String(), Text: r.search(d),
		CallsPerHour: b.CallsPerHour, MeanSeconds: math.NaN(), Route: b.Route, Assumed: b.Assumed,
	}
}

// why explains in a reason what nobody has written.
func (r reference) why() string {
	return fmt.Sprintf("; before a row of %s goes, the database looks in %s for rows that refer to it, which no plan shows", dotted(r.parentIn, r.key.Table), r)
}

// doubtChecks says what speaks against the numbers of such searches.
func (r *Recommendation) doubtChecks(list []served, d db.Dialect) {
	asked := func(v served) bool { return v.b.implied == nil }
	if !slices.ContainsFunc(list, func(v served) bool { return !asked(v) }) {
		return
	}
	r.MayBeWrong += "; the check of a foreign key is measured as the SELECT that it is equal to, once for each call: a call that takes several rows away gains as many times more"
	if d.Name() != "sqlite" {
		return
	}
	r.MayBeWrong += "; it is made only on connections with PRAGMA foreign_keys = ON, which the application sets and nobody sees from outside"
	if !slices.ContainsFunc(list, asked) {
		r.Confidence = "low"
	}
}

// mostIdle bounds how many foreign keys a note lists, those of the largest
// tables first.
const mostIdle = 5

// idle names the foreign keys without an index that nothing in the workload
// suffers from, and no advice serves: there is nothing to gain today.
func idle(all []*bound, f Facts, advised []Recommendation) []string {
	list := slices.DeleteFunc(references(f.Schema), func(r reference) bool {
		return r.child.Rows == nil || *r.child.Rows < fewRows || slices.ContainsFunc(advised, r.servedBy) ||
			slices.ContainsFunc(all, func(b *bound) bool { return slices.ContainsFunc(b.shapes[0].Writes, r.moved) })
	})
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b reference) int { return cmp.Compare(*b.child.Rows, *a.child.Rows) })
	var names []string
	for _, r := range list[:min(mostIdle, len(list))] {
		names = append(names, fmt.Sprintf("%s → %s, %s rows", r, dotted(r.parentIn, r.key.Table), units.SI(float64(*r.child.Rows))))
	}
	text := units.Plural(len(list), "foreign key") + " without an index: " + strings.Join(names, "; ")
	if len(list) > mostIdle {
		text += "; …"
	}
	text += ". To delete a row that one may refer to reads its whole table"
	if f.Target.Engine == "sqlite" {
		text += ", on connections with PRAGMA foreign_keys = ON"
	}
	return []string{text + "; nothing in the workload does, so no index is advised for it"}
}

// servedBy reports whether an index that is advised leads to the rows.
func (r reference) servedBy(advice Recommendation) bool {
	n := len(r.key.Columns)
	return advice.Kind == KindCreateIndex && strings.EqualFold(advice.Table, r.child.ID()) && len(advice.Columns) >= n &&
		sameSet(r.key.Columns, named(advice.Columns[:n]))
}
