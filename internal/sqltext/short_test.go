package sqltext

import (
	"strings"
	"testing"
)

func TestShort(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a select by its first table", "SELECT a, b FROM orders o JOIN items i ON i.x = o.y", "SELECT … orders"},
		{"a subquery has no name: its table has", "SELECT * FROM (SELECT a FROM orders) x", "SELECT … orders"},
		{"an insert", "INSERT INTO request_logs(a, b) VALUES (?, ?)", "INSERT … request_logs"},
		{"an update", "update products SET stock = stock - ? WHERE id = ?", "UPDATE products"},
		{"a delete", "DELETE FROM sessions WHERE at < ?", "DELETE … sessions"},
		{"a schema before the table", `SELECT 1 FROM main."order items" WHERE a`, `SELECT … "order items"`},
		{"no table", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint ( TRUNCATE"},
		{"the word from in a literal", "SELECT 'from x', a FROM b", "SELECT … b"},
		{"a literal never shows", "SELECT 'secret', 42", "SELECT ? , ?"},
		{"one word", "COMMIT", "COMMIT"},
		{"a comment before it", "/* app */ BEGIN IMMEDIATE", "BEGIN IMMEDIATE"},
		{"nothing", " ", ""},
		{"a text cut after FROM", "SELECT a FROM", "SELECT a FROM"},
	} {
		if got := Short(c.sql); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

func TestGist(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a long list of columns gives way", "SELECT o.id, o.status, o.total_cents, c.name\nFROM orders o\nWHERE o.id = ?", "SELECT … FROM orders o WHERE o.id = ?"},
		{"a short one stays", "SELECT count(*) FROM orders WHERE status = ?", "SELECT count(*) FROM orders WHERE status = ?"},
		{"a subquery among the columns is not the source", "SELECT id, (SELECT count(*) FROM reviews r WHERE r.p = p.id) FROM products p", "SELECT … FROM products p"},
		{"the lists of a write give way", "INSERT INTO orders(customer_id, status, archived) VALUES (?, ?, upper(?), ?, ?, ?, ?, ?)", "INSERT INTO orders(…) VALUES (…)"},
		{"parentheses that are never closed", "INSERT INTO orders(customer_id, status, archived, total", "INSERT INTO orders(customer_id, status, archived, total"},
		{"a short write stays as it is", "INSERT INTO a(b, c) VALUES (?, ?)", "INSERT INTO a(b, c) VALUES (?, ?)"},
		{"no source", "SELECT 1 + 1", "SELECT 1 + 1"},
	} {
		if got := Gist(c.sql); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
	if got := Gist("SELECT " + strings.Repeat("a, ", 1<<20) + "b FROM t"); len(got) > longestRead {
		t.Errorf("a text of megabytes is read to the end: %d bytes of gist", len(got))
	}
}
