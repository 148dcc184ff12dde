package webapp

import "time"

// A Statement of the application.
type Statement struct {
	Name  string
	Calls float64 // an hour
	SQL   string  // a question mark is a value
	// Other holds the text where an engine writes it differently.
	Other map[string]string
	args  func(g *gen) []any
}

func none(*gen) []any { return nil }

// anyKey and hotKey draw one value: a row's key.
func anyKey(table string) func(*gen) []any { return func(g *gen) []any { return []any{g.any(table)} } }
func hotKey(table string) func(*gen) []any { return func(g *gen) []any { return []any{g.hot(table)} } }

// textOf draws the text of a row that there is.
func textOf(table string, of func(int) string) func(*gen) []any {
	return func(g *gen) []any { return []any{of(g.any(table))} }
}

// statements are the forty, in the order of the pages that need them.
func statements() []Statement {
	var out []Statement
	for _, part := range [][]Statement{signingIn(), reading(), searching(), discussing(), buying(), running()} {
		out = append(out, part...)
	}
	return out
}

func signingIn() []Statement {
	return []Statement{
		{Name: "account by id", Calls: 60e3, SQL: "SELECT * FROM accounts WHERE id = ?", args: hotKey("accounts")},
		{Name: "visit by token", Calls: 120e3, SQL: "SELECT id, account_id, expires_at FROM visits WHERE token = ?", args: textOf("visits", tokenOf)},
		{Name: "new visit", Calls: 5e3, SQL: "INSERT INTO visits (id, token, account_id, expires_at) VALUES (?, ?, ?, ?)", args: func(g *gen) []any {
			i := g.between(1e8, 2e9)
			return []any{i, tokenOf(i), g.hot("accounts"), when(1)}
		}},
		{Name: "visits that are over", Calls: 1800, SQL: "DELETE FROM visits WHERE expires_at < ?", args: func(g *gen) []any { return []any{when(0.5 + 0.0005*g.rng.Float64())} }},
		{Name: "flag by name", Calls: 40e3, SQL: "SELECT value FROM flags WHERE name = ?", args: func(g *gen) []any { return []any{"flag-12"} }},
		{Name: "accounts of a country", Calls: 2e3, SQL: "SELECT id, name, joined_at FROM accounts WHERE closed_at IS NULL AND country = ? ORDER BY joined_at DESC LIMIT 20",
			args: func(g *gen) []any { return []any{g.country()} }},
	}
}

func reading() []Statement {
	return []Statement{
		{Name: "front page", Calls: 20e3, SQL: "SELECT id, title, published_at FROM articles WHERE status = 'published' ORDER BY published_at DESC LIMIT 20", args: none},
		{Name: "older pages", Calls: 600, SQL: "SELECT id, title, published_at FROM articles WHERE status = 'published' ORDER BY published_at DESC LIMIT 20 OFFSET ?",
			args: func(g *gen) []any { return []any{20 * g.between(1, 40)} }},
		{Name: "next page by key", Calls: 3e3,
			SQL:  "SELECT id, title, published_at FROM articles WHERE status = 'published' AND (published_at, id) < (?, ?) ORDER BY published_at DESC, id DESC LIMIT 20",
			args: func(g *gen) []any { return []any{g.sometime(), g.any("articles")} }},
		{Name: "article by slug", Calls: 40e3, SQL: "SELECT * FROM articles WHERE slug = ?", args: textOf("articles", slugOf)},
		{Name: "article by address", Calls: 3e3, SQL: "SELECT id FROM articles WHERE url = ?", args: textOf("articles", urlOf)},
		{Name: "page counter", Calls: 40e3, SQL: "UPDATE articles SET hits = hits + 1 WHERE id = ?", args: hotKey("articles")},
		{Name: "most read", Calls: 4, SQL: "SELECT id, title, hits FROM articles ORDER BY hits DESC LIMIT 10", args: none},
		{Name: "articles of an author", Calls: 5e3, SQL: "SELECT id, title, published_at FROM articles WHERE account_id = ? AND status <> 'draft' ORDER BY published_at DESC LIMIT 10", args: hotKey("accounts")},
		{Name: "articles of a category", Calls: 8e3, SQL: "SELECT id, title, published_at FROM articles WHERE category_id = ? AND status = 'published' ORDER BY published_at DESC LIMIT 20", args: hotKey("categories")},
		{Name: "articles with a tag", Calls: 4e3, SQL: "SELECT a.id, a.title FROM article_tags t JOIN articles a ON a.id = t.article_id WHERE t.tag_id = ? ORDER BY a.published_at DESC LIMIT 20", args: anyKey("tags")},
		{Name: "flagged articles", Calls: 600, SQL: "SELECT id, title FROM articles WHERE status = 'flagged' ORDER BY published_at LIMIT 50", args: none},
	}
}

func searching() []Statement {
	return []Statement{
		{Name: "word in a title", Calls: 300, SQL: "SELECT id, title FROM articles WHERE title LIKE ? LIMIT 20", args: func(g *gen) []any { return []any{"%" + g.word(4) + "%"} }},
		{Name: "names that begin so", Calls: 3e3, SQL: "SELECT id, name FROM accounts WHERE name LIKE ? ORDER BY name LIMIT 10", args: func(g *gen) []any { return []any{nameOf(g.any("accounts"))[:5] + "%"} }},
		{Name: "name in any case", Calls: 4e3, SQL: "SELECT id, email FROM accounts WHERE lower(email) = ?", args: textOf("accounts", emailOf)},
		{Name: "account that was referred", Calls: 2e3, SQL: "SELECT id, email FROM accounts WHERE json_extract(prefs, '$.ref') = ?",
			Other: map[string]string{
				"postgres": "SELECT id, email FROM accounts WHERE prefs ->> 'ref' = ?",
				"mysql":    "SELECT id, email FROM accounts WHERE json_value(prefs, '$.ref') = ?",
			}, args: textOf("accounts", refOf)},
	}
}

