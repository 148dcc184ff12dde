package demo

import (
	"context"
	"database/sql"
	"io"
)

// dumpSQLite writes the catalog, the statistics' presence with it, and the
// settings that a file keeps. The catalog's own version is left out: it counts
// changes, and an undone change is two.
func dumpSQLite(ctx context.Context, db *sql.DB, into io.Writer) error {
	return dumpQueries(ctx, db, []string{
		`SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name`,
		`PRAGMA journal_mode`,
		`PRAGMA page_size`,
		`PRAGMA auto_vacuum`,
		`PRAGMA encoding`,
		`PRAGMA user_version`,
		`PRAGMA application_id`,
	}, into)
}
