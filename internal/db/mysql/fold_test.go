package mysql

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// kinds are statements as applications write them.
var kinds = []string{
	`SELECT id AS "number" FROM orders WHERE status = "open" AND "x" = status ORDER BY id`,
	"SELECT total_cents FROM orders WHERE customer_id = 4711",
	"select o.id, c.name from orders o join customers c on c.id = o.customer_id where c.city = 'City 3' order by o.placed_at desc limit 10",
	"SELECT * FROM orders WHERE id IN (1, 2, 3)",
	"SELECT * FROM orders WHERE id IN (7)",
	"SELECT * FROM orders WHERE id NOT IN (7, 8) AND status <> 'open'",
	"SELECT COUNT(*), SUM(total_cents), AVG(total_cents) FROM orders GROUP BY status HAVING COUNT(*) > 3",
	"SELECT COUNT(DISTINCT customer_id) FROM orders",
	"INSERT INTO products (id, sku, title) VALUES (90001, 'a', 'b')",
	"INSERT INTO products (id, sku, title) VALUES (90002, 'a', 'b'), (90003, 'c', NULL)",
	"INSERT INTO products (id, sku) VALUES (90002, 'z') ON DUPLICATE KEY UPDATE title = VALUES(title), price_cents = price_cents + 1",
	"INSERT INTO products SET id = 90004, sku = 'x'",
	"REPLACE INTO products (id, sku) VALUES (90001, 'q')",
	"UPDATE orders SET status = 'done', total_cents = total_cents + 1 WHERE id = 3",
	"DELETE FROM order_items WHERE order_id = 1 AND line = 2",
	"SELECT * FROM orders WHERE total_cents BETWEEN 100 AND 599",
	"SELECT title FROM products WHERE title LIKE 'Pro%' AND price_cents >= -5",
	"SELECT CASE WHEN total_cents > 100 THEN 'a' ELSE 'b' END AS k FROM orders LIMIT 5 OFFSET 10",
	"SELECT * FROM orders LIMIT 10, 5",
	"SELECT id FROM orders WHERE status IS NULL OR status IS NOT NULL",
	"SELECT DATE(placed_at) AS day, COUNT(*) AS n FROM orders WHERE placed_at >= '2025-01-01' AND placed_at < NOW() - INTERVAL 1 DAY GROUP BY DATE(placed_at)",
	"SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = orders.id AND quantity > 2)",
	"SELECT a.id FROM (SELECT id, total_cents FROM orders WHERE total_cents > 10) a LEFT JOIN products p ON p.id = a.id WHERE p.id IS NULL",
	"SELECT id FROM orders WHERE id = 1 UNION ALL SELECT id FROM products WHERE id = 2",
	"WITH big AS (SELECT customer_id, SUM(total_cents) AS s FROM orders GROUP BY customer_id) SELECT * FROM big WHERE s > 1000",
	"SELECT name, ROW_NUMBER() OVER (PARTITION BY city ORDER BY id) AS r FROM customers WHERE id < 9",
	"SELECT IFNULL(title, 'none'), CONCAT(sku, '-', id), COALESCE(price_cents, 0), UPPER(sku) FROM products WHERE LENGTH(sku) = 5",
	"SELECT CAST(total_cents AS CHAR), CONVERT(total_cents, SIGNED) FROM orders WHERE id = 1",
	"SELECT `id`, `status` FROM `orders` WHERE `orders`.`id` = 5",
	"SELECT id /* a comment */ FROM orders -- another\n WHERE id = 6",
	"SELECT id FROM orders WHERE status = \"open\" AND id = 0x1F AND total_cents = 1.5e3",
	"SELECT id FROM orders WHERE (customer_id, status) IN ((1, 'a'), (2, 'b'))",
	"SELECT id FROM orders WHERE id = 1 FOR UPDATE",
	"SELECT SQL_NO_CACHE id FROM orders USE INDEX (PRIMARY) WHERE id = 9",
	"UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.status = 'x' WHERE c.id = 3",
	"DELETE i FROM order_items i JOIN orders o ON o.id = i.order_id WHERE o.id = 2",
	"SELECT id FROM orders WHERE NOT (id = 3) AND status REGEXP '^o' AND id % 2 = 1 AND id DIV 2 > 0 AND id <> 7 AND id != 8",
	"SELECT id AS `order`, status AS `select` FROM orders WHERE id = 1",
	"SELECT MAX(id) FROM orders WHERE placed_at > '2025-01-01' AND TRUE AND status = NULL",
	"CALL nothing_at_all(1, 2)",
	"SELECT SQL_CALC_FOUND_ROWS id FROM orders WHERE id > 10 LIMIT 3",
	"SELECT id FROM orders WHERE id = 1 OR id = 2 OR (status = 'a' AND (total_cents = 2 OR total_cents = 3))",
	"SELECT JSON_EXTRACT('{}', '$.a'), GROUP_CONCAT(sku ORDER BY sku SEPARATOR ',') FROM products GROUP BY category",
	"INSERT INTO order_items (order_id, line, product_id, quantity) SELECT id, 77, 1, 2 FROM orders WHERE id = 4",
	"SELECT id FROM orders WHERE status = @x AND id = LAST_INSERT_ID()",
	"SELECT CURDATE(), CURRENT_DATE(), CURTIME(), CURRENT_TIMESTAMP(), LOCALTIME(), LOCALTIMESTAMP(), SYSDATE(), UTC_DATE(), UNIX_TIMESTAMP() FROM orders WHERE id = 1",
	"SELECT SUBSTR(status, 1), MID(status, 1, 2), SUBSTRING(status, 2), LEFT(status, 2), TRIM(status), POSITION('a' IN status), EXTRACT(YEAR FROM placed_at) FROM orders",
	"SELECT STD(total_cents), STDDEV(total_cents), STDDEV_POP(total_cents), VARIANCE(total_cents), VAR_POP(total_cents) FROM orders",
	"SELECT id FROM orders WHERE id = ANY (SELECT id FROM products) AND id > SOME (SELECT 1) AND status RLIKE 'a' AND id && 1 || 0",
	"SELECT CAST(id AS INTEGER), CAST(id AS DECIMAL(10, 2)), CAST(id AS CHAR CHARACTER SET utf8mb4), CAST(id AS DOUBLE) FROM orders",
	"SELECT placed_at + INTERVAL 1 HOUR, placed_at + INTERVAL 2 MONTH, DATE_SUB(placed_at, INTERVAL 3 WEEK), TIMESTAMPDIFF(MINUTE, placed_at, NOW()), WEEK(placed_at), YEAR(placed_at), QUARTER(placed_at) FROM orders",
	"SELECT USER(), DATABASE(), VERSION(), RAND(), UUID(), IF(id > 1, 2, 3), ROUND(id, 2), MOD(id, 3), POW(id, 2), NULLIF(id, 3), LEAST(id, 1, 2), GREATEST(1, 2, id) FROM orders",
	"SELECT DISTINCT status, id FROM orders ORDER BY 1, 2 DESC",
	"SELECT DISTINCT o.status FROM orders AS o CROSS JOIN customers AS c INNER JOIN products p ON p.id = o.id WHERE o.id = 1",
	"SELECT id FROM orders WHERE placed_at BETWEEN TIMESTAMP('2025-01-01') AND DATE_ADD(NOW(), INTERVAL 7 DAY) AND total_cents = - 3",
}

