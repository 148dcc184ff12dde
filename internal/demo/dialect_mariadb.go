package demo

import "strings"

// mariadbDialect has one foreign key: each one brings an index with it, and
// this shop's trouble is that two of them are missing.
func mariadbDialect() *dialect {
	return &dialect{
		words: strings.NewReplacer(
			"r.body LIKE '%' || ? || '%'", "instr(r.body, ?) > 0",
			"datetime('now')", "now()",
			"datetime(", "from_unixtime(", ", 'unixepoch')", ")",
			"CAST(", "floor(", " AS INTEGER)", ")",
			"4294967296.0", "4294967296e0",
			"/64", " DIV 64",
			"CROSS JOIN", "JOIN", " AS MATERIALIZED", " AS",
			"\tid INTEGER PRIMARY KEY", "\tid INTEGER AUTO_INCREMENT PRIMARY KEY",
			" REFERENCES customers(id)", "", " REFERENCES products(id)", "", " REFERENCES orders(id)", "",
			"created_at TEXT", "created_at DATETIME", "applied_at TEXT", "applied_at DATETIME",
			" TEXT", " VARCHAR(255)",
		),
		requestLog: mariadbLogSQL,
		insertLog:  insertServerLog,
		logRow:     serverLogRow,
		settle: []string{
			"ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers(id)",
			"ANALYZE TABLE customers, products, orders, order_items, reviews",
		},
		begin:   "BEGIN",
		session: "SELECT CONNECTION_ID()",
	}
}

const mariadbLogSQL = `CREATE TABLE request_logs (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	timestamp DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),
	method VARCHAR(10) NOT NULL,
	path TEXT NOT NULL,
	query_params JSON,
	headers JSON,
	request_body TEXT,
	response_status INT,
	response_headers JSON,
	response_body TEXT,
	response_time_ms DOUBLE,
	client_ip VARCHAR(45),
	user_agent TEXT,
	response_size INT,
	request_id VARCHAR(50),
	scenario_name VARCHAR(100),
	server_id VARCHAR(50),
	is_admin BOOLEAN DEFAULT FALSE,
	created_at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),
	updated_at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
)`
