package collectors

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// A changeLog notices what changed between two readings of a database.
type changeLog struct {
	schema   *db.Schema
	settings []db.Setting
	version  string
	state    string
}

// since answers what changed since the last call; nothing the first time.
func (c *changeLog) since(d *Database) (list []Event) {
	if c.version != "" && d.Stats.Version != "" && d.Stats.Version != c.version {
		list = append(list, Event{At: d.At, Kind: "version", Text: d.Stats.Label + " " + c.version + " → " + d.Stats.Version, What: "version", From: c.version, To: d.Stats.Version})
	}
	if c.state != "" && lasting(d.Stats.State) && d.Stats.State != c.state {
		list = append(list, Event{At: d.At, Kind: "state", Text: "database: " + c.state + " → " + d.Stats.State, What: "state of the database", From: c.state, To: d.Stats.State})
	}
	if c.schema != nil && d.Schema != nil && c.schema != d.Schema {
		list = append(list, catalogChanges(c.schema, d.Schema, d.At)...)
	}
	if c.settings != nil && d.Settings != nil && !sameList(c.settings, d.Settings) {
		list = append(list, settingChanges(c.settings, d.Settings, d.At)...)
	}
	c.remember(d)
	return list
}

func (c *changeLog) remember(d *Database) {
	if d.Schema != nil {
		c.schema = d.Schema
	}
	if d.Settings != nil {
		c.settings = d.Settings
	}
	if d.Stats.Version != "" {
		c.version = d.Stats.Version
	}
	if lasting(d.Stats.State) {
		c.state = d.Stats.State
	}
}

// lasting tells a state worth a marker from a lock, which comes and goes.
func lasting(state string) bool {
	return state != "" && state != "locked" && state != "busy" && state != "took too long"
}

// ownPrefix begins the names of indexes that mltop made.
const ownPrefix = "mltop_"

func schemaChanges(a, b []object, at time.Time) (list []Event) {
	before, now := byKey(a), byKey(b)
	add := func(o object, verb, from, to string) {
		ours, text := strings.HasPrefix(strings.ToLower(o.name), ownPrefix), fmt.Sprintf("%s %s: %s", o.kind, verb, o.text)
		list = append(list, Event{At: at, Kind: "schema", Text: text, Ours: ours, What: text, From: from, To: to})
	}
	for _, o := range b {
		old, ok := before[keyOf(o)]
		switch {
		case !ok:
			add(o, "created", "", "")
		case old.definition != o.definition:
			from, to := differing(old, o)
			add(o, "changed", from, to)
		}
	}
	for _, o := range a {
		if _, ok := now[keyOf(o)]; !ok {
			add(o, "dropped", "", "")
		}
	}
	return list
}

// An object of a catalog, to be compared.
type object struct{ kind, name, text, definition string }

func byKey(list []object) map[string]object {
	out := make(map[string]object, len(list))
	for _, o := range list {
		out[keyOf(o)] = o
	}
	return out
}

// objectsOf are the tables and their indexes; of unseen ones the names alone.
func objectsOf(s *db.Schema, unseen map[string]bool) (list []object) {
	schemas := map[string]bool{}
	for _, t := range s.Tables {
		schemas[t.Schema] = true
	}
	for _, t := range s.Tables {
		name := t.Name
		if len(schemas) > 1 && t.Schema != "public" { // each may have a table of that name
			name = t.Schema + "." + name
		}
		columns := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			columns[i] = c.Name + " " + c.Type
		}
		if unseen[t.Schema+"."+t.Name] {
			list = append(list, object{"table", t.Name, name, ""})
			continue
		}
		list = append(list, object{"table", t.Name, name, strings.Join(columns, columnsEnd)})
		for _, ix := range t.Indexes {
			text := fmt.Sprintf("%s on %s(%s)", ix.Name, name, strings.Join(ix.ColumnNames(), ", "))
			list = append(list, object{"index", ix.Name, text, ix.Signature()})
		}
	}
	return list
}

// sameList reports that nothing was read anew.
func sameList(a, b []db.Setting) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func settingChanges(before, now []db.Setting, at time.Time) (list []Event) {
	old := map[string]string{}
	for _, s := range before {
		old[s.Name] = s.Value
	}
	for _, s := range now {
		if v, ok := old[s.Name]; ok && v != s.Value {
			e := settingChange(s.Name, v, s.Value)
			e.At = at
			list = append(list, e)
		}
	}
	return list
}

func settingChange(name, from, to string) Event {
	return Event{Kind: "setting", Text: fmt.Sprintf("%s: %s → %s", name, from, to), What: name, From: from, To: to}
}

// differing is what two definitions of an object do not share: of a table the
// columns.
func differing(before, now object) (from, to string) {
	if now.kind != "table" {
		return before.definition, now.definition
	}
	a, b := strings.Split(before.definition, columnsEnd), strings.Split(now.definition, columnsEnd)
	without := func(list, other []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(list), func(c string) bool { return slices.Contains(other, c) }), ", ")
	}
	return without(a, b), without(b, a)
}

// columnsEnd stands between a table's columns. What was written down at an
// earlier attach has it too.
const columnsEnd = ","
