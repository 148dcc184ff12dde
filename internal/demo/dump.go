package demo

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/stdlib"
)

// Dump writes out a database's schema and settings, but no rows: two dumps are
// equal when nothing of that differs. admin is where Ready says that it is
// taken.
func Dump(ctx context.Context, e Engine, admin string) (string, error) {
	var db *sql.DB
	var write func(context.Context, *sql.DB, io.Writer) error
	switch e {
	case Postgres:
		db, write = openPool(connector{driver: stdlib.GetDefaultDriver(), dsn: admin}, 1), dumpPostgres
	case MariaDB:
		db, write = openPool(connector{driver: &mysql.MySQLDriver{}, dsn: admin}, 1), dumpMariaDB
	default:
		db, write = openOne(fileDSN(admin, "?mode=ro&_busy_timeout=5000"), nil), dumpSQLite
	}
	defer db.Close()
	var b strings.Builder
	if err := write(ctx, db, &b); err != nil {
		return "", fmt.Errorf("dump the schema and settings: %w", err)
	}
	return b.String(), nil
}

// dumpQueries writes the rows of each query under its text.
func dumpQueries(ctx context.Context, db *sql.DB, queries []string, into io.Writer) error {
	for _, query := range queries {
		fmt.Fprintf(into, "-- %s\n", query)
		rows, err := queryRows(ctx, db, query)
		if err != nil {
			return err
		}
		for _, row := range rows {
			fmt.Fprintln(into, row) // fmt sorts a map's keys
		}
	}
	return nil
}
