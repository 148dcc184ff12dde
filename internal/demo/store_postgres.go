package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net/url"

	"github.com/jackc/pgx/v5/stdlib"

	"mltop/internal/throwaway"
)

type postgresKind struct{}

func (postgresKind) name() string { return "PostgreSQL" }

// start starts one as a sensible production server is: what commits is on
// disk, vacuum works, statements are counted.
func (postgresKind) start() (*throwaway.Server, error) {
	return throwaway.Postgres(throwaway.PostgresOptions{Durable: true, Settings: map[string]string{"autovacuum": "on", "timezone": "UTC"}})
}

func (postgresKind) dialect() *dialect { return postgresDialect() }

func (postgresKind) driver() driver.Driver { return stdlib.GetDefaultDriver() }

func (k postgresKind) dsn(s *throwaway.Server, database, user, program string) string {
	if database == "" {
		database = "postgres"
	}
	u := k.url(s, database, user)
	if program != "" {
		q := u.Query()
		q.Set("application_name", program)
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func (k postgresKind) target(s *throwaway.Server) string {
	u := k.url(s, shopDatabase, mltopUser)
	return u.String()
}

func (postgresKind) url(s *throwaway.Server, database, user string) url.URL {
	u, err := url.Parse(s.PostgresURL(database))
	if err != nil {
		panic(fmt.Sprintf("read %s: %v", s.PostgresURL(database), err)) // it was written by url.URL
	}
	if user != "" {
		u.User = url.User(user)
	}
	return *u
}

func (postgresKind) admit() []string {
	return []string{
		"CREATE ROLE shop LOGIN",
		"CREATE DATABASE shop OWNER shop",
		"CREATE DATABASE shop_model OWNER shop",
	}
}

// allow gives mltop what its README asks for: to see what everybody does, to
// be what owns the tables, which alone may index them, and to change settings.
// work_mem is the poor one: a sort or a join of some hundred rows goes to disk.
func (postgresKind) allow() []string {
	return []string{
		"CREATE ROLE mltop LOGIN IN ROLE shop, pg_monitor",
		"GRANT EXECUTE ON FUNCTION pg_reload_conf(), pg_show_all_file_settings() TO mltop",
		"GRANT SELECT ON pg_file_settings TO mltop",
		allowSettings,
		"ALTER SYSTEM SET work_mem = '64kB'",
		"SELECT pg_reload_conf()",
		"SET pg_stat_statements.track = 'none'", // what follows is no statement of the shop
		"SELECT pg_stat_reset()",
		"SELECT pg_stat_statements_reset()",
	}
}

// allowSettings: before version 15 only a superuser can be let set anything.
const allowSettings = `DO $$ BEGIN
	IF current_setting('server_version_num')::int >= 150000 THEN
		EXECUTE 'GRANT ALTER SYSTEM ON PARAMETER work_mem, maintenance_work_mem, effective_cache_size, shared_buffers, random_page_cost,
			effective_io_concurrency, track_io_timing, max_wal_size, checkpoint_timeout, checkpoint_completion_target, wal_compression,
			max_connections, max_parallel_workers_per_gather, jit, idle_in_transaction_session_timeout, default_statistics_target TO mltop';
	END IF;
END $$`

// load goes below database/sql, which has no COPY.
func (postgresKind) load(ctx context.Context, c *sql.Conn, rows io.Reader) error {
	return c.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, rows, "COPY request_logs ("+textColumns+") FROM STDIN")
		return err
	})
}