func discussing() []Statement {
	return []Statement{
		{Name: "comments of an article", Calls: 30e3, SQL: "SELECT id, account_id, body, written_at FROM comments WHERE article_id = ? AND state = 'ok' ORDER BY written_at DESC LIMIT 20", args: hotKey("articles")},
		{Name: "number of comments", Calls: 10e3, SQL: "SELECT count(*) FROM comments WHERE article_id = ? AND state = 'ok'", args: hotKey("articles")},
		{Name: "comments of an account", Calls: 2e3, SQL: "SELECT id, article_id, body FROM comments WHERE account_id = ? ORDER BY written_at DESC LIMIT 20", args: hotKey("accounts")},
		{Name: "spam to look at", Calls: 1500, SQL: "SELECT id, body FROM comments WHERE state = 'spam' ORDER BY written_at LIMIT 50", args: none},
		{Name: "new comment", Calls: 3e3, SQL: "INSERT INTO comments (id, article_id, account_id, state, written_at, body) VALUES (?, ?, ?, 'ok', ?, ?)", args: func(g *gen) []any {
			return []any{g.between(1e8, 2e9), g.hot("articles"), g.hot("accounts"), when(1), g.text(10)}
		}},
	}
}

func buying() []Statement {
	return []Statement{
		{Name: "product by number", Calls: 10e3, SQL: "SELECT id, title, price, stock FROM products WHERE sku = ?", args: textOf("products", skuOf)},
		{Name: "catalogue", Calls: 6e3, SQL: "SELECT id, title, price FROM products WHERE category_id = ? AND active = 1 ORDER BY price DESC, title ASC LIMIT 24", args: hotKey("categories")},
		{Name: "products for a price", Calls: 2e3, SQL: "SELECT id, title, price FROM products WHERE active = 1 AND price BETWEEN ? AND ? ORDER BY price LIMIT 20", args: func(g *gen) []any {
			low := g.between(1, 45000)
			return []any{low, low + 400}
		}},
		{Name: "stock", Calls: 6e3, SQL: "UPDATE products SET stock = stock - 1 WHERE id = ?", args: hotKey("products")},
		{Name: "purchases of an account", Calls: 6e3, SQL: "SELECT id, placed_at, total FROM purchases WHERE account_id = ? ORDER BY placed_at DESC LIMIT 10", args: hotKey("accounts")},
		{Name: "open purchases", Calls: 400, SQL: "SELECT id, account_id FROM purchases WHERE status = 'open' AND placed_at < ? ORDER BY placed_at LIMIT 100", args: func(g *gen) []any { return []any{g.sometime()} }},
		{Name: "items of a purchase", Calls: 8e3, SQL: "SELECT l.id, l.quantity, l.price, p.title FROM items l JOIN products p ON p.id = l.product_id WHERE l.purchase_id = ?", args: anyKey("purchases")},
		{Name: "how often a product was sold", Calls: 1000, SQL: "SELECT sum(quantity) FROM items WHERE product_id = ?", args: hotKey("products")},
		{Name: "purchase with a voucher", Calls: 500, SQL: "SELECT id, total FROM purchases WHERE voucher = ?", args: textOf("purchases", voucherOf)},
		{Name: "new purchase", Calls: 2e3, SQL: "INSERT INTO purchases (id, account_id, status, placed_at, total) VALUES (?, ?, 'open', ?, ?)", args: func(g *gen) []any {
			return []any{g.between(1e8, 2e9), g.hot("accounts"), when(1), g.between(100, 90000)}
		}},
		{Name: "accounts that never bought", Calls: 20, SQL: "SELECT count(*) FROM accounts a WHERE a.country = 'hu' AND NOT EXISTS (SELECT 1 FROM purchases p WHERE p.account_id = a.id)", args: none},
	}
}

func running() []Statement {
	return []Statement{
		{Name: "next task", Calls: 50e3, SQL: "SELECT id, attempts FROM tasks WHERE queue = ? AND state = 'ready' AND run_at <= ? ORDER BY run_at LIMIT 1", args: func(g *gen) []any {
			return []any{g.one([]string{"mail", "image", "report", "export"}, 600, 250, 100), when(1)}
		}},
		{Name: "new event", Calls: 400e3, SQL: "INSERT INTO events (id, happened_at, account_id, kind, payload) VALUES (?, ?, ?, ?, ?)", args: func(g *gen) []any {
			return []any{g.between(1e8, 2e9), when(1), g.hot("accounts"), "view", g.text(4)}
		}},
		{Name: "events of a day", Calls: 4, SQL: "SELECT kind, count(*) FROM events WHERE happened_at >= ? AND happened_at < ? GROUP BY kind", args: func(g *gen) []any {
			day := g.rng.IntN(days - 1)
			return []any{start.AddDate(0, 0, day).Format(time.DateTime), start.AddDate(0, 0, day+1).Format(time.DateTime)}
		}},
	}
}
