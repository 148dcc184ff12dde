package demo

// requestLogSQL is the request log in MockLoop's shape: the same twenty
// columns, and no index.
const requestLogSQL = `CREATE TABLE request_logs (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	timestamp TEXT,
	type TEXT,
	method TEXT,
	path TEXT,
	status_code INTEGER,
	process_time_ms INTEGER,
	client_host TEXT,
	client_port TEXT,
	headers TEXT,
	query_params TEXT,
	request_body TEXT,
	response_body TEXT,
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
	session_id TEXT,
	test_scenario TEXT,
	correlation_id TEXT,
	user_agent TEXT,
	response_size INTEGER,
	is_admin BOOLEAN DEFAULT 0
)`

// shopSQL is the application's own schema. What is wrong with it:
// order_items has lost its index on order_id, reviews never had one on
// product_id, and idx_orders_customer is a prefix of the index below it.
const shopSQL = `
CREATE TABLE customers (
	id INTEGER PRIMARY KEY,
	email TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	city TEXT NOT NULL,
	country TEXT NOT NULL,
	created_at TEXT NOT NULL
);
CREATE TABLE products (
	id INTEGER PRIMARY KEY,
	sku TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	category TEXT NOT NULL,
	price_cents INTEGER NOT NULL,
	stock INTEGER NOT NULL
);
CREATE TABLE orders (
	id INTEGER PRIMARY KEY,
	customer_id INTEGER NOT NULL REFERENCES customers(id),
	status TEXT NOT NULL,
	archived INTEGER NOT NULL DEFAULT 0,
	total_cents INTEGER NOT NULL,
	created_at TEXT NOT NULL
);
CREATE TABLE order_items (
	id INTEGER PRIMARY KEY,
	product_id INTEGER NOT NULL REFERENCES products(id),
	order_id INTEGER NOT NULL REFERENCES orders(id),
	line_no INTEGER NOT NULL,
	qty INTEGER NOT NULL,
	unit_cents INTEGER NOT NULL,
	note TEXT
);
CREATE TABLE reviews (
	id INTEGER PRIMARY KEY,
	product_id INTEGER NOT NULL REFERENCES products(id),
	customer_id INTEGER NOT NULL REFERENCES customers(id),
	stars INTEGER NOT NULL,
	body TEXT NOT NULL,
	created_at TEXT NOT NULL
);
CREATE TABLE schema_migrations (
	version INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	applied_at TEXT NOT NULL
);
`

// shopIndexesSQL comes after the rows, which is the faster order.
const shopIndexesSQL = `
CREATE INDEX idx_orders_customer ON orders(customer_id);
CREATE INDEX idx_orders_customer_created ON orders(customer_id, created_at);
`

// starIndexSQL is the index that was dropped. Only the calibration's scale
// model and the tests run it.
const starIndexSQL = `CREATE INDEX idx_order_items_order ON order_items(order_id, line_no)`
