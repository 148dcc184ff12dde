package advisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// Outdated answers which advice does not hold any more, and why, by ID: others
// have changed its object, or what it builds on is gone. What mltop itself has
// applied stays. Tables and columns are those of the schema; nil: not looked at.
func (a *Advisor) Outdated(ctx context.Context, list []Recommendation, schema *db.Schema) (map[string]string, error) {
	entries, err := a.Journal(ctx)
	if err != nil {
		return nil, err
	}
	gone, values := map[string]string{}, a.valuesNow(ctx, list)
	for _, r := range list {
		if applied(entries, r.ID) {
			continue
		}
		why, err := a.outdated(ctx, r, values)
		if err != nil {
			return nil, err
		}
		if why = firstOf(why, missing(schema, r)); why != "" {
			gone[r.ID] = why
		}
	}
	a.withThose(ctx, list, gone)
	return gone, nil
}

// outdated says why one piece of a list does not hold any more.
func (a *Advisor) outdated(ctx context.Context, r Recommendation, values []db.Setting) (string, error) {
	for _, s := range r.Change {
		now, err := a.state(ctx, s.Object)
		if err != nil {
			return "", fmt.Errorf("look at %s: %w", objectName(s.Object), err)
		}
		if why := a.moved(ctx, s, now); why != "" {
			return why, nil
		}
	}
	return firstOf(a.lacking(ctx, r), a.otherwise(ctx, r, values)), nil
}

// withThose adds to what is gone the advice that builds on it and finds
// nothing in its place.
func (a *Advisor) withThose(ctx context.Context, list []Recommendation, gone map[string]string) {
	for more := true; more; {
		more = false
		for _, r := range list {
			for _, first := range listed(list, r.Requires) {
				if gone[first.ID] != "" && gone[r.ID] == "" && !a.stands(ctx, first) {
					gone[r.ID], more = "it pays only beside #"+first.ID+", which is gone", true
				}
			}
		}
	}
}

// listed are those of a list that have one of these IDs.
func listed(list []Recommendation, ids []string) (out []Recommendation) {
	for _, r := range list {
		if slices.Contains(ids, r.ID) {
			out = append(out, r)
		}
	}
	return out
}

// Without moves the advice that is gone to what is declined, with the reason.
func (advice Advice) Without(gone map[string]string) Advice {
	var kept []Recommendation
	for _, r := range advice.Recommendations {
		if why, ok := gone[r.ID]; ok {
			advice.Declined = append(slices.Clip(advice.Declined), Declined{What: r.Title, Queries: r.Queries, Reason: why})
			continue
		}
		kept = append(kept, r)
	}
	advice.Recommendations = kept
	return advice
}

// applied reports that a change of this advice stands or is under way.
func applied(entries []Entry, id string) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool {
		return e.Recommendation == id && (e.State == EntryApplying || e.State == EntryApplied || e.State == EntryUndoing || e.State == EntryUndoPending)
	})
}

// moved says what became of a step's object since the advice was given; "" when
// it is as it was.
func (a *Advisor) moved(ctx context.Context, s db.Step, now db.State) string {
	if s.Before == "" || s.Before == now {
		return ""
	}
	name, who := objectName(s.Object), a.changedBy(ctx, s.Object, now)
	switch {
	case s.Object.Kind == db.ObjectPartitions:
		return "the partitions of " + s.Object.Name + " are not those that the advice was given for: run advise again"
	case s.Object.Kind == db.ObjectSetting:
		return fmt.Sprintf("%s is not what it was: %s has changed it since the advice was given", name, who)
	case now == db.Absent:
		return name + " is gone: " + who + " has dropped it since the advice was given"
	case s.Before == db.Absent && (s.After == "" || now == s.After):
		return name + " is there already: " + who + " has made it"
	}
	return name + " is another one: " + who + " has changed it since the advice was given"
}

