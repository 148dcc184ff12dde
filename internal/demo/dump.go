package demo

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// dumpQueries are what a Dump holds: the catalog, the statistics' presence
// with it, and the settings that a file keeps. The catalog's own version is
// left out: it counts changes, and an undone change is two.
func dumpQueries() []string {
	return []string{
		`SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name`,
		`PRAGMA journal_mode`,
		`PRAGMA page_size`,
		`PRAGMA auto_vacuum`,
		`PRAGMA encoding`,
		`PRAGMA user_version`,
		`PRAGMA application_id`,
	}
}

// Dump writes out a database's schema and the settings kept in its file, but
// no rows: two dumps are equal when nothing of that differs.
func Dump(ctx context.Context, path string) (string, error) {
	db := openOne(fileDSN(path, "?mode=ro&_busy_timeout=5000"), nil)
	defer db.Close()
	var b strings.Builder
	for _, query := range dumpQueries() {
		fmt.Fprintf(&b, "-- %s\n", query)
		if err := dumpRows(ctx, db, query, &b); err != nil {
			return "", fmt.Errorf("dump %s: %w", path, err)
		}
	}
	return b.String(), nil
}

func dumpRows(ctx context.Context, db *sql.DB, query string, into *strings.Builder) error {
	s := shop{db}
	rows, err := s.rows(ctx, query)
	if err != nil {
		return err
	}
	for _, row := range rows {
		fmt.Fprintln(into, row) // fmt sorts a map's keys
	}
	return nil
}
