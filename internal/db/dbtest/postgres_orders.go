package dbtest

import (
	"database/sql"
	"testing"
)

// PostgresOrdersDDL is the schema of OrdersDDL in PostgreSQL's words.
const PostgresOrdersDDL = `
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, name text COLLATE "C", city text, created_at date);
CREATE TABLE products (id bigint PRIMARY KEY, sku text NOT NULL, title text, price_cents integer, category text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers(id), status text NOT NULL, placed_at timestamp NOT NULL, total_cents integer);
CREATE TABLE order_items (order_id bigint NOT NULL REFERENCES orders, line integer NOT NULL, product_id bigint NOT NULL REFERENCES products(id), quantity integer, PRIMARY KEY (order_id, line));
CREATE INDEX products_category ON products(category);
CREATE INDEX orders_open ON orders(placed_at DESC) INCLUDE (total_cents) WHERE status = 'open';
CREATE INDEX customers_lower ON customers(lower(email), city text_pattern_ops DESC);
CREATE VIEW open_orders AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open';
`

// FillPostgresOrders adds n orders of two lines each, a tenth as many
// customers, and as many products as make an index on them worth its while;
// then it gathers statistics.
func FillPostgresOrders(t testing.TB, d *sql.DB, n int) {
	t.Helper()
	customers := max(n/10, 1)
	const products = 5000
	Exec(t, d, "INSERT INTO customers SELECT i, 'user'||i||'@example.com', 'User '||i, 'City '||(i%50), date '2024-01-01' + i%700 FROM generate_series(1, $1::int) i", customers)
	Exec(t, d, "INSERT INTO products SELECT i, 'SKU-'||i, 'Product '||i, 100+i*7%9000, 'category '||(i%400) FROM generate_series(1, $1::int) i", products)
	Exec(t, d, "INSERT INTO orders SELECT i, 1+(i::bigint*7919)%$2::int, CASE i%20 WHEN 0 THEN 'open' ELSE 'done' END, timestamp '2025-01-01' + i * interval '1 minute', (i*37)%10000 FROM generate_series(1, $1::int) i", n, customers)
	Exec(t, d, "INSERT INTO order_items SELECT i, l, 1+(i*31+l)%$2::int, 1+i%5 FROM generate_series(1, $1::int) i, generate_series(1, 2) l", n, products)
	// The server adds to its counters up to a second late: to what ANALYZE
	// counted too, if they were not written before it.
	Exec(t, d, "SELECT pg_stat_force_next_flush()")
	Exec(t, d, "ANALYZE")
}

// PostgresOrders makes a database with the application's schema and n orders,
// and answers its URL and the application's connection.
func PostgresOrders(t testing.TB, n int) (url string, app *sql.DB) {
	t.Helper()
	url = Postgres(t).PostgresDatabase(t)
	app = OpenPostgres(t, url)
	Exec(t, app, PostgresOrdersDDL)
	FillPostgresOrders(t, app, n)
	return url, app
}
