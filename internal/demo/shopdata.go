package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// sizes are the rows of the shop's tables; lines is the most items that one
// order has.
type sizes struct {
	customers, products, orders, lines, reviews int
}

// sizesOf make the scan of order_items take some 15 ms in SQLite and some 30
// ms in a server on a machine of today, and the shop a second or two to build
// at most. MariaDB reads and writes rows at a quarter of their speed.
func sizesOf(e Engine) sizes {
	s := sizes{customers: 12_000, products: 4_000, orders: 45_000, lines: 19, reviews: 30_000}
	switch e {
	case Postgres:
		s.orders = 30_000
	case MariaDB:
		s.orders = 10_000
	}
	return s
}

// over divides every table by n, for a scale model.
func (s sizes) over(n int) sizes {
	return sizes{s.customers / n, s.products / n, s.orders / n, s.lines, s.reviews / n}
}

// A filler is one statement that fills one table. Its text may use {n} for
// the rows and {seed} for the seed's offset; {u1} and {u2} are written out
// as streams of even numbers in [0, 1).
type filler struct {
	rows int
	sql  string
}

const (
	// counting makes the numbers 1 to {n}.
	counting = `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i < {n}) `

	// Knuth's multiplicative hash, and a second multiplier that shares no
	// factor with it: both walk all of 2^32 before they repeat.
	u1 = `((i*2654435761+{seed})%4294967296/4294967296.0)`
	u2 = `((i*1597334677+{seed}*31)%4294967296/4294967296.0)`

	fillCustomers = `INSERT INTO customers ` + counting + `SELECT i,
		'c' || i || '@example.net',
		substr('AdaBenIdaJanKimLeaMaxNoaPia', 1+(i*7%9)*3, 3) || ' ' || substr('BergDiazHallKochLangMeerRuizWood', 1+(i*5%8)*4, 4),
		CASE WHEN {u1} < 0.4 THEN 'Lyon' WHEN {u1} < 0.7 THEN 'Graz' ELSE 'Turku' END,
		CASE WHEN {u1} < 0.4 THEN 'FR' WHEN {u1} < 0.7 THEN 'AT' ELSE 'FI' END,
		datetime({start}+i*3600, 'unixepoch') FROM n`

	fillProducts = `INSERT INTO products ` + counting + `SELECT i,
		'SKU-' || (100000 + i),
		substr('lamp chairtablesofa shelfdesk ', 1+(i%6)*5, 5) || ' no. ' || i,
		CASE i%4 WHEN 0 THEN 'light' WHEN 1 THEN 'seat' WHEN 2 THEN 'table' ELSE 'store' END,
		500 + CAST({u1}*{u1}*90000 AS INTEGER), 100000 FROM n`

	// A few customers order most (u³), 19 of 20 orders are in use.
	fillOrders = `INSERT INTO orders ` + counting + `SELECT i,
		1 + CAST({u1}*{u1}*{u1}*{customers} AS INTEGER),
		CASE WHEN {u2} < 0.9 THEN 'delivered' WHEN {u2} < 0.97 THEN 'shipped' ELSE 'open' END,
		CASE i%20 WHEN 0 THEN 1 ELSE 0 END,
		1000 + CAST({u2}*90000 AS INTEGER),
		datetime({start}+i*600, 'unixepoch') FROM n`

	// From one line to {lines}; bestsellers by the product of two numbers. This
	// is most of the building, so it counts in integers.
	fillItems = `INSERT INTO order_items(product_id, order_id, line_no, qty, unit_cents, note)
		WITH RECURSIVE l(k) AS (VALUES(1) UNION ALL SELECT k+1 FROM l WHERE k < {lines}),
		o(i, r) AS MATERIALIZED (SELECT id, (id*2654435761+{seed}) & 4294967295 FROM orders)
		SELECT 1 + r*k%{products}*(r+k*k & 63)/64, i, k, 1 + (r+k & 3), 500 + (r*k & 8191),
			CASE r+k & 15 WHEN 0 THEN 'gift wrap, please' END
		FROM o CROSS JOIN l ON k <= 1 + r%{lines}`

	fillReviews = `INSERT INTO reviews ` + counting + `SELECT i,
		1 + CAST({u1}*{u1}*{products} AS INTEGER),
		1 + CAST({u2}*{customers} AS INTEGER),
		1 + CAST({u2}*5 AS INTEGER),
		CASE i%3 WHEN 0 THEN 'Came quickly and well packed. ' WHEN 1 THEN 'Late, but well packed. ' ELSE 'The box was open when it came. ' END ||
		'It is ' || substr('sturdyshaky heavy pretty solid creaky', 1+(i%6)*6, 6) || ' once it stands; the colour is ' ||
		CASE i%5 WHEN 0 THEN 'as shown' WHEN 1 THEN 'darker' WHEN 2 THEN 'lighter' WHEN 3 THEN 'lovely' ELSE 'dull' END ||
		'. I would ' || CASE WHEN {u1} < 0.3 THEN 'send it back' ELSE 'buy it again' END || ', and my neighbour asked where it is from.',
		datetime({start}+i*700, 'unixepoch') FROM n`
)

// fillers lists the statements that fill the shop, parents first.
func fillers(s sizes) []filler {
	return []filler{
		{s.customers, fillCustomers},
		{s.products, fillProducts},
		{s.orders, fillOrders},
		{0, fillItems},
		{s.reviews, fillReviews},
	}
}

// fillShop makes the shop's tables and rows on x, the same for the same seed.
func fillShop(ctx context.Context, x execer, d *dialect, s sizes, seed int64, cliff time.Time) error {
	scripts := []string{shopSQL}
	for _, f := range fillers(s) {
		scripts = append(scripts, expand(f, s, seed))
	}
	for _, script := range append(scripts, shopIndexesSQL) {
		if err := run(ctx, x, d.say(script)); err != nil {
			return err
		}
	}
	if err := fillMigrations(ctx, x, d, cliff); err != nil {
		return err
	}
	return runAll(ctx, x, d.settle)
}

// expand writes a filler out. The shop's own dates are fixed, so that a seed
// means the same file on every day.
func expand(f filler, s sizes, seed int64) string {
	const opened = 1_735_689_600 // 2025-01-01
	return strings.NewReplacer(
		"{u1}", strings.ReplaceAll(u1, "{seed}", fmt.Sprint(uint16(seed))),
		"{u2}", strings.ReplaceAll(u2, "{seed}", fmt.Sprint(uint16(seed))),
		"{n}", fmt.Sprint(f.rows),
		"{seed}", fmt.Sprint(uint16(seed)),
		"{start}", fmt.Sprint(opened),
		"{customers}", fmt.Sprint(s.customers),
		"{products}", fmt.Sprint(s.products),
		"{lines}", fmt.Sprint(s.lines),
	).Replace(f.sql)
}

// fillMigrations writes down what the shop's developers did, the last of it
// at the cliff.
func fillMigrations(ctx context.Context, x execer, d *dialect, cliff time.Time) error {
	row := d.say(`INSERT INTO schema_migrations VALUES (?, ?, ?)`)
	const stamp = "2006-01-02 15:04:05"
	if _, err := x.ExecContext(ctx, row, 41, "create reviews", cliff.AddDate(0, -1, 0).Format(stamp)); err != nil {
		return fmt.Errorf("write migrations: %w", err)
	}
	if _, err := x.ExecContext(ctx, row, 42, "drop index idx_order_items_order", cliff.Format(stamp)); err != nil {
		return fmt.Errorf("write migrations: %w", err)
	}
	return nil
}
