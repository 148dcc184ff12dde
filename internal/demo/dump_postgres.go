package demo

import (
	"context"
	"database/sql"
	"io"
)

// notOurs leaves out what the server itself makes and throws away.
const notOurs = ` n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`

// dumpPostgres writes the catalog as the server itself defines it, and every
// setting that is not the default, with where it comes from.
func dumpPostgres(ctx context.Context, db *sql.DB, into io.Writer) error {
	return dumpQueries(ctx, db, []string{
		`SELECT n.nspname::text, n.nspacl::text FROM pg_namespace n WHERE` + notOurs + ` ORDER BY 1`,
		`SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, c.reloptions::text, c.relacl::text, pg_get_userbyid(c.relowner)::text AS owner
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE` + notOurs + ` ORDER BY 1, 2`,
		`SELECT c.oid::regclass::text AS relation, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text, a.attstattarget, pg_get_expr(d.adbin, d.adrelid) AS expression
			FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'v', 'm') AND` + notOurs + ` ORDER BY 1, 2`,
		`SELECT pg_get_indexdef(i.indexrelid) AS index, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE` + notOurs + ` ORDER BY 1`,
		`SELECT o.conrelid::regclass::text AS relation, o.conname::text, pg_get_constraintdef(o.oid) AS constraint FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE` + notOurs + ` ORDER BY 1, 2`,
		`SELECT extname::text, extversion FROM pg_extension ORDER BY 1`,
		`SELECT p.oid::regprocedure::text AS function FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE` + notOurs + ` ORDER BY 1`,
		`SELECT stxname::text FROM pg_statistic_ext ORDER BY 1`,
		`SELECT setdatabase, setrole, setconfig::text FROM pg_db_role_setting ORDER BY 1, 2`,
		`SELECT sourcefile, name, setting FROM pg_file_settings ORDER BY sourcefile, seqno`,
		`SELECT name, setting, source FROM pg_settings WHERE source NOT IN ('default', 'client', 'session') ORDER BY 1`,
	}, into)
}
