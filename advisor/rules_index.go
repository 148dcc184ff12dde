package advisor

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/units"
)

// invalidIndexes finds what a build that did not end has left. A unique one may
// refuse rows although it is invalid: it goes only where somebody names it.
func invalidIndexes(f Facts) []Recommendation {
	var out []Recommendation
	for _, t := range f.Schema.Tables {
		for _, ix := range t.Indexes {
			if !ix.Invalid || ix.Building || ix.Bound() {
				continue
			}
			r := dropIndex(f, ix, "Drop "+ix.Name+": left invalid by a build that did not end")
			r.Reason = "no query can use it, and writes to " + t.Name + " pay for it"
			r.Evidence = append(r.Evidence, "pg_index calls it invalid, and nobody is building it: pg_stat_progress_create_index shows no build on "+t.Name)
			r.MayBeWrong = "somebody may want it: REINDEX INDEX CONCURRENTLY makes it whole instead"
			r.Confidence, r.Severity = "high", SeverityWarning
			r.Risk = "undoing it builds the index anew, and whole: what broke its first build may break that too"
			if ix.Unique {
				r.Confidence, r.Severity = "low", SeverityInfo
				r.MayBeWrong += "; it is unique, and may keep new rows from repeating what is there"
			}
			out = append(out, r)
		}
	}
	return out
}

// duplicateIndexes finds indexes that are the same but for their names.
func duplicateIndexes(f Facts) []Recommendation {
	named := namedIndexes(f)
	return eachPair(f, func(drop, keep *db.Index) bool {
		return drop.Signature() == keep.Signature() && stays(keep, drop, named)
	}, func(drop, keep *db.Index) Recommendation {
		r := dropIndex(f, drop, "Drop "+drop.Name+", a duplicate of "+keep.Name)
		r.Reason = keep.Name + " holds the same columns in the same order" + andStands(keep)
		if by, ok := named[strings.ToLower(keep.Name)]; ok {
			r.Reason += ", and " + by.who + " names it"
		}
		return r
	})
}

// stays reports which of two that are the same is kept: the one that cannot
// go, that promises more, that a text names; else the first by name.
func stays(keep, drop *db.Index, named map[string]naming) bool {
	_, kept := named[strings.ToLower(keep.Name)]
	_, dropped := named[strings.ToLower(drop.Name)]
	switch {
	case keep.Bound():
		return true
	case keep.Unique != drop.Unique:
		return keep.Unique
	case kept != dropped:
		return kept
	}
	return keep.Name < drop.Name
}

// andStands says why of two that are the same this one stays.
func andStands(keep *db.Index) string {
	switch {
	case keep.Standing() != "":
		return ", and is " + keep.Standing()
	case keep.PartOf != "":
		return ", and belongs to " + keep.PartOf + " of the partitioned table"
	}
	return ""
}

// redundantIndexes finds indexes that another one begins with.
func redundantIndexes(f Facts) []Recommendation {
	list := eachPair(f, widens, func(drop, keep *db.Index) Recommendation {
		r := dropIndex(f, drop, "Drop "+drop.Name+", which "+keep.Name+" makes redundant")
		r.Reason = keep.Name + " begins with the same columns and serves the same searches"
		r.MayBeWrong = "the narrower index is smaller: a search that reads many of its entries may take a little longer"
		return r
	})
	return append(list, rowIDIndexes(f)...)
}

// widens reports that keep holds all that drop does, and more behind it.
func widens(drop, keep *db.Index) bool {
	longer := len(keep.Columns) > len(drop.Columns) && beginsWith(keep.Columns, drop.Columns)
	return longer && keep.Where == drop.Where && keep.Method == drop.Method && len(drop.Include) == 0
}

// rowIDIndexes finds indexes on the column that the rows are stored by.
func rowIDIndexes(f Facts) []Recommendation {
	var out []Recommendation
	for _, t := range f.Schema.Tables {
		for _, ix := range t.Indexes {
			if t.RowID == "" || ix.Unique && ix.Constraint || ix.Where != "" || !strings.EqualFold(ix.Columns[0].Name, t.RowID) {
				continue
			}
			r := dropIndex(f, ix, "Drop "+ix.Name+": the rows are stored by "+t.RowID+" already")
			r.Reason = t.RowID + " is the row id; a search by it needs no index"
			r.Confidence, r.Severity = "high", SeverityWarning
			out = append(out, r)
		}
	}
	return out
}

// eachPair tries every two indexes of a table; each index is dropped once, for
// one that itself stays.
func eachPair(f Facts, covers func(drop, keep *db.Index) bool, advice func(drop, keep *db.Index) Recommendation) []Recommendation {
	var out []Recommendation
	for _, t := range f.Schema.Tables {
		instead := map[*db.Index]*db.Index{}
		for _, drop := range t.Indexes {
			for _, keep := range t.Indexes {
				if mayReplace(drop, keep) && covers(drop, keep) {
					instead[drop] = keep
				}
			}
		}
		for _, drop := range t.Indexes {
			keep := instead[drop]
			for instead[keep] != nil { // covering is an order: this ends
				keep = instead[keep]
			}
			if keep != nil {
				r := advice(drop, keep)
				r.Confidence, r.Severity = "high", SeverityWarning
				r.Needs, r.relies = []string{keep.Name}, []string{keep.Name}
				out = append(out, r)
			}
		}
	}
	return out
}

