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

// runAll executes statements in their order.
func runAll(ctx context.Context, x execer, scripts []string) error {
	for _, script := range scripts {
		if err := run(ctx, x, script); err != nil {
			return err
		}
	}
	return nil
}

// A connector opens connections to one database; log, when set, takes a line
// for each of their statements.
type connector struct {
	driver driver.Driver
	dsn    string
	log    io.Writer
}

func (c connector) Driver() driver.Driver {
	if c.log == nil {
		return c.driver
	}
	return snippet.Driver{Driver: c.driver, Log: c.log}
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

// openPool opens a pool of at most n connections, which stay open.
func openPool(c connector, n int) *sql.DB {
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool
}

// openOne opens a pool of exactly one connection to a file.
func openOne(dsn string, log io.Writer) *sql.DB {
	return openPool(connector{&sqlite3.SQLiteDriver{}, dsn, log}, 1)
}

// fileDSN is the URI of a database file, whatever its name holds.
func fileDSN(path, options string) string {
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(path) + options
}
