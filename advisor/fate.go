package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// A Fate is what became of advice that is not given any more.
type Fate struct {
	Applied bool   // what it advises stands, whoever has made it
	Why     string // who has made it, or what took its ground away; "": that is not known
}

// Fates answers what became of each piece of advice, by ID.
func (a *Advisor) Fates(ctx context.Context, list []Recommendation) (map[string]Fate, error) {
	entries, err := a.Journal(ctx)
	if err != nil {
		return nil, err
	}
	schema := a.catalogSoon(ctx)
	gone, err := a.Outdated(ctx, list, schema)
	if err != nil {
		return nil, err
	}
	out := map[string]Fate{}
	for _, r := range list {
		if e := appliedBy(entries, r.ID); e != "" {
			out[r.ID] = Fate{true, "entry " + e + " of the journal"}
		} else if a.made(ctx, r) {
			out[r.ID] = Fate{true, gone[r.ID]}
		} else if other := sameIndex(schema, r); other != "" {
			out[r.ID] = Fate{true, "index " + other + " has its columns: somebody else has made it"}
		} else {
			out[r.ID] = Fate{false, gone[r.ID]}
		}
	}
	return out, nil
}

// appliedBy is the entry of the journal by which advice is applied; "": by none.
func appliedBy(entries []Entry, id string) string {
	for _, e := range slices.Backward(entries) {
		if e.Recommendation == id && e.State == EntryApplied {
			return e.ID
		}
	}
	return ""
}

// made reports that all that a change is about is as the change leaves it.
func (a *Advisor) made(ctx context.Context, r Recommendation) bool {
	for _, s := range r.Change {
		now, err := a.state(ctx, s.Object)
		if err != nil || now == s.Before || now != s.After && (s.Before != db.Absent || s.After != "") {
			return false
		}
	}
	return len(r.Change) > 0
}

// sameIndex names an index of another name with the columns of one that is
// advised; "" where there is none. One that it would replace has others.
func sameIndex(schema *db.Schema, r Recommendation) string {
	if schema == nil || r.Kind != KindCreateIndex || len(r.Columns) == 0 {
		return ""
	}
	t := schema.Table(r.Table)
	if t == nil {
		return ""
	}
	for _, ix := range t.Indexes {
		if slices.Equal(ix.ColumnNames(), r.Columns) {
			return ix.Name
		}
	}
	return ""
}
