package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"

	driversql "github.com/go-sql-driver/mysql"

	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/throwaway"
)

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
		tables:  tablesOfMariaDB(),
		ours:    "SELECT COUNT(*) - 1 - ? FROM information_schema.PROCESSLIST",
		asked:   1 << 30,
	}
}

func tablesOfMariaDB() crowdOfTables {
	return crowdOfTables{
		make: func(n int) string {
			return fmt.Sprintf("BEGIN NOT ATOMIC DECLARE i INT DEFAULT 1; WHILE i <= %d DO EXECUTE IMMEDIATE CONCAT('CREATE TABLE t', i, ' (a INT)'); SET i = i + 1; END WHILE; END", n)
		},
		settings: map[string]string{"innodb-file-per-table": "0", "debug-no-sync": "1"},
		fill: func(name string, rows int) []string {
			return []string{
				"CREATE TABLE " + name + " (id INT PRIMARY KEY, a INT, note VARCHAR(200))",
				fmt.Sprintf("INSERT INTO %s SELECT seq, seq * 7919 %% 10007, REPEAT('x', 150) FROM seq_1_to_%d", name, rows),
				"ANALYZE TABLE " + name,
			}
		},
		kept: 300,
	}
}

func adminOfMariaDB(s *throwaway.Server) (*sql.DB, error) {
	c, err := driversql.NewConnector(s.MariaDBConfig(""))
	if err != nil {
		return nil, err
	}
	d := sql.OpenDB(c)
	d.SetMaxOpenConns(1)
	if _, err := d.Exec("CREATE DATABASE " + database); err != nil {
		return d, err
	}
	_, err = d.Exec("USE " + database)
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
