package mysql

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"mltop/internal/db"
)

// readTableLocks says of each table, by its name in small letters, who waits to
// change it: whoever comes later waits behind him. It asks for more than the
// list of sessions only where somebody does.
func readTableLocks(ctx context.Context, c *conn, s server) (map[string]string, error) {
	var f sessionFacts
	if err := f.readProcesses(ctx, c, s); err != nil || !slices.ContainsFunc(f.list, waitsToChange) {
		return nil, err
	}
	f, err := readSessions(ctx, c, s, nil)
	return f.tableLocks(s.Database), err
}

func waitsToChange(r processRow) bool { return waitsForMetadata(r) && changesTable(r) }

func (f sessionFacts) tableLocks(database string) map[string]string {
	list := slices.DeleteFunc(slices.Clone(f.list), func(r processRow) bool { return !waitsToChange(r) || r.database != database })
	slices.SortStableFunc(list, func(a, b processRow) int { return cmp.Compare(b.ms, a.ms) })
	out := map[string]string{}
	for _, r := range list {
		for _, table := range tablesChanged(r.info) {
			if _, known := out[table]; !known {
				out[table] = table + " is locked by " + f.waiter(r)
			}
		}
	}
	return out
}

func (f sessionFacts) waiter(r processRow) string {
	text := "session " + r.id + " (" + or(f.programs[r.id], r.user) + "), which has waited for " + db.Age(r.ms/1000) + " to change it"
	if by := f.blockers[r.id]; len(by) > 0 {
		text += ", behind session " + strings.Join(by, " and ")
	}
	return text
}

// tablesChanged are the names that stand where a change has a table, in small
// letters.
func tablesChanged(sql string) (names []string) {
	names = append(names, wordsBehind(sql, "table", "tables", "on", "exists", "references", "truncate", "to")...)
	return slices.DeleteFunc(names, func(name string) bool { return name == "table" || name == "if" })
}

// wordsBehind are the words that stand right behind one of some, without what is
// before a dot.
func wordsBehind(sql string, before ...string) (out []string) {
	bare := strings.NewReplacer("`", "", `"`, "").Replace(strings.ToLower(sql))
	words := strings.FieldsFunc(bare, func(r rune) bool { return strings.ContainsRune(" \t\r\n(),;", r) })
	for i, w := range words[:max(len(words)-1, 0)] {
		if slices.Contains(before, w) {
			out = append(out, words[i+1][strings.LastIndexByte(words[i+1], '.')+1:])
		}
	}
	return out
}

// lockTimeout is in the comment of a table that the catalog was refused.
const lockTimeout = "Lock wait timeout exceeded"

// unwaiting asks no further for what the catalog was refused: each question
// would wait for as long again, and get nothing of that table.
func (r *schemaReader) unwaiting(ctx context.Context) error {
	if !r.server.MariaDB || !slices.ContainsFunc(r.list, unseen) {
		return nil
	}
	r.hurried = true
	return r.c.exec(ctx, "SET SESSION lock_wait_timeout = 0")
}

// waiting ends it, however the reading ended.
func (r *schemaReader) waiting(ctx context.Context) error {
	if !r.hurried {
		return nil
	}
	return r.c.exec(context.WithoutCancel(ctx), readLockWait)
}

func unseen(t *db.Table) bool { return t.Unseen }

// locks notes who keeps everybody out of a table. A change that waits keeps
// nobody from the catalog; one that has the lock does, and the table is then as
// it was last known.
func (r *schemaReader) locks(ctx context.Context) error {
	locks, err := readTableLocks(ctx, r.c, r.server)
	for i, t := range r.list {
		says := locks[strings.ToLower(t.Name)]
		if t.Unseen {
			says = or(says, t.Name+" is locked by a change that is at its end, or waits for another table: SHOW PROCESSLIST tells whose")
			if was := r.known.Table(t.Name); was != nil && !was.Unseen {
				again := *was
				t, r.list[i] = &again, &again
			}
		}
		t.Locked = says
	}
	return err
}

// blamed says of a statement that met a lock who keeps it from its tables.
func (e *Engine) blamed(ctx context.Context, text string, err error) error {
	if !errors.Is(err, db.ErrBusy) || ctx.Err() != nil {
		return err
	}
	var locks map[string]string
	no := e.read(ctx, "locks", func(c *conn) (err error) {
		locks, err = readTableLocks(ctx, c, e.server)
		return err
	})
	if no != nil {
		return err
	}
	for _, name := range wordsBehind(text, "from", "join", "into", "update", "table", "using") {
		if says := locks[name]; says != "" {
			return db.LockedError{Text: "explain: " + says}
		}
	}
	return db.LockedError{Text: "explain: a table of the statement is locked, by LOCK TABLES or a change that is at its end: SHOW PROCESSLIST may tell whose; performance_schema, or INSTALL SONAME 'metadata_lock_info', tells"}
}
