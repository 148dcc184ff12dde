package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/mattn/go-sqlite3"
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

// A conn is what database/sql needs of a connection to run statements.
type conn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
}

// A connector opens connections to one file; wrap, when set, sees each.
type connector struct {
	dsn  string
	wrap func(conn) driver.Conn
}

func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.Driver().Open(c.dsn)
	if err != nil || c.wrap == nil {
		return opened, err
	}
	full, ok := opened.(conn)
	if !ok {
		return nil, errors.Join(errors.New("open the sample database: this driver's connections cannot be watched"), opened.Close())
	}
	return c.wrap(full), nil
}

// openOne opens a pool of exactly one connection.
func openOne(dsn string, wrap func(conn) driver.Conn) *sql.DB {
	pool := sql.OpenDB(connector{dsn, wrap})
	pool.SetMaxOpenConns(1)
	return pool
}

// fileDSN is the URI of a database file, whatever its name holds.
func fileDSN(path, options string) string {
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(path) + options
}
