package webapp

import "fmt"

// tables are those of the application with the rows of scale 1.
func tables() []Table {
	return append(people(), append(contents(), trade()...)...)
}

func people() []Table {
	return []Table{
		{
			Name: "accounts", Rows: 20000, Key: []string{"id"}, Unique: []string{"email"},
			Columns: columns("id int, email word, name word, country word, tier word, joined_at stamp, closed_at stamp, prefs json"),
			row: func(g *gen, i int) []any {
				prefs := fmt.Sprintf(`{"theme": "%s", "ref": "%s", "mails": %d}`, g.one([]string{"light", "dark"}, 800), refOf(i), g.rng.IntN(2))
				return []any{i, emailOf(i), nameOf(i), g.country(), g.one([]string{"free", "pro", "team"}, 950, 49),
					g.grown(i, g.rows["accounts"]), orNull(g.share(30), g.sometime()), prefs}
			},
		},
		{
			Name: "visits", Rows: 40000, Key: []string{"id"},
			Columns: columns("id int, token word, account_id int, expires_at stamp"),
			row: func(g *gen, i int) []any {
				return []any{i, tokenOf(i), g.hot("accounts"), when(0.5 + 0.5*g.rng.Float64())}
			},
		},
		{
			// Written hundreds of thousand times an hour, read by a report.
			Name: "events", Rows: 100000, Key: []string{"id"},
			Columns: columns("id int, happened_at stamp, account_id int, kind word, payload word"),
			row: func(g *gen, i int) []any {
				return []any{i, g.grown(i, g.rows["events"]), g.hot("accounts"), g.one([]string{"view", "click", "login", "error"}, 700, 200, 95), g.text(4)}
			},
		},
		{
			Name: "flags", Rows: 30, Key: []string{"id"},
			Columns: columns("id int, name word, value word"),
			row:     func(g *gen, i int) []any { return []any{i, fmt.Sprintf("flag-%d", i), g.word(2)} },
		},
		{
			// Nearly all are done.
			Name: "tasks", Rows: 30000, Key: []string{"id"},
			Columns: columns("id int, queue word, state word, run_at stamp, attempts int"),
			row: func(g *gen, i int) []any {
				return []any{i, g.one([]string{"mail", "image", "report", "export"}, 600, 250, 100),
					g.one([]string{"done", "ready", "failed"}, 980, 12), g.grown(i, g.rows["tasks"]), g.rng.IntN(3)}
			},
		},
	}
}

func contents() []Table {
	return []Table{
		{
			Name: "categories", Rows: 40, Key: []string{"id"},
			Columns: columns("id int, title word"),
			row:     func(g *gen, i int) []any { return []any{i, g.word(3)} },
		},
		{
			Name: "articles", Rows: 25000, Key: []string{"id"},
			Columns: columns("id int, account_id int, category_id int, slug word, url long, title word, body long, status word, published_at stamp, hits int"),
			row: func(g *gen, i int) []any {
				return []any{i, g.hot("accounts"), g.hot("categories"), slugOf(i), urlOf(i), g.text(4), g.text(40),
					g.one([]string{"published", "draft", "flagged"}, 900, 92), g.grown(i, g.rows["articles"]), g.rng.IntN(100000)}
			},
		},
		{
			// It has the index that everybody makes first.
			Name: "comments", Rows: 80000, Key: []string{"id"}, Indexes: [][]string{{"article_id"}},
			Columns: columns("id int, article_id int, account_id int, state word, written_at stamp, body word"),
			row: func(g *gen, i int) []any {
				return []any{i, g.hot("articles"), g.hot("accounts"), g.one([]string{"ok", "spam"}, 985), g.grown(i, g.rows["comments"]), g.text(10)}
			},
		},
		{
			Name: "tags", Rows: 300, Key: []string{"id"},
			Columns: columns("id int, label word"),
			row:     func(g *gen, i int) []any { return []any{i, g.word(3)} },
		},
		{
			Name: "article_tags", Rows: 50000, Key: []string{"article_id", "tag_id"},
			Columns: columns("article_id int, tag_id int"),
			// Two different tags for each of the articles.
			row: func(g *gen, i int) []any {
				article, half := 1+(i-1)/2, g.rows["tags"]/2
				tag := 1 + g.hot("tags")%half
				return []any{article, tag + (i%2)*half}
			},
		},
	}
}

func trade() []Table {
	return []Table{
		{
			Name: "products", Rows: 8000, Key: []string{"id"},
			Columns: columns("id int, sku word, title word, category_id int, price int, active int, stock int"),
			row: func(g *gen, i int) []any {
				return []any{i, skuOf(i), g.text(3), g.hot("categories"), g.between(1, 50000), b(g.share(950)), g.rng.IntN(500)}
			},
		},
		{
			Name: "purchases", Rows: 40000, Key: []string{"id"},
			Columns: columns("id int, account_id int, status word, placed_at stamp, total int, voucher word"),
			row: func(g *gen, i int) []any {
				return []any{i, g.hot("accounts"), g.one([]string{"paid", "open", "failed"}, 965, 20), g.grown(i, g.rows["purchases"]),
					g.between(100, 90000), orNull(g.share(20), voucherOf(i))}
			},
		},
		{
			Name: "items", Rows: 90000, Key: []string{"id"},
			Columns: columns("id int, purchase_id int, product_id int, quantity int, price int"),
			row: func(g *gen, i int) []any {
				return []any{i, g.any("purchases"), g.hot("products"), g.between(1, 4), g.between(1, 50000)}
			},
		},
	}
}

func b(v bool) int {
	if v {
		return 1
	}
	return 0
}
