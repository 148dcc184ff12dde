package advisor

import (
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// mostHeld is how many columns an index holds at most, keys and others: with
// more it is a second table, which every write keeps up.
const mostHeld = 8

// include offers an index that holds what the block reads besides beside its
// keys, where that is too much to be keys itself.
func (n *need) include(cols []db.IndexColumn, where string, add func(db.Index)) {
	if !n.includes || len(cols) == 0 || len(cols) > maxWidth || n.reads == nil || n.covering(cols) != nil {
		return
	}
	var rest []string
	for _, name := range n.reads {
		col := n.table.Column(name)
		if holds(cols, db.IndexColumn{Name: name}) {
			continue
		}
		if col == nil || !isNarrow(col.Type) {
			return
		}
		rest = append(rest, col.Name)
	}
	if len(rest) > 0 && len(cols)+len(rest) <= mostHeld {
		n.offerWith(cols, rest, where, add)
	}
}

// longestHeld is the longest text in characters that is held beside the keys.
const longestHeld = 100

// isNarrow reports a type whose values are always short. A row whose entry does
// not fit a third of a page is refused when it is written, so a text without a
// bound stays out.
func isNarrow(kind string) bool {
	kind = strings.ToLower(kind)
	name, args, bounded := strings.Cut(kind, "(")
	switch strings.TrimSpace(name) {
	case "character varying", "varchar", "character", "char", "bpchar":
		length, err := strconv.Atoi(strings.TrimSuffix(args, ")"))
		return bounded && err == nil && length <= longestHeld
	}
	for _, narrow := range []string{"smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "date", "time", "interval", "uuid", "inet", "cidr", "macaddr", "money"} {
		if strings.HasPrefix(kind, narrow) {
			return !strings.HasSuffix(kind, "[]")
		}
	}
	return false
}

// holdsAll reports whether an index that exists holds some columns, as keys or
// beside them.
func (n *need) holdsAll(have *db.Index, names []string) bool {
	held := keysOf(*have)
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(held, func(h string) bool { return strings.EqualFold(h, name) })
	})
}

// sameMethod reports whether two indexes are of one kind; a B-tree need not say
// so.
func sameMethod(a, b db.Index) bool { return methodOf(a) == methodOf(b) }

func methodOf(ix db.Index) string {
	if ix.Method == "" {
		return "btree"
	}
	return strings.ToLower(ix.Method)
}
