package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
)

// Schema reads the catalog of all schemas but the server's own, those on the
// search path first, so that a bare name finds what SQL would.
func (e *Engine) Schema(ctx context.Context) (*db.Schema, error) {
	read := e.ReadCatalog()
	s, err := e.readUnlocked(ctx)
	if errors.Is(err, db.ErrBusy) { // a table was locked between two questions
		s, err = e.readUnlocked(ctx)
	}
	if err != nil {
		return nil, e.blamed(ctx, "", err)
	}
	read(s.Version)
	return s, nil
}

// readUnlocked reads what no lock is known to keep.
func (e *Engine) readUnlocked(ctx context.Context) (s *db.Schema, err error) {
	err = e.read(ctx, "schema", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		part, err := e.choose(ctx, c)
		if err != nil {
			return err
		}
		locked, err := e.readLocked(ctx, c)
		if err != nil {
			return err
		}
		r := &schemaReader{c: c, k: k, part: part, locked: locked, tables: map[string]*db.Table{}}
		if s, err = r.schema(ctx, &e.last); err == nil {
			e.last = r.read()
		}
		return err
	})
	return s, err
}

func (r *schemaReader) schema(ctx context.Context, known *lastRead) (*db.Schema, error) {
	for _, part := range []func(context.Context) error{r.readTables, r.readColumns, r.readConstraints, r.readIndexes, r.readViews, r.extras} {
		if err := part(ctx); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
	}
	r.behindLocks(known)
	s := &db.Schema{Version: r.version(), Tables: r.list, Views: r.views, Counters: r.counts, UsesSince: r.since, Partly: r.part.says}
	s.LockTrees()
	s.SumPartitions()
	return s, nil
}

// A schemaReader gathers the catalog, part by part.
type schemaReader struct {
	c      *conn
	k      *knowledge
	part   chosen
	locked lockedSet
	list   []*db.Table
	views  []db.View
	tables map[string]*db.Table // by oid
	counts []db.KeyCounter
	since  time.Time // index uses are counted
}

