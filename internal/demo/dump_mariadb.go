package demo

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	"mltop/internal/pattern"
)

// autoIncrement is where a table's next row stands in its definition: it moves
// with the rows.
var autoIncrement = pattern.Late(` AUTO_INCREMENT=\d+`)

// dumpMariaDB writes each table as the server itself defines it, the names of
// all databases, and every global setting.
func dumpMariaDB(ctx context.Context, db *sql.DB, into io.Writer) error {
	tables, err := queryRows(ctx, db, `SELECT table_schema AS s, table_name AS t FROM information_schema.tables
		WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	for _, t := range tables {
		rows, err := queryRows(ctx, db, fmt.Sprintf("SHOW CREATE TABLE `%s`.`%s`", t["s"], t["t"]))
		if err != nil {
			return err
		}
		fmt.Fprintln(into, autoIncrement().ReplaceAllString(fmt.Sprint(rows), ""))
	}
	return dumpQueries(ctx, db, []string{
		`SELECT schema_name, default_collation_name FROM information_schema.schemata ORDER BY 1`,
		`SELECT variable_name, global_value FROM information_schema.system_variables
			WHERE global_value IS NOT NULL AND variable_name NOT LIKE 'gtid%' ORDER BY 1`,
	}, into)
}
