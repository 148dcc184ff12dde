package main

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the administrator

	"mltop/internal/db"
	"mltop/internal/db/postgres"
	"mltop/internal/throwaway"
)

func postgresql() kind {
	return kind{
		name: "PostgreSQL", admin: adminOfPostgres, dial: dialPostgres,
		start: func(settings map[string]string) (*throwaway.Server, error) {
			return throwaway.Postgres(throwaway.PostgresOptions{Extensions: true, Settings: settings})
		},
		roomy: func(sessions int) map[string]string {
			return map[string]string{"max_connections": strconv.Itoa(sessions), "shared_buffers": "16MB"}
		},
		url:    func(s *throwaway.Server) string { return s.PostgresURL(database) },
		socket: func(s *throwaway.Server) string { return s.Socket + postgresSocket },
		through: func(_ *throwaway.Server, folder string) *throwaway.Server {
			return &throwaway.Server{Socket: folder}
		},
		open: func(ctx context.Context, url string, trace func(db.Line)) (db.Engine, error) {
			return postgres.Open(ctx, url, postgres.Options{Trace: trace})
		},
		waiting: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
		tables:  tablesOfPostgres(),
		ours:    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mltop' AND $1::int IS NOT NULL",
		asked:   200,
	}
}

func tablesOfPostgres() crowdOfTables {
	return crowdOfTables{
		make: func(n int) string {
			return fmt.Sprintf("DO $$ BEGIN FOR i IN 1..%d LOOP EXECUTE 'CREATE TABLE t' || i || ' (a int)'; IF i %% 500 = 0 THEN COMMIT; END IF; END LOOP; END $$", n)
		},
		settings: map[string]string{"max_locks_per_transaction": "1024"},
		fill: func(name string, rows int) []string {
			return []string{
				"CREATE TABLE " + name + " (id int PRIMARY KEY, a int, note text)",
				fmt.Sprintf("INSERT INTO %s SELECT i, i * 7919 %% 10007, repeat('x', 150) FROM generate_series(1, %d) i", name, rows),
				"ANALYZE " + name,
			}
		},
		kept: 5000,
	}
}

const postgresSocket = "/.s.PGSQL.5432"

func adminOfPostgres(s *throwaway.Server) (*sql.DB, error) {
	d, err := sql.Open("pgx", s.PostgresURL("postgres"))
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	if _, err := d.Exec("CREATE DATABASE " + database); err != nil {
		return d, err
	}
	_ = d.Close()
	d, err = sql.Open("pgx", s.PostgresURL(database))
	if err == nil {
		d.SetMaxOpenConns(1)
	}
	return d, err
}

type postgresClient struct{ c *pgconn.PgConn }

func dialPostgres(ctx context.Context, s *throwaway.Server) (client, error) {
	c, err := pgconn.Connect(ctx, s.PostgresURL(database))
	if err != nil {
		return nil, err
	}
	return &postgresClient{c}, nil
}

func (c *postgresClient) id() string { return strconv.FormatUint(uint64(c.c.PID()), 10) }

func (c *postgresClient) exec(ctx context.Context, sql string) error {
	_, err := c.c.Exec(ctx, sql).ReadAll()
	return err
}

func (c *postgresClient) close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // no farewell: it may be waiting
	_ = c.c.Close(ctx)
}