// One statement is one row, whoever tells of it: the application's log, the
// server's digests, its slow log.
func TestAStatementHasOneFingerprintWhereverItIsSeen(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true, SlowLog: "TABLE"})
	e, app := orders(t, s, 50, Options{})
	slow := newSlowLog("", e.Quotes(), e.notOurs)
	for _, sql := range kinds {
		dbtest.Exec(t, app, "TRUNCATE performance_schema.events_statements_summary_by_digest")
		if _, err := app.Exec(sql); err != nil && !strings.HasPrefix(sql, "CALL") {
			t.Fatalf("%s: %v", sql, err)
		}
		want := e.Quotes().Fingerprint(sql)
		totals, err := e.StatementTotals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range totals.List {
			if strings.HasPrefix(x.Text, "TRUNCATE") {
				continue
			}
			if got := e.Quotes().Fingerprint(x.Text); got != want {
				t.Errorf("the digest has another fingerprint:\n%s\n%s\n%s", e.Quotes().Normalize(sql), x.Text, e.rawDigest(t, x))
			}
		}
	}
	dbtest.Exec(t, app, "SELECT SLEEP(0.3)") // the log's rows come behind the answer
	var logged db.StatementTotals
	if err := e.read(t.Context(), "test", func(c *conn) (err error) { logged, err = slow.fromTable(t.Context(), c); return err }); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, x := range logged.List {
		known[e.Quotes().Fingerprint(x.Text)] = true
	}
	for _, sql := range kinds {
		if !known[e.Quotes().Fingerprint(sql)] && !strings.HasPrefix(sql, "CALL") {
			t.Errorf("the slow log has another fingerprint of %s", sql)
		}
	}
}

// rawDigest is what the server itself writes.
func (e *Engine) rawDigest(t *testing.T, x db.StatementTotal) (text string) {
	_, digest, _ := strings.Cut(x.Key, "/")
	err := e.read(t.Context(), "test", func(c *conn) error {
		var v *string
		err := c.row(t.Context(), &v, "SELECT DIGEST_TEXT FROM performance_schema.events_statements_summary_by_digest WHERE DIGEST = ?", digest)
		if v != nil {
			text = *v
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