// changedBy names the entry of the journal that left an object as it is, or
// somebody else.
func (a *Advisor) changedBy(ctx context.Context, o db.Object, now db.State) string {
	entries, _ := a.Journal(ctx) // a journal that cannot be read names nobody
	for _, e := range slices.Backward(entries) {
		for _, s := range e.Steps {
			ours := s.After == now && e.State == EntryApplied || s.Before.Met(now) && e.State == EntryUndone
			if s.Object == o && ours {
				return "entry " + e.ID + " of the journal"
			}
		}
	}
	return "somebody else"
}

// missing names the table or the column that advice is about and that the
// schema has not.
func missing(schema *db.Schema, r Recommendation) string {
	if schema == nil {
		return ""
	}
	why := vanished(schema, r)
	if why != "" {
		why += " is gone since the advice was given"
	}
	return why
}

// lacking names an index that must stay for the advice to be good and that is
// gone. What other advice makes first is for lacks to say.
func (a *Advisor) lacking(ctx context.Context, r Recommendation) string {
	if len(r.Requires) > 0 {
		return ""
	}
	for _, name := range r.Needs {
		now, err := a.state(ctx, db.Object{Kind: db.ObjectIndex, Table: tableOf(r), Name: name})
		if err == nil && now == db.Absent {
			return "index " + name + ", which it builds on, is gone: somebody else has dropped it since the advice was given"
		}
	}
	return ""
}

// tableOf is the table of an index as the engine's own steps name it.
func tableOf(r Recommendation) string {
	if len(r.Change) > 0 && r.Change[0].Object.Kind == db.ObjectIndex {
		return r.Change[0].Object.Table
	}
	return r.Table
}

// withValues notes the values in force that advice on settings goes by, where
// the engine's state of a setting is not that value.
func withValues(list []Recommendation, settings []db.Setting) {
	for i := range list {
		for _, s := range list[i].Change {
			at := slices.IndexFunc(settings, func(now db.Setting) bool { return strings.EqualFold(now.Name, s.Object.Name) })
			if s.Object.Kind != db.ObjectSetting || s.Before != "" || at < 0 {
				continue
			}
			if list[i].Values == nil {
				list[i].Values = map[string]string{}
			}
			list[i].Values[settings[at].Name] = settings[at].Value
		}
	}
}

// valuesNow are the settings in force, where some advice goes by them.
func (a *Advisor) valuesNow(ctx context.Context, list []Recommendation) []db.Setting {
	if !slices.ContainsFunc(list, func(r Recommendation) bool { return len(r.Values) > 0 }) {
		return nil
	}
	settings, err := patient(ctx, a, a.engine.Settings)
	if err != nil {
		return nil // the change itself will say it
	}
	return settings
}

// otherwise names a setting whose value in force is not the one that the
// advice goes by.
func (a *Advisor) otherwise(ctx context.Context, r Recommendation, values []db.Setting) string {
	for _, now := range values {
		if was, ok := r.Values[now.Name]; ok && was != now.Value {
			o := db.Object{Kind: db.ObjectSetting, Name: now.Name}
			state, _ := a.state(ctx, o) // one that cannot be read is nobody's
			return fmt.Sprintf("%s is not what it was: %s has changed it from %s to %s since the advice was given",
				objectName(o), a.changedBy(ctx, o, state), shown(now, was), shown(now, now.Value))
		}
	}
	return ""
}

// catalogFor bounds the look at the catalog before a change: of a hundred
// thousand tables it takes seconds, and the change itself fails as surely.
const catalogFor = 2 * time.Second

// catalogNow is the catalog for advice on a table; nil where none is needed or
// it takes too long.
func (a *Advisor) catalogNow(ctx context.Context, r Recommendation) *db.Schema {
	if r.Kind != KindCreateIndex {
		return nil
	}
	return a.catalogSoon(ctx)
}

func (a *Advisor) catalogSoon(ctx context.Context) *db.Schema {
	ctx, cancel := context.WithTimeout(ctx, catalogFor)
	defer cancel()
	schema, err := a.engine.Schema(ctx)
	if err != nil {
		return nil
	}
	return schema
}
