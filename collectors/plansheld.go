package collectors

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// heldTables names the tables that sessions wait to lock: planning a statement
// of theirs would wait too, and be one more in the queue. A server that does
// not tell, or not now, holds none.
func heldTables(ctx context.Context, o db.Observer) map[string]bool {
	list, err := o.Sessions(ctx)
	if err != nil {
		return nil
	}
	held := map[string]bool{}
	for _, s := range list {
		if s.Locked && waitsForTable(s.Waits) {
			for _, name := range tablesNamed(s.Statement) {
				held[name] = true
			}
		}
	}
	return held
}

// waitsForTable tells a wait for a table from one for a row, which keeps
// nobody from planning: "Lock: relation" of PostgreSQL, "Waiting for table
// metadata lock" of MariaDB and MySQL.
func waitsForTable(waits string) bool {
	w := strings.ToLower(waits)
	return strings.HasPrefix(w, "lock: relation") || strings.HasPrefix(w, "waiting for table")
}

// tablesNamed are the words that stand where a table does. One too many holds
// a plan back for a while, one too few costs a refusal.
func tablesNamed(sql string) (names []string) {
	words := strings.FieldsFunc(strings.ToLower(sql), func(r rune) bool { return strings.ContainsRune(" \t\r\n(),;`\"", r) })
	for i, w := range words[:max(len(words)-1, 0)] {
		switch w {
		case "table", "from", "join", "into", "update", "on", "only", "exists", "truncate":
			name := words[i+1]
			names = append(names, name[strings.LastIndexByte(name, '.')+1:])
		}
	}
	return names
}

// holds reports whether a statement reads or writes one of the tables.
func holds(held map[string]bool, sql string) bool {
	if len(held) == 0 {
		return false
	}
	for _, name := range tablesNamed(sql) {
		if held[name] {
			return true
		}
	}
	return false
}
