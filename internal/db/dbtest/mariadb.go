package dbtest

import (
	"database/sql"
	"fmt"
	"mltop/internal/throwaway"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql" // the driver that the tests' applications use
)

// MariaDBOptions say how a throw-away MariaDB differs from the usual one.
type MariaDBOptions = throwaway.MariaDBOptions

func startMariaDB(o MariaDBOptions) (*Server, error) {
	return named(throwaway.MariaDB(o))
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
	return stopped(t, "MariaDB")(startMariaDB(o))
}

// MariaDBDatabase makes a database that is gone behind the test, and answers
// its name.
func (s *Server) MariaDBDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), time.Now().UnixNano())
	admin := s.OpenMariaDB(t, "")
	Exec(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		if d, err := sql.Open("mysql", s.MariaDBConfig("").FormatDSN()); err == nil {
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
	c, err := mysql.NewConnector(s.MariaDBConfig(database))
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
