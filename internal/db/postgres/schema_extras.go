package postgres

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"mltop/internal/db"
)

// extras reads what is good to know beside the catalog: when counters began,
// sequences, and how much room is wasted.
func (r *schemaReader) extras(ctx context.Context) error {
	var since sql.NullTime
	if err := r.c.row(ctx, "SELECT /* mltop */ coalesce(stats_reset, pg_postmaster_start_time()) FROM pg_stat_database WHERE datname = current_database()", nil, &since); err != nil {
		return err
	}
	r.since = since.Time
	if err := r.sequences(ctx); err != nil {
		return err
	}
	if len(r.list) > bloatTables {
		return nil // Free is not known
	}
	return r.bloat(ctx)
}

// sequencesSQL finds the column that each sequence serves: what it is owned
// by, and whose default takes from it. A column may end before its sequence.
const sequencesSQL = `SELECT /* mltop */ r.relname::text AS name, coalesce(t.relname::text, '') AS t, coalesce(a.attname::text, '') AS c, coalesce(s.last_value, 0)::float8 AS last,
	least(s.max_value::float8, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END::float8) AS most
	FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_sequences s ON s.schemaname = n.nspname AND s.sequencename = r.relname
	LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
	LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
	WHERE r.relkind = 'S' AND s.increment_by > 0 AND NOT s.cycle AND (SELECT count(*) FROM pg_sequence) <= ` + mostSequences + ` AND ` + ours

// mostSequences bounds how many are looked at: the server locks each one that
// it reads, and its table of locks has room for some thousands.
const mostSequences = "1000"

func (r *schemaReader) sequences(ctx context.Context) error {
	var rows []struct {
		Name   string  `db:"name"`
		Table  string  `db:"t"`
		Column string  `db:"c"`
		Last   float64 `db:"last"`
		Most   float64 `db:"most"`
	}
	err := r.c.list(ctx, &rows, sequencesSQL+r.locked.not("r.oid"))
	for _, x := range rows {
		r.counts = append(r.counts, db.KeyCounter{Name: x.Name, Table: x.Table, Column: x.Column, Last: x.Last, Max: x.Most})
	}
	db.FullestFirst(r.counts)
	return err
}

// bloatTables bounds for how many tables wasted room is estimated: the
// statistics of all their columns have to be read.
const bloatTables = 1000

// A heap page's bytes, from bufpage.h and htup_details.h: what rows have in
// common, before their columns.
const (
	heapPageOwn = 24
	heapRow     = 24 + linePointer
)

// bloat compares each file's bytes with what its rows need by the statistics'
// mean widths: an estimate, good to a tenth or so, of tables that were
// analyzed. Values stored apart (TOAST) are not looked at.
func (r *schemaReader) bloat(ctx context.Context) error {
	var rows []struct {
		OID   string  `db:"oid"`
		Pages float64 `db:"pages"`
		Rows  float64 `db:"n"`
		Fill  float64 `db:"fill"`
	}
	err := r.c.list(ctx, &rows, `SELECT /* mltop */ r.oid::text AS oid, (pg_relation_size(r.oid) / $1::int)::float8 AS pages, r.reltuples::float8 AS n,
		coalesce((SELECT option_value::float8 / 100 FROM pg_options_to_table(r.reloptions) WHERE option_name = 'fillfactor'), 1) AS fill
		FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('r', 'm') AND r.reltuples > 0 AND `+ours+r.locked.not("r.oid"), r.k.block)
	if err != nil {
		return err
	}
	stats, err := columnStats(ctx, r.c, r.ids())
	if err != nil {
		return err
	}
	for _, x := range rows {
		if t := r.tables[x.OID]; t != nil {
			r.wasted(t, stats, x.Rows, x.Pages, x.Fill)
		}
	}
	return nil
}

func (r *schemaReader) ids() tableIDs {
	ids := tableIDs{}
	for _, t := range slices.Backward(r.list) {
		ids[t.Name] = t.Schema
	}
	return ids
}

func (r *schemaReader) wasted(t *db.Table, stats map[string]columnStat, rows, pages, fill float64) {
	width := 0.0
	for _, c := range t.Columns {
		s, known := stats[t.ID()+"."+c.Name]
		if !known {
			return
		}
		width += s.width * (1 - s.nulls)
	}
	aPage := math.Max(1, math.Floor((float64(r.k.block)-heapPageOwn)*fill/(heapRow+aligned(width))))
	free := int64(math.Max(0, pages-math.Ceil(rows/aPage)) * float64(r.k.block))
	t.Free, t.FreeHow = &free, "estimated from the columns' mean widths, as of the last ANALYZE"
	l := Lab{rows: map[string]float64{t.ID(): rows}, stats: stats}
	for _, ix := range t.Indexes {
		if ix.Bytes != nil && ix.Where == "" && (ix.Method == "" || ix.Method == "btree") && l.knows(*ix) {
			free := max(0, *ix.Bytes-int64(l.Size(*ix).Value))
			ix.Free = &free
		}
	}
}

// knows reports whether there are statistics of all columns of an index.
func (l *Lab) knows(ix db.Index) bool {
	for _, name := range keyNames(ix) {
		if _, ok := l.stats[ix.Table+"."+name]; !ok {
			return false
		}
	}
	return true
}
