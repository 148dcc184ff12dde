package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net/url"

	"github.com/go-sql-driver/mysql"

	"mltop/internal/throwaway"
)

type mariadbKind struct{}

func (mariadbKind) name() string { return "MariaDB" }

// start starts one as a sensible production server is: what commits is on
// disk, statements are counted. innodb_buffer_pool_size is the poor setting:
// all of the shop's data is several times larger.
func (mariadbKind) start() (*throwaway.Server, error) {
	return throwaway.MariaDB(throwaway.MariaDBOptions{PerformanceSchema: true, Durable: true,
		Settings: map[string]string{"innodb-buffer-pool-size": "32M", "default-time-zone": "+00:00", "local-infile": "ON",
			"innodb-fast-shutdown": "2"}})
}

func (mariadbKind) dialect() *dialect { return mariadbDialect() }

func (mariadbKind) driver() driver.Driver { return &mysql.MySQLDriver{} }

// dsn lets the build's texts hold several statements, join words with || as
// SQLite does, and count as far as they have to.
func (mariadbKind) dsn(s *throwaway.Server, database, user, program string) string {
	c := s.MariaDBConfig(database)
	if user != "" {
		c.User = user
	}
	if program != "" {
		c.ConnectionAttributes = "program_name:" + program
		c.InterpolateParams = true // else the driver prepares what has arguments, which the query log does not see
		return c.FormatDSN()
	}
	c.MultiStatements = true
	c.Params = map[string]string{"sql_mode": "CONCAT(@@sql_mode,',PIPES_AS_CONCAT')", "max_recursive_iterations": "1000000"}
	return c.FormatDSN()
}

func (mariadbKind) target(s *throwaway.Server) string {
	u := url.URL{Scheme: "mariadb", User: url.User(mltopUser), Path: "/" + shopDatabase, RawQuery: url.Values{"socket": {s.Socket}}.Encode()}
	return u.String()
}

func (mariadbKind) admit() []string {
	return []string{
		"CREATE DATABASE shop", "CREATE DATABASE shop_model",
		"CREATE USER shop@localhost",
		"GRANT ALL ON shop.* TO shop@localhost", "GRANT ALL ON shop_model.* TO shop@localhost",
	}
}

// allow gives mltop what its README asks for: to see what everybody does, to
// index the shop's tables, to end sessions, and to change settings.
func (mariadbKind) allow() []string {
	return []string{
		"CREATE USER mltop@localhost",
		"GRANT PROCESS, REPLICATION CLIENT, CONNECTION ADMIN, SUPER ON *.* TO mltop@localhost",
		"GRANT SELECT, INDEX, ALTER, CREATE, INSERT ON shop.* TO mltop@localhost",
		"GRANT ALL ON `mltop\\_scratch\\_%`.* TO mltop@localhost",
		"GRANT BINLOG ADMIN ON *.* TO mltop@localhost",
		"GRANT SELECT ON performance_schema.* TO mltop@localhost",
		"GRANT SELECT ON mysql.* TO mltop@localhost",
		"FLUSH STATUS",
		"TRUNCATE TABLE performance_schema.events_statements_summary_by_digest",
	}
}

// historyReader is the name under which the driver finds the history; it
// knows readers by name alone.
const historyReader = "mltop-demo-history"

func (mariadbKind) load(ctx context.Context, c *sql.Conn, rows io.Reader) error {
	mysql.RegisterReaderHandler(historyReader, func() io.Reader { return rows })
	defer mysql.DeregisterReaderHandler(historyReader)
	_, err := c.ExecContext(ctx, fmt.Sprintf("LOAD DATA LOCAL INFILE 'Reader::%s' INTO TABLE request_logs CHARACTER SET utf8mb4 (%s)", historyReader, textColumns))
	return err
}
