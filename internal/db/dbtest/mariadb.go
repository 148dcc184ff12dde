package dbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql" // the driver that the tests' applications use
)

// MariaDBOptions say how a throw-away MariaDB differs from the usual one,
// which is as Debian's package sets it: performance_schema, userstat and the
// slow log are off.
type MariaDBOptions struct {
	TCP               bool   // it listens on a free port of 127.0.0.1 too
	Password          string // of the administrator; "": none
	PerformanceSchema bool
	SlowLog           string            // "TABLE" or "FILE": every statement is slow
	Settings          map[string]string // variables, as in my.cnf
}

// MariaDB is the MariaDB that all tests of a package share.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	needServer(t)
	s, err := sharedMariaDB()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var sharedMariaDB = sync.OnceValues(func() (*Server, error) { return startMariaDB(MariaDBOptions{}) })

// NewMariaDB is a MariaDB of the test's own: it may be killed.
func NewMariaDB(t testing.TB, o MariaDBOptions) *Server {
	t.Helper()
	needServer(t)
	s, err := startMariaDB(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop MariaDB: %v", err)
		}
	})
	return s
}

func startMariaDB(o MariaDBOptions) (*Server, error) {
	s := &Server{Password: o.Password}
	if o.TCP {
		var err error
		if s.Port, err = freePort(); err != nil {
			return nil, err
		}
	}
	s, err := start(mariadbProgram(o), s)
	if err != nil || o.Password == "" {
		return s, err
	}
	return s, s.setPassword(o.Password)
}

func mariadbProgram(o MariaDBOptions) program {
	return program{
		name: "MariaDB", pkg: "mariadb-server", paths: []string{"mariadbd", "/usr/sbin/mariadbd", "mysqld", "/usr/sbin/mysqld"},
		users: []string{"mysql", "nobody"}, stop: "TERM",
		prepare: installMariaDB,
		serve:   func(s *Server) []string { return mariadbCommand(s, o) },
		ready:   mariadbReady,
	}
}

func installMariaDB(s *Server) []string {
	s.Socket = filepath.Join(s.Dir, "s")
	return []string{"mariadb-install-db", "--no-defaults", "--datadir=" + filepath.Join(s.Dir, "data"), "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0"}
}

// mariadbCommand is a server that need not survive a power failure.
func mariadbCommand(s *Server, o MariaDBOptions) []string {
	argv := []string{s.binary, "--no-defaults", "--datadir=" + filepath.Join(s.Dir, "data"), "--socket=" + s.Socket,
		"--pid-file=" + filepath.Join(s.Dir, "pid"), "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M",
		"--innodb-buffer-pool-size=32M", "--skip-name-resolve"}
	if s.Port == 0 {
		argv = append(argv, "--skip-networking")
	} else {
		argv = append(argv, "--bind-address=127.0.0.1", "--port="+strconv.Itoa(s.Port))
	}
	if o.PerformanceSchema {
		argv = append(argv, "--performance-schema=ON", "--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON")
	}
	if o.SlowLog != "" {
		argv = append(argv, "--slow-query-log=ON", "--long-query-time=0", "--log-output="+o.SlowLog, "--slow-query-log-file="+filepath.Join(s.Dir, "slow.log"))
	}
	for name, value := range o.Settings {
		argv = append(argv, "--"+name+"="+value)
	}
	return argv
}

// mariadbReady asks without a password too: a server that refuses it is there.
func mariadbReady(s *Server) error {
	d, err := sql.Open("mysql", s.mariadbDSN("", s.Password))
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Ping()
	if e, ok := err.(*mysql.MySQLError); ok && e.Number == 1045 {
		return nil
	}
	return err
}

func (s *Server) setPassword(password string) error {
	d, err := sql.Open("mysql", s.mariadbDSN("", ""))
	if err != nil {
		return err
	}
	defer d.Close()
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if _, err := d.Exec("CREATE OR REPLACE USER root@'"+host+"' IDENTIFIED BY ?", password); err != nil {
			return err
		}
		if _, err := d.Exec("GRANT ALL ON *.* TO root@'" + host + "' WITH GRANT OPTION"); err != nil {
			return err
		}
	}
	return nil
}

