package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
)

// A shop answers calls from one database. On SQLite its pool has one
// connection, as many small applications have, so calls wait for each other.
type shop struct {
	db       *sql.DB
	dialect  *dialect
	products int // how many there are
}

// The shop's statements.
const (
	selectOrder = `SELECT o.id, o.status, o.total_cents, o.created_at, c.name, c.city
FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = ?`
	selectItems = `SELECT i.line_no, i.qty, i.unit_cents, i.note, p.sku, p.name
FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = ? ORDER BY i.line_no`
	selectCustomerOrders = `SELECT id, status, total_cents, created_at
FROM orders WHERE customer_id = ? ORDER BY created_at DESC LIMIT 20`
	selectProduct = `SELECT id, sku, name, category, price_cents, stock FROM products WHERE id = ?`
	selectReviews = `SELECT stars, body, created_at
FROM reviews WHERE product_id = ? ORDER BY created_at DESC LIMIT 5`
	selectSearch = `SELECT p.id, p.name, count(*) AS mentions, avg(r.stars) AS stars
FROM reviews r JOIN products p ON p.id = r.product_id
WHERE r.body LIKE '%' || ? || '%' GROUP BY p.id ORDER BY mentions DESC LIMIT 20`
	selectCountries = `SELECT c.country, o.status, count(*) AS orders, sum(o.total_cents) AS cents
FROM orders o JOIN customers c ON c.id = o.customer_id
WHERE o.archived = 0 GROUP BY c.country, o.status`
	insertOrder = `INSERT INTO orders(customer_id, status, archived, total_cents, created_at)
VALUES (?, 'open', 0, ?, datetime('now'))`
	insertItem = `INSERT INTO order_items(product_id, order_id, line_no, qty, unit_cents)
VALUES (?, ?, ?, 1, ?)`
	updateStock = `UPDATE products SET stock = stock - 1 WHERE id = ?`
)

// answer serves one call: a status and what to say as JSON.
func (s *shop) answer(ctx context.Context, c call, word string) (int, any, error) {
	switch c.route {
	case routeOrder:
		return s.order(ctx, c.id)
	case routeCustomerOrders:
		return s.list(ctx, selectCustomerOrders, c.id)
	case routeProduct:
		return s.product(ctx, c.id)
	case routeSearch:
		return s.list(ctx, selectSearch, word)
	case routeCountries:
		return s.list(ctx, selectCountries)
	default:
		return s.checkout(ctx, c.id)
	}
}

func (s *shop) order(ctx context.Context, id int) (int, any, error) {
	return s.withDetails(ctx, id, selectOrder, selectItems)
}

func (s *shop) product(ctx context.Context, id int) (int, any, error) {
	return s.withDetails(ctx, id, selectProduct, selectReviews)
}

// withDetails answers one row by its id and the rows that belong to it.
func (s *shop) withDetails(ctx context.Context, id int, head, details string) (int, any, error) {
	found, err := s.rows(ctx, head, id)
	if err != nil {
		return 0, nil, err
	}
	if len(found) == 0 {
		return http.StatusNotFound, map[string]any{"error": "not found"}, nil
	}
	found[0]["details"], err = s.rows(ctx, details, id)
	return http.StatusOK, found[0], err
}

func (s *shop) list(ctx context.Context, query string, args ...any) (int, any, error) {
	found, err := s.rows(ctx, query, args...)
	return http.StatusOK, found, err
}

// rows reads all rows of a query.
func (s *shop) rows(ctx context.Context, query string, args ...any) ([]map[string]any, error) {
	return queryRows(ctx, s.db, s.dialect.say(query), args...)
}

func queryRows(ctx context.Context, db *sql.DB, query string, args ...any) ([]map[string]any, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	all := []map[string]any{}
	for rows.Next() {
		row, err := scanRow(rows, names)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

func scanRow(rows *sql.Rows, names []string) (map[string]any, error) {
	values, places := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		places[i] = &values[i]
	}
	if err := rows.Scan(places...); err != nil {
		return nil, err
	}
	row := make(map[string]any, len(names))
	for i, name := range names {
		row[name] = values[i]
		if text, ok := values[i].([]byte); ok {
			row[name] = string(text) // MariaDB's driver hands everything over as bytes
		}
	}
	return row, nil
}

// checkout writes an order of three items in one transaction.
func (s *shop) checkout(ctx context.Context, customer int) (int, any, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	if err := run(ctx, conn, s.dialect.begin); err != nil {
		return 0, nil, err
	}
	id, err := s.writeOrder(ctx, conn, customer)
	if err != nil {
		// The caller may have gone: the transaction must end all the same.
		return 0, nil, errors.Join(err, run(context.WithoutCancel(ctx), conn, "ROLLBACK"))
	}
	if err := run(ctx, conn, "COMMIT"); err != nil {
		return 0, nil, errors.Join(err, run(context.WithoutCancel(ctx), conn, "ROLLBACK"))
	}
	return http.StatusCreated, map[string]any{"id": id}, nil
}

func (s *shop) writeOrder(ctx context.Context, conn *sql.Conn, customer int) (int64, error) {
	const items, cents = 3, 1900
	id, err := s.dialect.insert(ctx, conn, insertOrder, customer, items*cents)
	if err != nil {
		return 0, fmt.Errorf("write an order: %w", err)
	}
	for line := 1; line <= items && err == nil; line++ {
		product := 1 + (customer*items+line)%s.products
		if _, err = conn.ExecContext(ctx, s.dialect.say(insertItem), product, id, line, cents); err == nil {
			_, err = conn.ExecContext(ctx, s.dialect.say(updateStock), product)
		}
	}
	return id, err
}
