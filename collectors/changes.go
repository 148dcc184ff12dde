package collectors

import (
	"fmt"
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
	add := func(kind, text string, ours bool) {
		list = append(list, Event{At: d.At, Kind: kind, Text: text, Ours: ours})
	}
	if c.version != "" && d.Stats.Version != "" && d.Stats.Version != c.version {
		add("version", d.Stats.Label+" "+c.version+" → "+d.Stats.Version, false)
	}
	if c.state != "" && lasting(d.Stats.State) && d.Stats.State != c.state {
		add("state", "database: "+c.state+" → "+d.Stats.State, false)
	}
	if c.schema != nil && d.Schema != nil && c.schema != d.Schema {
		list = append(list, catalogChanges(c.schema, d.Schema, d.At)...)
	}
	if c.settings != nil && d.Settings != nil && !sameList(c.settings, d.Settings) {
		for _, text := range settingChanges(c.settings, d.Settings) {
			add("setting", text, false)
		}
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
	add := func(o object, verb string) {
		ours := strings.HasPrefix(strings.ToLower(o.name), ownPrefix)
		list = append(list, Event{At: at, Kind: "schema", Text: fmt.Sprintf("%s %s: %s", o.kind, verb, o.text), Ours: ours})
	}
	for _, o := range b {
		old, ok := before[keyOf(o)]
		switch {
		case !ok:
			add(o, "created")
		case old.definition != o.definition:
			add(o, "changed")
		}
	}
	for _, o := range a {
		if _, ok := now[keyOf(o)]; !ok {
			add(o, "dropped")
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

func objectsOf(s *db.Schema) (list []object) {
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
		list = append(list, object{"table", t.Name, name, strings.Join(columns, ",")})
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

func settingChanges(before, now []db.Setting) (list []string) {
	old := map[string]string{}
	for _, s := range before {
		old[s.Name] = s.Value
	}
	for _, s := range now {
		if v, ok := old[s.Name]; ok && v != s.Value {
			list = append(list, fmt.Sprintf("%s: %s → %s", s.Name, v, s.Value))
		}
	}
	return list
}
