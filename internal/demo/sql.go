package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-sqlite3"

	"mltop/collectors/querylog/snippet"
)

// An execer runs a statement: a pool, a connection or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// run executes a script, and names its first line when it fails.
func run(ctx context.Context, x execer, script string) error {
	if _, err := x.ExecContext(ctx, script); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(script), "\n")
		return fmt.Errorf("run %q: %w", first, err)
	}
	return nil
}

// A connector opens connections to one file; log, when set, takes a line for
// each of their statements.
type connector struct {
	dsn string
	log io.Writer
}

func (c connector) Driver() driver.Driver {
	if c.log == nil {
		return &sqlite3.SQLiteDriver{}
	}
	return snippet.Driver{Driver: &sqlite3.SQLiteDriver{}, Log: c.log}
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

// openOne opens a pool of exactly one connection.
func openOne(dsn string, log io.Writer) *sql.DB {
	pool := sql.OpenDB(connector{dsn, log})
	pool.SetMaxOpenConns(1)
	return pool
}

// fileDSN is the URI of a database file, whatever its name holds.
func fileDSN(path, options string) string {
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(path) + options
}
