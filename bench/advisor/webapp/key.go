package webapp

// An Answer is one piece of right advice: an index that the application should
// have, in any of the forms that do its work. The key was written from the
// statements and the data alone, before any advisor was run on them.
type Answer struct {
	Name   string // what for
	Table  string
	Forms  []Form
	Not    []string // engines that have no such index
	Only   string   // the one engine on which the table needs it; "": all
	May    bool     // neither right nor wrong: it pays hardly, or as much as it costs
	Unlike string   // why a lesser form will not do; for the reader
}

// A Form is how an index may begin: its first columns, in order; what follows
// them is free, up to four columns in all. Where is the column that a partial
// index may be limited by; a Form without one is for whole indexes.
type Form struct {
	Columns []string
	Where   string
	// Needs is what the first column must have besides, by engine: an operator
	// class, a collation, or "prefix" for a part of a long text. An expression
	// is matched by the words that it holds: the Column is then "lower email".
	Needs  map[string]string
	Method string // "": B-tree
}

func leads(columns ...string) Form { return Form{Columns: columns} }

func (f Form) where(column string) Form { f.Where = column; return f }

func (f Form) needs(engine, what string) Form {
	f.Needs = map[string]string{engine: what}
	return f
}

// A Drop is an index that was there and that the right advice makes needless.
type Drop struct{ Table, Column string }

// key is the answer key. An index that matches none of it is wrong advice, and
// so is one that another new index begins with.
func key() []Answer {
	return []Answer{
		{Name: "visits are found by their token", Table: "visits", Forms: []Form{leads("token")}},
		{Name: "visits that are over are found by their end", Table: "visits", Forms: []Form{leads("expires_at")}},
		{Name: "the newest accounts of a country that are still open", Table: "accounts", Forms: []Form{
			leads("country", "joined_at"), leads("country", "closed_at", "joined_at"), leads("closed_at", "country", "joined_at"),
			leads("country", "joined_at").where("closed_at"),
		}},
		{Name: "names by their beginning", Table: "accounts",
			Forms:  []Form{{Columns: []string{"name"}, Needs: map[string]string{"sqlite": "nocase", "postgres": "text_pattern_ops"}}},
			Unlike: "the database's order is not that of bytes, and SQLite's LIKE does not mind case"},
		{Name: "addresses in any case", Table: "accounts", Forms: []Form{leads("lower email")}, Not: []string{"mysql"}},
		{Name: "accounts by what a document says", Table: "accounts", Forms: []Form{leads("prefs ref")}, Not: []string{"mysql"}},
		{Name: "articles by their short name", Table: "articles", Forms: []Form{leads("slug")}},
		{Name: "articles by their address", Table: "articles", Forms: []Form{leads("url").needs("mysql", "prefix")}},
		{Name: "the newest published articles", Table: "articles", Forms: []Form{
			leads("published_at"), leads("status", "published_at"), leads("published_at").where("status"),
		}},
		{Name: "an author's newest articles", Table: "articles", Forms: []Form{leads("account_id"), leads("account_id").where("status")}},
		{Name: "a category's newest articles", Table: "articles", Forms: []Form{
			leads("category_id", "published_at"), leads("category_id", "status", "published_at"), leads("status", "category_id", "published_at"),
			leads("category_id", "published_at").where("status"),
		}},
		{Name: "flagged articles", Table: "articles", Forms: []Form{
			leads("status"), leads("published_at").where("status"), leads("id").where("status"), leads("title").where("status"),
		}},
		{Name: "articles of a tag", Table: "article_tags", Forms: []Form{leads("tag_id")}},
		{Name: "an article's newest comments", Table: "comments", Forms: []Form{
			leads("article_id", "written_at"), leads("article_id", "state", "written_at"), leads("state", "article_id", "written_at"),
			leads("article_id", "written_at").where("state"),
		}, Unlike: "the index on the article alone sorts thousands of comments of those that everybody reads"},
		{Name: "an account's newest comments", Table: "comments", Forms: []Form{leads("account_id")}},
		{Name: "comments that are spam", Table: "comments", Forms: []Form{leads("state"), leads("written_at").where("state"), leads("id").where("state"), leads("body").where("state")}},
		{Name: "products by their number", Table: "products", Forms: []Form{leads("sku")}},
		{Name: "a category's products", Table: "products", Forms: []Form{
			leads("category_id"), leads("active", "category_id"), leads("category_id").where("active"),
		}},
		{Name: "products for a price", Table: "products", Forms: []Form{leads("price"), leads("active", "price"), leads("price").where("active")}},
		{Name: "an account's purchases", Table: "purchases", Forms: []Form{leads("account_id")}},
		{Name: "purchases that are open", Table: "purchases", Forms: []Form{leads("status"), leads("placed_at").where("status"), leads("id").where("status"), leads("account_id").where("status")}},
		{Name: "a purchase's items", Table: "items", Forms: []Form{leads("purchase_id")}},
		{Name: "a product's sales", Table: "items", Forms: []Form{leads("product_id")}},
		{Name: "purchases with a voucher", Table: "purchases", Forms: []Form{leads("voucher"), leads("voucher").where("voucher")}},
		{Name: "the next task", Table: "tasks", Forms: []Form{
			leads("queue", "state"), leads("state", "queue"), leads("state", "run_at"),
			leads("queue", "run_at").where("state"), leads("run_at").where("state"), leads("queue").where("state"),
		}},

		{Name: "accounts of a country, for the anti-join", Table: "accounts", Forms: []Form{leads("country"), leads("id").where("country")}, May: true},
		{Name: "a log in the order of its times", Table: "events", Forms: []Form{{Columns: []string{"happened_at"}, Method: "brin"}}, Only: "postgres", May: true},
		{Name: "flags by name: thirty rows, all on one page", Table: "flags", Forms: []Form{leads("name")}, Not: []string{"postgres", "mysql"}, May: true},
	}
}

// drops: what the right index on comments makes needless.
func drops() []Drop { return []Drop{{"comments", "article_id"}} }