// mayReplace reports whether one index can stand in for another at all.
func mayReplace(drop, keep *db.Index) bool {
	return drop != keep && !keep.Invalid && !drop.Building && !drop.Bound() && (!drop.Unique || keep.Unique && len(drop.Columns) == len(keep.Columns))
}

// watchedEnough is how long statements have to be seen live before an index
// that none of them reads is called unused: nightly jobs run once a day.
const watchedEnough = 25 * time.Hour

// unusedIndexes finds indexes that no plan of the workload reads, of tables
// that the workload does touch. Statements that were only given prove no
// disuse: nobody writes down all that an application asks.
func unusedIndexes(f Facts) []Recommendation {
	if f.Workload.Window < watchedEnough {
		return nil
	}
	used, touched, shared := f.used(), f.touched(), f.Schema.SharedNames()
	var out []Recommendation
	for _, t := range f.Schema.Tables {
		if name := strings.ToLower(t.Name); shared[name] || f.locked.touched[name] { // plans and statements tell tables by their bare names; some have no plan now
			continue
		}
		for _, ix := range t.Indexes {
			if ix.Bound() || ix.Building || ix.Unique || used[strings.ToLower(ix.Name)] || !touched[strings.ToLower(t.Name)] || backsForeignKey(t, ix) ||
				valueOr(ix.Uses) > 0 || ix.Hidden && !f.soaked(ix) {
				continue
			}
			title := "Drop " + ix.Name + ": unused by the workload seen"
			if ix.Hidden {
				title = "Drop " + ix.Name + ": hidden, and nobody missed it"
			}
			r := dropIndex(f, ix, title)
			if ix.Uses != nil && !f.Schema.UsesSince.IsZero() {
				r.Evidence = append(r.Evidence, "the server itself counts no use of it since "+f.Schema.UsesSince.UTC().Format("2006-01-02"))
			}
			r.Reason = fmt.Sprintf("none of %s seen in %s reads it, and every write to %s keeps it up to date",
				units.Plural(len(f.Plans), "planned statement"), seconds(f.Workload.Window.Seconds()), t.Name)
			r.Confidence, r.Severity = "low", SeverityInfo
			r.MayBeWrong = "only the statements that mltop knows were planned; a monthly job may need it"
			out = append(out, r)
		}
	}
	return out
}

func (f Facts) used() map[string]bool {
	used := map[string]bool{}
	for _, p := range f.Plans {
		for _, name := range usesOf(p) {
			used[strings.ToLower(name)] = true
		}
	}
	return used
}

func (f Facts) touched() map[string]bool {
	touched := map[string]bool{}
	for _, s := range f.Shapes {
		b := bound{tables: touched}
		b.addTables(s)
	}
	return touched
}

// backsForeignKey reports whether an index begins with a foreign key's
// columns: deleting a parent row searches by them.
func backsForeignKey(t *db.Table, ix *db.Index) bool {
	for _, fk := range t.ForeignKeys {
		if len(fk.Columns) <= len(ix.Columns) && sameSet(fk.Columns, ix.Columns[:len(fk.Columns)]) {
			return true
		}
	}
	return false
}

func sameSet(names []string, cols []db.IndexColumn) bool {
	for _, n := range names {
		if !holds(cols, db.IndexColumn{Name: n}) {
			return false
		}
	}
	return true
}

func dropIndex(f Facts, ix *db.Index, title string) Recommendation {
	step := f.Dialect.DropIndex(*ix)
	r := Recommendation{
		ID:        adviceID(KindDropIndex, ix.Name, ix.Signature()),
		Kind:      KindDropIndex,
		Title:     title,
		Object:    "index " + ix.Name,
		Table:     ix.Table,
		Columns:   ix.ColumnNames(),
		Statement: statements(step.Do),
		Undo:      statements(step.Undo),
		Change:    db.Change{step},
		SizeBytes: ix.Bytes,
		Evidence:  []string{"index " + describe(*ix)},
		Scope:     "the database: every process that uses it",
		Risk:      "undoing it builds the index again",
	}
	if ix.Bytes != nil {
		again := f.Dialect.CreateIndex(rebuilt(f.Schema, *ix))
		r.Evidence = append(r.Evidence, size(*ix.Bytes)+" on disk")
		r.Build = &BuildEstimate{}
		r.Build.add(again.Lasts())
	}
	return r
}

// rebuilt is an index with what building it again would read.
func rebuilt(schema *db.Schema, ix db.Index) db.Index {
	if t := schema.Table(ix.Table); t != nil {
		ix.Reads = t.Bytes
	}
	return ix
}

// statements joins what a step runs to a script.
func statements(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, ";\n") + ";"
}
