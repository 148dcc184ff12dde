package mysql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"mltop/internal/db"
	"os"
	"strings"
	"sync/atomic"
	"time"

	driversql "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
)

// A conn is one connection of a pool, taken for a moment.
type conn struct {
	c      *sqlx.Conn
	id     string // the server's; for KILL
	trace  func(db.Line)
	who    string
	writes bool
	own    *ownSessions // may be nil
}

// value is one value as the server writes it.
type value struct {
	s    string
	null bool
}

// A pool holds one connection, and dials again when it is lost.
type pool struct {
	*sqlx.DB
	c *connector
}

// openPool makes a pool whose sessions begin with setup.
func openPool(t target, o Options, setup []string) (*pool, error) {
	cfg, err := driverConfig(t, o)
	if err != nil {
		return nil, err
	}
	c, err := driversql.NewConnector(cfg)
	if err != nil {
		return nil, errors.New("the driver refuses the address") // its own words may hold all of it
	}
	p := &pool{c: &connector{Connector: c, setup: setup, own: o.own}}
	p.DB = sqlx.NewDb(sql.OpenDB(p.c), "mysql")
	p.SetMaxOpenConns(1)
	p.SetMaxIdleConns(1)
	return p, nil
}

func driverConfig(t target, o Options) (*driversql.Config, error) {
	cfg := driversql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = t.user, t.password, t.database
	cfg.Net, cfg.Addr = t.address()
	cfg.Timeout = dialTimeout
	cfg.InterpolateParams = true // nothing stays prepared in the server
	cfg.ConnectionAttributes = "program_name:mltop"
	cfg.Logger = &driversql.NopLogger{} // every error comes back to the caller
	var err error
	cfg.TLS, cfg.AllowFallbackToPlaintext, err = tlsConfig(t)
	return cfg, err
}

// tlsConfig is how the connection is protected; nil is not at all.
func tlsConfig(t target) (config *tls.Config, orPlain bool, err error) {
	mode := t.mode()
	if mode == tlsDisabled {
		return nil, false, nil
	}
	config = &tls.Config{ServerName: t.host, MinVersion: tls.VersionTLS12}
	if t.ca != "" {
		if config.RootCAs, err = readCA(t.ca); err != nil {
			return nil, false, err
		}
	}
	switch mode {
	case tlsRequired, tlsPreferred:
		config.InsecureSkipVerify = true // the user asked for it by name
	case tlsVerifyCA:
		config.InsecureSkipVerify = true // the chain is verified below, without the name
		config.VerifyConnection = verifyChain(config.RootCAs)
	}
	return config, mode == tlsPreferred, nil
}

func readCA(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the certificates to trust: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return roots, nil
}

func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		o := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			o.Intermediates.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(o)
		return err
	}
}

// A connector begins every session with the same statements, and knows the
// number of the last one.
type connector struct {
	driver.Connector
	setup []string
	own   *ownSessions // may be nil
	id    atomic.Pointer[string]
}

// Connect dials and sets the session up. A server of the other flavour does
// not know a variable, or has none of it for a session.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	d, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, sql := range c.setup {
		_, err := d.(driver.ExecerContext).ExecContext(ctx, mark+sql, nil)
		if code := codeOf(err); err != nil && code != codeUnknownVariable && code != codeGlobalVariable && sql != uncounted {
			return nil, errors.Join(fmt.Errorf("set the session up: %w", err), d.Close())
		}
	}
	id, err := connectionID(ctx, d)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask for the session's number: %w", err), d.Close())
	}
	c.id.Store(&id)
	if c.own != nil {
		c.own.add(id)
		c.own.sent.Add(int64(len(c.setup)) + 1)
	}
	return d, nil
}

// askNumber is told apart from an application's same question by its name.
const askNumber = "SELECT CONNECTION_ID()" + ownTable

// connectionID is the number to stop a session by.
func connectionID(ctx context.Context, d driver.Conn) (string, error) {
	rows, err := d.(driver.QueryerContext).QueryContext(ctx, mark+askNumber, nil)
	if err != nil {
		return "", err
	}
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return "", errors.Join(err, rows.Close())
	}
	if b, ok := row[0].([]byte); ok {
		return string(b), rows.Close()
	}
	return fmt.Sprint(row[0]), rows.Close()
}

// uncounted leaves our session out of the statements that the server counts:
// watching must not fill its digests. It is a setting of the session's own
// thread, in memory; who may not set it is told apart by the texts.
const uncounted = "UPDATE performance_schema.threads SET INSTRUMENTED = 'NO' WHERE PROCESSLIST_ID = CONNECTION_ID()"

