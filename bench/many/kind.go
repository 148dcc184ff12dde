package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"

	driversql "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the administrator

	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/throwaway"
)

// A kind is what differs between the servers.
type kind struct {
	name  string
	start func(settings map[string]string) (*throwaway.Server, error)
	// roomy are the settings of a server with so many sessions.
	roomy func(sessions int) map[string]string
	admin func(*throwaway.Server) (*sql.DB, error)
	dial  func(context.Context, *throwaway.Server) (client, error)
	url   func(*throwaway.Server) string
	// socket is the server's, as a file.
	socket func(*throwaway.Server) string
	// through is a server whose socket lies in a folder.
	through func(s *throwaway.Server, folder string) *throwaway.Server
	open    func(ctx context.Context, url string, trace func(db.Line)) (db.Engine, error)
	waiting string // counts the sessions that wait for a lock
	ours    string // counts mltop's sessions beside the administrator's and so many others
	// asked bounds of how many sessions that wait it is asked who blocks them.
	asked int
}

// A client is an application's connection, with nothing around it.
type client interface {
	id() string
	exec(ctx context.Context, sql string) error
	close()
}

const database = "many"

func kinds() map[string]kind {
	return map[string]kind{"mariadb": mariadb(), "postgres": postgresql()}
}

func mariadb() kind {
	return kind{
		name: "MariaDB", admin: adminOfMariaDB, dial: dialMariaDB,
		start: func(settings map[string]string) (*throwaway.Server, error) {
			return throwaway.MariaDB(throwaway.MariaDBOptions{Settings: settings})
		},
		roomy: func(sessions int) map[string]string {
			return map[string]string{"max-connections": strconv.Itoa(sessions), "thread-stack": "192K", "innodb-lock-wait-timeout": "3600"}
		},
		url:    func(s *throwaway.Server) string { return s.MariaDBURL(database) },
		socket: func(s *throwaway.Server) string { return s.Socket },
		through: func(_ *throwaway.Server, folder string) *throwaway.Server {
			return &throwaway.Server{Socket: folder + "/s"}
		},
		open: func(ctx context.Context, url string, trace func(db.Line)) (db.Engine, error) {
			return mysql.Open(ctx, url, mysql.Options{Trace: trace})
		},
		waiting: "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'",
		ours:    "SELECT COUNT(*) - 1 - ? FROM information_schema.PROCESSLIST",
		asked:   1 << 30,
	}
}

func adminOfMariaDB(s *throwaway.Server) (*sql.DB, error) {
	c, err := driversql.NewConnector(s.MariaDBConfig(""))
	if err != nil {
		return nil, err
	}
	d := sql.OpenDB(c)
	d.SetMaxOpenConns(1)
	_, err = d.Exec("CREATE DATABASE IF NOT EXISTS " + database)
	return d, err
}

type mariadbClient struct {
	c      driver.Conn
	number string
}

func dialMariaDB(ctx context.Context, s *throwaway.Server) (client, error) {
	connector, err := driversql.NewConnector(s.MariaDBConfig(database))
	if err != nil {
		return nil, err
	}
	c, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := c.(driver.QueryerContext).QueryContext(ctx, "SELECT CAST(CONNECTION_ID() AS CHAR)", nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return nil, err
	}
	number, _ := row[0].([]byte)
	return &mariadbClient{c, string(number)}, nil
}

func (c *mariadbClient) id() string { return c.number }

func (c *mariadbClient) exec(ctx context.Context, sql string) error {
	_, err := c.c.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}

func (c *mariadbClient) close() { _ = c.c.Close() }

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
		ours:    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mltop' AND $1::int IS NOT NULL",
		asked:   200,
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