// mariadbConfig leads to the server's socket, and logs nothing.
func (s *Server) mariadbConfig(database, password string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = "root", password, "unix", s.Socket, database
	c.InterpolateParams = true
	c.Logger = &mysql.NopLogger{}
	return c
}

// mariadbDSN is the same as text.
func (s *Server) mariadbDSN(database, password string) string {
	return s.mariadbConfig(database, password).FormatDSN()
}

// MariaDBURL leads to a database on the server's socket, as its administrator.
func (s *Server) MariaDBURL(database string) string {
	u := url.URL{Scheme: "mariadb", User: url.User("root"), Path: "/" + database, RawQuery: url.Values{"socket": {s.Socket}}.Encode()}
	if s.Password != "" {
		u.User = url.UserPassword("root", s.Password)
	}
	return u.String()
}

// MariaDBDatabase makes a database that is gone behind the test, and answers
// its name.
func (s *Server) MariaDBDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), time.Now().UnixNano())
	admin := s.OpenMariaDB(t, "")
	Exec(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		if d, err := sql.Open("mysql", s.mariadbDSN("", s.Password)); err == nil {
			_, err = d.Exec("DROP DATABASE IF EXISTS " + name)
			d.Close()
			if err != nil {
				t.Logf("drop %s: %v", name, err) // a test may have killed the server
			}
		}
	})
	return name
}

// OpenMariaDB is one connection of an application.
func (s *Server) OpenMariaDB(t testing.TB, database string) *sql.DB {
	t.Helper()
	c, err := mysql.NewConnector(s.mariadbConfig(database, s.Password))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	d := sql.OpenDB(c)
	d.SetMaxOpenConns(1) // SET stays with the connection
	t.Cleanup(func() { d.Close() })
	return d
}

// OrdersMariaDB is OrdersDDL in MariaDB's words, statement by statement.
func OrdersMariaDB() []string {
	return []string{
		"CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, name VARCHAR(100), city VARCHAR(50), created_at VARCHAR(30))",
		"CREATE TABLE products (id INTEGER PRIMARY KEY, sku VARCHAR(40) NOT NULL, title VARCHAR(200), price_cents INTEGER, category VARCHAR(50))",
		"CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, status VARCHAR(20) NOT NULL, placed_at DATETIME NOT NULL, total_cents INTEGER, FOREIGN KEY (customer_id) REFERENCES customers(id))",
		"CREATE TABLE order_items (order_id INTEGER NOT NULL, line INTEGER NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER, PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders(id), FOREIGN KEY (product_id) REFERENCES products(id))",
		"CREATE INDEX products_category ON products(category)",
		"CREATE INDEX orders_open ON orders(placed_at DESC, status(4))",
		"CREATE VIEW open_orders AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open'",
	}
}

// FillOrdersMariaDB makes the application's schema with n orders of two lines
// each, a tenth as many customers, and 200 products.
func FillOrdersMariaDB(t testing.TB, d *sql.DB, n int) {
	t.Helper()
	for _, ddl := range OrdersMariaDB() {
		Exec(t, d, ddl)
	}
	customers := max(n/10, 1)
	Exec(t, d, "INSERT INTO customers SELECT seq, CONCAT('user', seq, '@example.com'), CONCAT('User ', seq), CONCAT('City ', seq % 50), '2024-01-01' + INTERVAL seq % 700 DAY FROM seq_1_to_"+strconv.Itoa(customers))
	Exec(t, d, "INSERT INTO products SELECT seq, CONCAT('SKU-', seq), CONCAT('Product ', seq), 100 + seq * 7 % 9000, CONCAT('category ', seq % 12) FROM seq_1_to_200")
	Exec(t, d, "INSERT INTO orders SELECT seq, 1 + (seq * 7919) % ?, IF(seq % 20 = 0, 'open', 'done'), '2025-01-01' + INTERVAL seq MINUTE, (seq * 37) % 10000 FROM seq_1_to_"+strconv.Itoa(n), customers)
	Exec(t, d, "INSERT INTO order_items SELECT o.seq, l.seq, 1 + (o.seq * 31 + l.seq) % 200, 1 + o.seq % 5 FROM seq_1_to_"+strconv.Itoa(n)+" o, seq_1_to_2 l")
	Exec(t, d, "ANALYZE TABLE customers, products, orders, order_items")
}