// readLockWait is the least that both servers know beside none at all.
const readLockWait = "SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1"

// readSession makes a session that can only read, and not for long.
// max_statement_time is MariaDB's, in seconds; max_execution_time MySQL's, in
// milliseconds.
func readSession(o Options) []string {
	seconds := o.ReadTimeout.Seconds()
	return []string{
		uncounted,
		"SET SESSION TRANSACTION READ ONLY",
		fmt.Sprintf("SET SESSION max_statement_time = %.3f", seconds),
		fmt.Sprintf("SET SESSION max_execution_time = %d", o.ReadTimeout.Milliseconds()),
		readLockWait,
		"SET SESSION time_zone = '+00:00'",
		"SET SESSION slow_query_log = OFF", // our own questions are no news
	}
}

// take borrows the pool's connection.
func take(ctx context.Context, p *pool, who string, trace func(db.Line)) (*conn, error) {
	c, err := p.Connx(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c: c, id: *p.c.id.Load(), who: who, trace: trace, own: p.c.own}, nil
}

func (c *conn) release() error {
	if err := c.c.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("give the connection back: %w", err)
	}
	return nil
}

// each runs one statement and calls visit for every row; the row's values are
// visit's to keep, the slice is not.
func (c *conn) each(ctx context.Context, sql string, args []any, visit func([]value) error) ([]string, error) {
	start := time.Now()
	columns, err := c.run(ctx, sql, args, func(_ []string, row []value) error { return visit(row) })
	c.tell(start, sql, err)
	return columns, err
}

// records is each for answers whose columns differ from version to version.
func (c *conn) records(ctx context.Context, sql string, args []any, visit func(record) error) error {
	start := time.Now()
	var r record
	_, err := c.run(ctx, sql, args, func(columns []string, row []value) error {
		if r.at == nil {
			r.at = map[string]int{}
			for i, name := range columns {
				r.at[strings.ToLower(name)] = i
			}
		}
		r.row = row
		return visit(r)
	})
	c.tell(start, sql, err)
	return err
}

func (c *conn) tell(start time.Time, sql string, err error) {
	if c.own != nil {
		c.own.sent.Add(1)
	}
	if c.trace != nil {
		c.trace(db.Line{At: start, Who: c.who, SQL: sql, Elapsed: time.Since(start), Writes: c.writes, Err: err})
	}
}

func (c *conn) run(ctx context.Context, query string, args []any, visit func([]string, []value) error) ([]string, error) {
	rows, err := c.c.QueryContext(ctx, mark+query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	raw := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	row := make([]value, len(columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return columns, err
		}
		for i, b := range raw {
			row[i] = value{string(b), b == nil}
		}
		if err := visit(columns, row); err != nil {
			return columns, err
		}
	}
	return columns, rows.Err()
}

// exec runs one statement and throws rows away.
func (c *conn) exec(ctx context.Context, sql string, args ...any) error {
	start := time.Now()
	_, err := c.c.ExecContext(ctx, mark+sql, args...)
	c.tell(start, sql, err)
	return err
}

// affected runs one statement and answers how many rows it changed.
func (c *conn) affected(ctx context.Context, sql string, args ...any) (int64, error) {
	start := time.Now()
	r, err := c.c.ExecContext(ctx, mark+sql, args...)
	c.tell(start, sql, err)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// row reads the first column of the first row into a string; nil for NULL and
// for no row.
func (c *conn) row(ctx context.Context, into **string, sql string, args ...any) error {
	*into = nil
	_, err := c.each(ctx, sql, args, func(row []value) error {
		if *into == nil && !row[0].null {
			v := row[0].s
			*into = &v
		}
		return nil
	})
	return err
}

// pairs reads rows of a name and a value, names in lower case.
func (c *conn) pairs(ctx context.Context, sql string, args ...any) (map[string]string, error) {
	out := map[string]string{}
	_, err := c.each(ctx, sql, args, func(row []value) error {
		out[strings.ToLower(row[0].s)] = row[1].s
		return nil
	})
	return out, err
}

// variables reads global variables; one that the server does not have is
// missing in the answer.
func (c *conn) variables(ctx context.Context, names ...string) (map[string]string, error) {
	return c.pairs(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ("+list(len(names))+")", anys(names)...)
}

// list writes n placeholders.
func list(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func anys(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}
