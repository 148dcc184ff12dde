//go:build cgo

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"mltop/internal/db"
)

// measured runs a statement to its end and answers how long that took by the
// stopwatch and what SQLite counted. Preparing is not timed: applications
// keep statements.
func (c *conn) measured(ctx context.Context, sql string, args []driver.Value) (took time.Duration, work *db.Work, err error) {
	c.authorize(allowPlanning)
	defer c.authorize(nil)
	prepared, err := c.c.Prepare(sql)
	if err != nil {
		return 0, nil, err
	}
	defer prepared.Close()
	st := prepared.(*sqlite3.SQLiteStmt)
	elapsed := stopwatch()
	rows, err := st.QueryContext(ctx, named(args))
	if err != nil {
		return elapsed(), nil, err
	}
	row := make([]driver.Value, len(rows.Columns()))
	for err == nil {
		err = rows.Next(row)
	}
	took = elapsed()
	work = workOf(st)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return took, work, errors.Join(err, rows.Close())
}

// columns counts the columns that a SELECT answers, without running it.
func (c *conn) columns(sql string) (int, error) {
	prepared, err := c.c.Prepare(sql)
	if err != nil {
		return 0, err
	}
	defer prepared.Close()
	rows, err := prepared.(*sqlite3.SQLiteStmt).QueryContext(context.Background(), nil)
	if err != nil {
		return 0, err
	}
	return len(rows.Columns()), rows.Close()
}
