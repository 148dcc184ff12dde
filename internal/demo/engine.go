package demo

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
)

// An Engine names the database under the sample deployment.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	MariaDB  Engine = "mariadb"
	Postgres Engine = "postgres"
)

// Engines lists them, the default first.
func Engines() []Engine { return []Engine{SQLite, MariaDB, Postgres} }

// ParseEngine reads an engine's name; "" is the default.
func ParseEngine(name string) (Engine, error) {
	if name == "" {
		return SQLite, nil
	}
	for _, e := range Engines() {
		if strings.EqualFold(name, string(e)) {
			return e, nil
		}
	}
	return "", fmt.Errorf("%q is none of sqlite, mariadb, postgres", name)
}

// Server reports whether the database is a server with sessions, not a file.
func (e Engine) Server() bool { return e == MariaDB || e == Postgres }

// A store is the database under the shop. What differs between engines is
// here and in its dialect, and nowhere else.
type store interface {
	dialect() *dialect
	// connections is how many the application's pool has.
	connections() int
	// model lends an empty database for the calibration; it is gone behind use.
	model(ctx context.Context, use func(*sql.DB) error) error
	// build makes the application's database with all of its past.
	build(ctx context.Context, p past) error
	// open opens the application's pool; each statement is a line of log.
	open(log io.Writer) *sql.DB
	// office opens a session of another application of the same shop.
	office() (*sql.DB, error)
	// addresses are where mltop attaches, and where a Dump is taken.
	addresses() (target, admin string)
	close() error
}

// openStore starts what the engine needs; doing tells what takes long.
func openStore(e Engine, dir *workdir, doing func(string)) (store, error) {
	switch e {
	case Postgres:
		return startStore(postgresKind{}, doing)
	case MariaDB:
		return startStore(mariadbKind{}, doing)
	default:
		return sqliteStore{dir}, nil
	}
}
