package postgres

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mltop/internal/db"
)

// A lockedSet is the tables, views and sequences that nobody can look into now, by
// oid, with what is said of each. To ask for the size of one of them, or for the
// text of its indexes and defaults, is to wait for its lock.
type lockedSet map[string]string

func (e *Engine) readLocked(ctx context.Context, c *conn) (lockedSet, error) {
	list, err := e.readLockers(ctx, c)
	set := lockedSet{}
	for _, l := range list {
		if l.everybody() || l.Kind == "S" { // to read a sequence takes the lock of a writer
			set[l.OID] = cmp.Or(set[l.OID], l.says) // who has the lock comes first
		}
	}
	return set, err
}

func (s lockedSet) list() string {
	oids := make([]string, 0, len(s))
	for oid := range s {
		oids = append(oids, oid)
	}
	slices.Sort(oids)
	return "'{" + strings.Join(oids, ",") + "}'::oid[]"
}

// not is a condition on a column that holds an oid.
func (s lockedSet) not(column string) string {
	if len(s) == 0 {
		return ""
	}
	return " AND NOT " + column + " = ANY (" + s.list() + ")"
}

// unless is an expression that would wait for the lock, and NULL where it would.
func (s lockedSet) unless(column, expression string) string {
	if len(s) == 0 {
		return expression
	}
	return "CASE WHEN " + column + " = ANY (" + s.list() + ") THEN NULL ELSE " + expression + " END"
}

// behind is the oid of what is locked of a view r: itself, or what it reads.
// Its text is written with the names of those as they are now.
func (s lockedSet) behind() string {
	if len(s) == 0 {
		return "NULL::text"
	}
	return `coalesce(CASE WHEN r.oid = ANY (` + s.list() + `) THEN r.oid::text END, (SELECT x.refobjid::text FROM pg_rewrite w JOIN pg_depend x ON x.classid = 'pg_rewrite'::regclass AND x.objid = w.oid
		WHERE w.ev_class = r.oid AND x.refclassid = 'pg_class'::regclass AND x.refobjid = ANY (` + s.list() + `) LIMIT 1))`
}

// behindLocks takes what could not be read from what was read last. A table
// whose columns are others by now is not known.
func (r *schemaReader) behindLocks(known *lastRead) {
	for oid, says := range r.locked {
		t := r.tables[oid]
		if t == nil {
			continue
		}
		t.Locked = says
		was := known.tables[oid]
		if t.Unseen = was == nil || was.Unseen || !slices.EqualFunc(was.Columns, t.Columns, sameButDefault); !t.Unseen {
			t.Columns, t.Indexes, t.Bytes, t.Free, t.FreeHow = was.Columns, was.Indexes, was.Bytes, was.Free, was.FreeHow
		}
	}
	for i, v := range r.views {
		if v.Locked != "" {
			r.views[i].SQL = known.views[v.Name]
		}
	}
}

func sameButDefault(a, b db.Column) bool {
	a.Default = b.Default
	return a == b
}

// A lastRead is what was read of a catalog, for as long as locks keep it.
type lastRead struct {
	tables map[string]*db.Table // by oid
	views  map[string]string    // texts, by name
}

func (r *schemaReader) read() lastRead {
	last := lastRead{r.tables, map[string]string{}}
	for _, v := range r.views {
		last.views[v.Name] = v.SQL
	}
	return last
}
