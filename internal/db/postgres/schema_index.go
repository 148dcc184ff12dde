package postgres

import (
	"context"
	"strconv"
	"strings"

	"mltop/internal/db"
)

type indexRow struct {
	Table      string  `db:"t"`
	Schema     string  `db:"schema"`
	Name       string  `db:"name"`
	Method     string  `db:"method"`
	Unique     bool    `db:"uniq"`
	Constraint bool    `db:"cons"`
	Valid      bool    `db:"valid"`
	Building   bool    `db:"building"`
	Keys       int     `db:"keys"`
	Columns    string  `db:"columns"`    // names; "" for an expression
	Exprs      string  `db:"exprs"`      // text of each key
	Options    string  `db:"options"`    // 1: desc, 2: nulls first
	Collations string  `db:"collations"` // where they are not the column's
	Classes    string  `db:"classes"`    // where they are not the type's default
	Where      *string `db:"pred"`
	SQL        string  `db:"sql"`
	Bytes      *int64  `db:"bytes"`
	Uses       *int64  `db:"uses"`
	Parted     bool    `db:"parted"`
	PartOf     string  `db:"part_of"`
	indexRest
}

// buildingSQL asks of an invalid index whether somebody is at work on it. A
// build is told by its table: REINDEX CONCURRENTLY names one index of several.
// Whose progress may not be seen has no table in the view, and a replica does
// not see what its primary builds: there it may be. REINDEX and DROP INDEX
// CONCURRENTLY lock the index itself against each other, which all may see.
const buildingSQL = `CASE WHEN i.indisvalid AND i.indisready THEN false ELSE pg_is_in_recovery()
	OR EXISTS (SELECT FROM pg_stat_progress_create_index b WHERE b.datname = current_database() AND (b.relid = i.indrelid OR b.relid IS NULL))
	OR EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.relation = i.indexrelid AND d.datname = current_database()
		AND l.granted AND l.mode IN ('ShareUpdateExclusiveLock', 'AccessExclusiveLock')) END`

// indexSQL lists indexes with one text for each key, joined by separator.
const indexSQL = `SELECT /* mltop */ i.indrelid::text AS t, n.nspname::text AS schema, r.relname::text AS name, m.amname::text AS method, i.indisunique AS uniq,
	EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')) AS cons, i.indisvalid AND i.indisready AS valid, ` + buildingSQL + ` AS building, i.indnkeyatts::int8 AS keys,
	p.columns, p.exprs, p.options, p.collations, p.classes, pg_get_expr(i.indpred, i.indrelid) AS pred, pg_get_indexdef(i.indexrelid) AS sql,
	CASE WHEN r.relkind = 'I' THEN NULL ELSE pg_relation_size(r.oid) END AS bytes, s.idx_scan AS uses,
	r.relkind = 'I' AS parted, coalesce((SELECT w.relname::text FROM pg_inherits h JOIN pg_class w ON w.oid = h.inhparent WHERE h.inhrelid = r.oid), '') AS part_of,
	` + restSQL + `
	FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_class tr ON tr.oid = i.indrelid JOIN pg_namespace n ON n.oid = tr.relnamespace JOIN pg_am m ON m.oid = r.relam
	LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
	CROSS JOIN LATERAL (SELECT string_agg(coalesce(a.attname, ''), E'\x01' ORDER BY k) AS columns, string_agg(pg_get_indexdef(i.indexrelid, k, true), E'\x01' ORDER BY k) AS exprs,
		string_agg(CASE WHEN k <= i.indnkeyatts THEN i.indoption[k - 1]::text ELSE '0' END, E'\x01' ORDER BY k) AS options,
		string_agg(CASE WHEN k <= i.indnkeyatts AND i.indcollation[k - 1] <> coalesce(a.attcollation, 0) AND i.indcollation[k - 1] <> 100 THEN coalesce(c.collname::text, '') ELSE '' END, E'\x01' ORDER BY k) AS collations,
		string_agg(CASE WHEN k <= i.indnkeyatts AND NOT o.opcdefault THEN o.opcname::text ELSE '' END, E'\x01' ORDER BY k) AS classes
		FROM generate_series(1, i.indnatts) k
		LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND i.indkey[k - 1] <> 0
		LEFT JOIN pg_collation c ON k <= i.indnkeyatts AND c.oid = i.indcollation[k - 1]
		LEFT JOIN pg_opclass o ON k <= i.indnkeyatts AND o.oid = i.indclass[k - 1]) p
	WHERE ` + ours

func (r *schemaReader) readIndexes(ctx context.Context) error {
	var rows []indexRow
	err := r.c.list(ctx, &rows, indexSQL+r.part.only("i.indrelid")+r.locked.not("i.indrelid")+" ORDER BY i.indrelid, r.relname")
	for _, x := range rows {
		if t := r.tables[x.Table]; t != nil {
			ix := x.index()
			ix.Table = t.ID()
			ix.Also = x.statements(qualified(t.Schema, t.Name), ix.Schema, ix.Name)
			t.Indexes = append(t.Indexes, &ix)
		}
	}
	return err
}

// index reads a row; the caller names the table.
func (x indexRow) index() db.Index {
	ix := db.Index{Schema: x.Schema, Name: x.Name, Unique: x.Unique, Constraint: x.Constraint, Method: x.Method, Bytes: x.Bytes, Uses: x.Uses, Invalid: !x.Valid, Building: x.Building, Parted: x.Parted, PartOf: x.PartOf, Identity: x.Identity, Clustered: x.Clustered, Comment: x.Comment, SQL: x.within(x.SQL)}
	if x.Where != nil {
		ix.Where = *x.Where
	}
	names, exprs := strings.Split(x.Columns, separator), strings.Split(x.Exprs, separator)
	options, collations, classes := strings.Split(x.Options, separator), strings.Split(x.Collations, separator), strings.Split(x.Classes, separator)
	for i, name := range names {
		if i >= x.Keys {
			ix.Include = append(ix.Include, name)
			continue
		}
		c := db.IndexColumn{Name: name, Collation: collations[i], Class: classes[i]}
		if name == "" {
			c.Expr = strings.TrimSuffix(strings.TrimPrefix(exprs[i], "("), ")")
			if !strings.HasPrefix(exprs[i], "(") {
				c.Expr = exprs[i]
			}
		}
		c.Desc, c.Nulls = readOption(options[i])
		ix.Columns = append(ix.Columns, c)
	}
	return ix
}

// readOption reads pg_index.indoption: bit 1 is DESC, bit 2 NULLS FIRST, which
// DESC has by itself.
func readOption(text string) (desc bool, nulls string) {
	n, _ := strconv.Atoi(text)
	desc, first := n&1 != 0, n&2 != 0
	switch {
	case first && !desc:
		nulls = "first"
	case !first && desc:
		nulls = "last"
	}
	return desc, nulls
}