// ours leaves the server's own schemas out.
const ours = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp%' AND n.nspname NOT LIKE 'mltop\_scratch\_%'
	AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = r.oid AND x.deptype = 'e')`

type tableRow struct {
	OID    string   `db:"oid"`
	Schema string   `db:"schema"`
	Name   string   `db:"name"`
	Kind   string   `db:"kind"`
	Rows   float64  `db:"rows"`
	Live   *float64 `db:"live"`
	Dead   *int64   `db:"dead"`
	Bytes  *int64   `db:"bytes"`
	Parent string   `db:"parent"`
	Within string   `db:"within"` // the schema of Parent
	Off    bool     `db:"off"`

	Vacuumed *time.Time `db:"vacuumed"`
	Analyzed *time.Time `db:"analyzed"`
	Modified *int64     `db:"modified"`
	Same     bool       `db:"same"` // the file has no more pages than when Rows were counted
	Vacuums  *int64     `db:"vacuums"`
	Options  string     `db:"options"` // name=value, joined by separator
}

func (r *schemaReader) readTables(ctx context.Context) error {
	var rows []tableRow
	err := r.c.list(ctx, &rows, `WITH t AS (SELECT r.oid, n.nspname, r.relname, r.relkind, r.reltuples, r.relpages, r.reloptions,
			array_position(current_schemas(false), n.nspname) AS place
			FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('r', 'p', 'm', 'f') AND `+ours+r.part.only("r.oid")+`)
		SELECT /* mltop */ t.oid::text AS oid, t.nspname::text AS schema, t.relname::text AS name, t.relkind::text AS kind, t.place IS NULL AS off, t.reltuples::float8 AS rows,
			s.n_live_tup::float8 AS live, s.n_dead_tup AS dead,
			greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed, greatest(s.last_analyze, s.last_autoanalyze) AS analyzed,
			s.n_mod_since_analyze AS modified, coalesce(t.relkind = 'r' AND `+r.locked.unless("t.oid", "pg_relation_size(t.oid)")+` <= t.relpages::int8 * current_setting('block_size')::int8, false) AS same, s.autovacuum_count AS vacuums, coalesce(array_to_string(t.reloptions, E'\x01'), '') AS options,
			CASE WHEN t.relkind IN ('p', 'f') THEN NULL ELSE `+r.locked.unless("t.oid", "pg_table_size(t.oid)")+` END AS bytes,
			coalesce(w.relname::text, '') AS parent, coalesce(w.nspname::text, '') AS within
		FROM t LEFT JOIN pg_stat_all_tables s ON s.relid = t.oid
			LEFT JOIN (SELECT i.inhrelid, p.relname, q.nspname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace q ON q.oid = p.relnamespace WHERE p.relkind = 'p') w ON w.inhrelid = t.oid ORDER BY t.place NULLS LAST, t.nspname, t.relname`)
	for _, x := range rows {
		t := x.table()
		r.tables[x.OID] = t
		r.list = append(r.list, t)
	}
	(&db.Schema{Tables: r.list}).TellApart()
	return err
}

func (x tableRow) table() *db.Table {
	t := &db.Table{Schema: x.Schema, Name: x.Name, Bytes: x.Bytes, Dead: x.Dead, PartitionOf: x.Parent, PartitionIn: x.Within, OffPath: x.Off, Vacuumed: x.Vacuumed, Analyzed: x.Analyzed, Modified: x.Modified, Vacuums: x.Vacuums, Options: optionsOf(x.Options)}
	switch {
	case x.Kind == "f":
		t.Unsupported, t.Estimated = "foreign table", "not counted: a foreign table"
	case x.Kind == "p":
		t.Unsupported = db.Partitioned
	}
	if late := x.late(); late > 0 {
		rest := max(*x.Modified-late, 0)
		t.Modified = &rest
	}
	switch {
	case x.late() > 0: // the next case counts them twice
		n := int64(x.Rows)
		t.Rows, t.Estimated = &n, "of the last ANALYZE"
	case x.counted():
		n := int64(*x.Live)
		t.Rows, t.Estimated = &n, "counted by the server as rows come and go"
	case x.Rows >= 0 && x.Kind != "f":
		n := int64(x.Rows)
		t.Rows, t.Estimated = &n, "of the last VACUUM or ANALYZE"
	case t.Estimated == "":
		t.Estimated = "not known: the table was never analyzed"
	}
	return t
}

// counted reports that the server's count is of all rows: after a reset of the
// counters, or a crash, it is of what came since, until the next VACUUM or
// ANALYZE.
func (x *tableRow) counted() bool {
	return x.Live != nil && *x.Live > 0 && (x.Vacuumed != nil || x.Analyzed != nil || *x.Live >= x.Rows)
}

// late is how many rows came to the counters behind the ANALYZE that had seen
// them, and stand there twice: a session hands in its counts when it rests, up
// to a minute later (pgstat.c). They are known by the file: it has not grown
// since, and there was no room in it, for nothing was ever cleared away.
func (x *tableRow) late() int64 {
	if !x.Same || x.Analyzed == nil || x.Vacuumed != nil || x.Modified == nil || x.Live == nil || x.Rows <= 0 {
		return 0
	}
	return min(max(int64(*x.Live-x.Rows), 0), *x.Modified)
}

// optionsOf reads a table's own storage parameters.
func optionsOf(joined string) map[string]string {
	if joined == "" {
		return nil
	}
	out := map[string]string{}
	for _, x := range strings.Split(joined, separator) {
		name, value, _ := strings.Cut(x, "=")
		out[name] = value
	}
	return out
}

type columnRow struct {
	Table     string `db:"t"`
	Name      string `db:"name"`
	Type      string `db:"type"`
	Collation string `db:"collation"`
	NotNull   bool   `db:"notnull"`
	Generated bool   `db:"generated"`
	Default   string `db:"def"`
	Text      string `db:"text_type"` // "text", "varchar", "bpchar"; "" for other types
	Bytewise  bool   `db:"bytewise"`  // its order is that of bytes
}

// likeClass is the operator class that LIKE 'x%' needs: see "Operator Classes
// and Operator Families" of the manual.
func (x columnRow) likeClass() string {
	if x.Text == "" || x.Bytewise {
		return ""
	}
	return x.Text + "_pattern_ops"
}

func (r *schemaReader) readColumns(ctx context.Context) error {
	var rows []columnRow
	err := r.c.list(ctx, &rows, `SELECT /* mltop */ a.attrelid::text AS t, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
			CASE WHEN a.attcollation <> y.typcollation THEN coalesce((SELECT collname::text FROM pg_collation WHERE oid = a.attcollation), '') ELSE '' END AS collation,
			a.attnotnull AS notnull, a.attgenerated <> '' AS generated, coalesce(`+r.locked.unless("d.adrelid", "pg_get_expr(d.adbin, d.adrelid)")+`, '') AS def,
			CASE WHEN y.typname IN ('text', 'varchar', 'bpchar') THEN y.typname::text ELSE '' END AS text_type,
			coalesce((SELECT CASE k.collprovider WHEN 'd' THEN b.datcollate ELSE k.collcollate END IN ('C', 'POSIX')
				FROM pg_collation k, pg_database b WHERE k.oid = a.attcollation AND b.datname = current_database()), false) AS bytewise
		FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_type y ON y.oid = a.atttypid
			LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE r.relkind IN ('r', 'p', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND `+ours+r.part.only("r.oid")+` ORDER BY a.attrelid, a.attnum`)
	for _, x := range rows {
		if t := r.tables[x.Table]; t != nil {
			t.Columns = append(t.Columns, db.Column{Name: x.Name, Type: x.Type, Collation: x.Collation, NotNull: x.NotNull, Generated: x.Generated, Default: x.Default, LikeClass: x.likeClass()})
		}
	}
	return err
}

type constraintRow struct {
	Table   string  `db:"t"`
	Kind    string  `db:"kind"`
	Columns string  `db:"columns"`
	Other   *string `db:"other"`
	Within  *string `db:"within"` // the schema of Other
	Refs    string  `db:"refs"`
}

// separator joins names in an answer; no name holds it.
const separator = "\x01"

// readConstraints leaves out what the server writes down again of a foreign key
// for each partition of the table that it refers to.
func (r *schemaReader) readConstraints(ctx context.Context) error {
	const names = `coalesce((SELECT string_agg(a.attname, E'\x01' ORDER BY k.i) FROM unnest(%s) WITH ORDINALITY k(n, i) JOIN pg_attribute a ON a.attrelid = %s AND a.attnum = k.n), '')`
	var rows []constraintRow
	err := r.c.list(ctx, &rows, `SELECT /* mltop */ o.conrelid::text AS t, o.contype::text AS kind, `+fmt.Sprintf(names, "o.conkey", "o.conrelid")+` AS columns,
			(SELECT f.relname::text FROM pg_class f WHERE f.oid = o.confrelid) AS other,
			(SELECT n.nspname::text FROM pg_class f JOIN pg_namespace n ON n.oid = f.relnamespace WHERE f.oid = o.confrelid) AS within, `+fmt.Sprintf(names, "o.confkey", "o.confrelid")+` AS refs
		FROM pg_constraint o WHERE o.contype IN ('p', 'f') AND o.conrelid <> 0
			AND NOT EXISTS (SELECT FROM pg_constraint u WHERE u.oid = o.conparentid AND u.conrelid = o.conrelid)`+r.part.only("o.conrelid")+` ORDER BY o.conrelid, o.conname`)
	for _, x := range rows {
		t := r.tables[x.Table]
		switch {
		case t == nil:
		case x.Kind == "p":
			t.PrimaryKey = strings.Split(x.Columns, separator)
		case x.Other != nil && x.Within != nil:
			t.ForeignKeys = append(t.ForeignKeys, db.ForeignKey{Columns: strings.Split(x.Columns, separator), Schema: *x.Within, Table: *x.Other, RefColumns: strings.Split(x.Refs, separator)})
		}
	}
	return err
}

func (r *schemaReader) readViews(ctx context.Context) error {
	var rows []struct {
		Name   string `db:"name"`
		SQL    string `db:"sql"`
		Locked string `db:"behind"` // the oid of what keeps its text
	}
	err := r.c.list(ctx, &rows, `SELECT /* mltop */ v.relname::text AS name, coalesce(v.behind, '') AS behind, CASE WHEN v.behind IS NULL THEN coalesce(pg_get_viewdef(v.oid), '') ELSE '' END AS sql
		FROM (SELECT r.oid, r.relname, n.nspname, `+r.locked.behind()+` AS behind
		FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind = 'v' AND `+ours+` ORDER BY n.nspname, r.relname LIMIT `+strconv.Itoa(mostTables)+`) v ORDER BY v.nspname, v.relname`)
	for _, x := range rows {
		r.views = append(r.views, db.View{Name: x.Name, SQL: x.SQL, Locked: r.locked[x.Locked]})
	}
	return err
}

// version is a digest of all that DDL changes: PostgreSQL keeps no count of
// its catalog's changes.
func (r *schemaReader) version() string {
	h := sha256.New()
	for _, t := range r.list {
		fmt.Fprintln(h, t.Schema, t.Name, t.PrimaryKey, t.Columns, t.ForeignKeys)
		for _, ix := range t.Indexes {
			fmt.Fprintln(h, ix.SQL, ix.Invalid, ix.Also)
		}
	}
	for _, v := range r.views {
		_, _ = io.WriteString(h, v.Name+" "+v.SQL+"\n") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
