package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mltop/bench/advisor/webapp"
	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
	"mltop/internal/throwaway"
)

// A host holds the application's data twice: plain stays as it is, trial gets
// the indexes. So both can be measured in turn.
type host struct {
	engine string // "sqlite", "postgres", "mysql"
	label  string // with its version
	open   func(database string) (*sql.DB, error)
	attach func(ctx context.Context, database string) (db.Engine, error)
	path   func(database string) string // of a file; "" on a server
	make   func(ctx context.Context) error
	stop   func() error

	plain, trial *sql.DB
	on           *subject
	known        map[string]timed // what a statement took, by its plan
	ended        []string         // the statements that were ended without indexes
	keyless      bool             // its tables have no primary keys
	planned      bool             // nothing is executed; see unexecuted.go
}

// The two databases.
const plainName, trialName = "plain", "trial"

func startHost(engine, dir string) (*host, error) {
	switch engine {
	case "sqlite":
		return sqliteHost(dir)
	case "postgres":
		return postgresHost()
	case "mysql":
		return mariadbHost()
	}
	return nil, fmt.Errorf("no engine %q: sqlite, postgres or mysql", engine)
}

// furnish fills the host with a subject's data, in the place of those before.
func (h *host) furnish(ctx context.Context, on *subject) error {
	h.leave()
	h.on, h.known = on, map[string]timed{}
	if err := h.make(ctx); err != nil {
		return fmt.Errorf("make the data of %s on %s: %w", on.workload, h.label, err)
	}
	var err error
	if h.plain, err = h.open(plainName); err != nil {
		return err
	}
	if h.trial, err = h.open(trialName); err != nil || !h.planned {
		return err
	}
	return h.empty(ctx)
}

func (h *host) leave() {
	for _, d := range []*sql.DB{h.plain, h.trial} {
		if d != nil {
			_ = d.Close() // the data go anyway
		}
	}
	h.plain, h.trial = nil, nil
}

func (h *host) close() error {
	h.leave()
	return h.stop()
}

// single is a database's only connection: what is set stays with it.
func single(driver, dsn string) (*sql.DB, error) {
	d, err := sql.Open(driver, dsn)
	if err == nil {
		d.SetMaxOpenConns(1)
	}
	return d, err
}

func sqliteHost(dir string) (*host, error) {
	h := &host{engine: "sqlite"}
	h.path = func(name string) string { return filepath.Join(dir, name+".db") }
	h.open = func(name string) (*sql.DB, error) {
		return single("sqlite3", "file:"+h.path(name)+"?_busy_timeout=5000&_cache_size=-64000")
	}
	h.attach = func(ctx context.Context, name string) (db.Engine, error) {
		return sqlite.Open(ctx, h.path(name), sqlite.Options{})
	}
	h.make = h.makeSQLite
	h.stop = func() error { return nil }
	d, err := single("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var version string
	err = d.QueryRow("SELECT sqlite_version()").Scan(&version)
	h.label = "SQLite " + version
	return h, err
}

func (h *host) makeSQLite(ctx context.Context) error {
	for _, name := range []string{"seed", plainName, trialName} {
		if err := os.Remove(h.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	d, err := h.open("seed")
	if err != nil {
		return err
	}
	defer d.Close()
	if err := h.on.load(ctx, d, h.engine); err != nil {
		return err
	}
	return run(ctx, d, "ANALYZE", "VACUUM INTO "+webapp.Literal(h.path(plainName)), "VACUUM INTO "+webapp.Literal(h.path(trialName)))
}

func postgresHost() (*host, error) {
	s, err := throwaway.Postgres(throwaway.PostgresOptions{Extensions: true, Settings: map[string]string{
		"shared_buffers": "256MB", "max_parallel_workers_per_gather": "0", "jit": "off",
	}})
	if err != nil {
		return nil, err
	}
	h := &host{engine: "postgres", stop: s.Stop}
	h.path = func(string) string { return "" }
	h.open = func(name string) (*sql.DB, error) {
		return single("pgx", s.PostgresURL(name)+"&default_query_exec_mode=simple_protocol")
	}
	h.attach = func(ctx context.Context, name string) (db.Engine, error) {
		return postgres.Open(ctx, s.PostgresURL(name), postgres.Options{})
	}
	h.make = h.makePostgres
	d, err := h.open("postgres")
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	defer d.Close()
	err = d.QueryRow("SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)").Scan(&h.label)
	return h, err
}

func (h *host) makePostgres(ctx context.Context) error {
	if err := h.makePostgresPlain(ctx); err != nil {
		return err
	}
	admin, err := h.open("postgres")
	if err != nil {
		return err
	}
	defer admin.Close()
	return run(ctx, admin, "CREATE DATABASE "+trialName+" TEMPLATE "+plainName)
}

// makePostgresPlain: the order is not that of bytes, as in most databases.
func (h *host) makePostgresPlain(ctx context.Context) error {
	admin, err := h.open("postgres")
	if err != nil {
		return err
	}
	defer admin.Close()
	err = run(ctx, admin, "DROP DATABASE IF EXISTS "+trialName+" WITH (FORCE)", "DROP DATABASE IF EXISTS "+plainName+" WITH (FORCE)",
		"CREATE DATABASE "+plainName+" TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
	if err != nil {
		return err
	}
	return h.fill(ctx, "CREATE EXTENSION hypopg", "VACUUM ANALYZE")
}

// fill loads the plain database and closes it again.
func (h *host) fill(ctx context.Context, finish ...string) error {
	d, err := h.open(plainName)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := h.on.load(ctx, d, h.engine); err != nil {
		return err
	}
	return run(ctx, d, finish...)
}

func mariadbHost() (*host, error) {
	s, err := throwaway.MariaDB(throwaway.MariaDBOptions{Settings: map[string]string{"innodb-buffer-pool-size": "256M"}})
	if err != nil {
		return nil, err
	}
	h := &host{engine: "mysql", stop: s.Stop}
	h.path = func(string) string { return "" }
	h.open = func(name string) (*sql.DB, error) { return single("mysql", s.MariaDBConfig(name).FormatDSN()) }
	h.attach = func(ctx context.Context, name string) (db.Engine, error) {
		return mysql.Open(ctx, s.MariaDBURL(name), mysql.Options{})
	}
	h.make = h.makeMariaDB
	d, err := h.open("")
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	defer d.Close()
	err = d.QueryRow("SELECT concat('MariaDB ', substring_index(version(), '-', 1))").Scan(&h.label)
	return h, err
}

func (h *host) makeMariaDB(ctx context.Context) error {
	admin, err := h.open("")
	if err != nil {
		return err
	}
	defer admin.Close()
	list := []string{}
	for _, name := range []string{plainName, trialName} {
		list = append(list, "DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
	}
	if err := run(ctx, admin, list...); err != nil {
		return err
	}
	var tables, copies []string
	for _, t := range h.on.tables {
		tables = append(tables, plainName+"."+t, trialName+"."+t)
		copies = append(copies, "CREATE TABLE "+trialName+"."+t+" LIKE "+plainName+"."+t,
			"INSERT INTO "+trialName+"."+t+" SELECT * FROM "+plainName+"."+t)
	}
	if err := h.fill(ctx); err != nil {
		return err
	}
	return run(ctx, admin, append(copies, "ANALYZE TABLE "+strings.Join(tables, ", "))...)
}

func run(ctx context.Context, d *sql.DB, list ...string) error {
	for _, text := range list {
		if _, err := d.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%w: %s", err, text[:min(len(text), 200)])
		}
	}
	return nil
}
