package postgres

import (
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// An indexRest is what the server leaves out when it writes an index's
// definition down.
type indexRest struct {
	Tablespace string `db:"space"` // "" where an index goes by itself
	Comment    string `db:"comment"`
	Targets    string `db:"targets"` // of statistics: "2 SET STATISTICS 500", joined by separator
	Clustered  bool   `db:"clustered"`
	Identity   bool   `db:"identity"`
}

// restSQL reads it of index i, whose pg_class is r. An index that names no
// tablespace goes to default_tablespace, or where the database is.
const restSQL = `CASE WHEN coalesce((SELECT s.spcname FROM pg_tablespace s WHERE s.oid = r.reltablespace), ` + homeSQL + `) =
		coalesce((SELECT s.spcname FROM pg_tablespace s WHERE s.spcname = current_setting('default_tablespace')), ` + homeSQL + `) THEN ''
		ELSE coalesce((SELECT s.spcname FROM pg_tablespace s WHERE s.oid = r.reltablespace), ` + homeSQL + `)::text END AS space,
	coalesce(obj_description(r.oid, 'pg_class'), '') AS comment, i.indisclustered AS clustered, i.indisreplident AS identity,
	coalesce((SELECT string_agg(x.attnum || ' SET STATISTICS ' || x.attstattarget, E'\x01' ORDER BY x.attnum) FROM pg_attribute x WHERE x.attrelid = r.oid AND x.attstattarget >= 0), '') AS targets`

const homeSQL = `(SELECT s.spcname FROM pg_database d JOIN pg_tablespace s ON s.oid = d.dattablespace WHERE d.datname = current_database())`

// within is a definition with the tablespace, whose place is before WHERE.
func (x indexRest) within(definition string) string {
	if x.Tablespace == "" {
		return definition
	}
	at := whereOf(definition)
	return definition[:at] + " TABLESPACE " + quote(x.Tablespace) + definition[at:]
}

// whereOf is where a definition's WHERE begins, or its end: outside of quotes,
// which are doubled in quotes, and of parentheses.
func whereOf(definition string) int {
	depth, open := 0, byte(0)
	for i := range len(definition) {
		c := definition[i]
		switch {
		case open != 0:
			if c == open {
				open = 0
			}
		case c == '\'' || c == '"':
			open = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(definition[i:], " WHERE "):
			return i
		}
	}
	return len(definition)
}

// statements make an index of that definition what it is.
func (x indexRest) statements(table, schema, name string) (list []string) {
	index := qualified(schema, name)
	for t := range strings.SplitSeq(x.Targets, separator) {
		if t != "" {
			list = append(list, "ALTER INDEX "+index+" ALTER COLUMN "+t)
		}
	}
	if x.Comment != "" {
		list = append(list, fmt.Sprintf("COMMENT ON INDEX %s IS %s", index, sqltext.QuoteString(x.Comment, dialectName)))
	}
	if x.Clustered {
		list = append(list, "ALTER TABLE "+table+" CLUSTER ON "+quote(name))
	}
	if x.Identity {
		list = append(list, "ALTER TABLE "+table+" REPLICA IDENTITY USING INDEX "+quote(name))
	}
	return list
}

// behindDefinition stands in a state before each further statement. No literal
// holds it by chance.
const behindDefinition = ";\n/* and */ "

// wholeState is an index's state: its definition, and what comes behind it.
func wholeState(definition string, also []string) db.State {
	return db.State(strings.Join(append([]string{definition}, also...), behindDefinition))
}

// rebuild are the statements that bring an index back to a state.
func rebuild(s db.State) []string {
	list := partsOf(s)
	list[0] = concurrently(list[0])
	return list
}

// partsOf are the definition and the statements behind it.
func partsOf(s db.State) []string {
	return strings.Split(strings.TrimPrefix(string(s), invalidMark), behindDefinition)
}

// Finish answers what is left of building an index that is made by several
// statements, each of which commits by itself: those that a run which was cut
// short has not come to. One that was left invalid goes first.
func (Dialect) Finish(s db.Step, now db.State) (rest db.Step, ok bool) {
	want, have := partsOf(s.After), partsOf(now)
	invalid := strings.HasPrefix(string(now), invalidMark)
	if s.Object.Kind != db.ObjectIndex || s.Before != db.Absent || len(s.Do) != len(want) || len(have) > len(want) || !slices.Equal(have, want[:len(have)]) {
		return s, false
	}
	s.Before, s.Do = now, s.Do[len(have):]
	if invalid {
		s.Do = slices.Concat(s.Undo, rebuild(s.After))
	}
	return s, true
}
