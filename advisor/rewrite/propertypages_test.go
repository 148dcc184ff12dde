package rewrite_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mltop/advisor/rewrite"
)

// lists are what pages select, of the table named behind the bar, with what it
// may be ordered by.
var lists = []struct {
	table, list, order string
}{
	{"a", "*", "id; n; t; f; nn; tt; x; d; nn, tt; nn DESC, id DESC; nn, id DESC; f COLLATE BINARY; f COLLATE NOCASE; t COLLATE NOCASE; tt DESC; 1; 6; a.nn; lower(tt); -nn; n DESC; t DESC; f DESC; x DESC; nn, n DESC; tt DESC, n DESC"},
	{"a", "id, nn, tt", "1; 2; 3 DESC; nn; 2, 3; id; tt, nn; n"},
	{"a", "id AS nn, nn AS id, tt", "id; nn; 1; 2; a.nn; a.id DESC; tt"},
	{"a", "id, -nn AS nn, tt 'f', t AS tt", "nn; tt; f; t; 2; a.nn; a.tt DESC, a.nn DESC"},
	{"a", "id, row_number() OVER () AS r, count(*) OVER () AS all_of_them", "id; r; nn"},
	{"a", "count(*), max(nn)", "1; nn"},
	{"a", "max(nn), id", "nn; id"},
	{"a", "DISTINCT nn", "nn; 1"},
	{"k", "k, v, w", "k; v; w; w DESC; k DESC; v DESC; 3; w, k"},
	{"w", "p, q, v", "p; q; v; p, q; p DESC, q DESC; v DESC; q DESC; q, p; p COLLATE BINARY, q"},
	{"u", "s, r, id", "s; r; id; s DESC; s, r; r DESC; s COLLATE BINARY; s COLLATE NOCASE"},
}

var passing = []string{"", "", "", "", " WHERE nn > -3", " WHERE n > -5 AND nn < 4", " WHERE n IS NOT NULL", " WHERE n IS NOT 7", " WHERE n IS 7", " WHERE n > 0 OR nn > 0", " WHERE n NOT IN ()", " WHERE t >= '' AND f BETWEEN '' AND 'z' AND x <> 5"}

// A reader who follows the pages by their key sees each row once that one sees
// who asks for all of them, in that order, whatever is in the table.
func TestPagesByKeyShowEachRowOnceOnAnyTable(t *testing.T) {
	tried := 0
	for seed := range uint64(36) {
		w := newWorld(t, seed)
		for range 60 {
			l := pick(w.r, lists...)
			order, where := pick(w.r, strings.Split(l.order, "; ")...), ""
			if l.table == "a" {
				where = pick(w.r, passing...)
			}
			text := "SELECT " + l.list + " FROM " + l.table + where + " ORDER BY " + order
			for _, r := range w.rewrites(t, text+" LIMIT 3 OFFSET 6") {
				if r.Rule == "rewrite.keyset" && w.hasNoNulls(t, r) {
					tried++
					w.follow(t, text, r)
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("%d texts were followed", tried)
	}
}

// hasNoNulls asks what a page by key has to be asked of all rows.
func (w world) hasNoNulls(t *testing.T, r rewrite.Rewrite) bool {
	t.Helper()
	for _, c := range r.Checks {
		same := slices.Equal(w.does(t, c.A.SQL), w.does(t, c.B.SQL))
		if c.Must && !same {
			return false
		}
		if !c.Must && !same && !slices.ContainsFunc(r.Checks, func(c rewrite.Check) bool { return c.Must }) {
			t.Errorf("a check finds that %s is not %s", c.B.SQL, c.A.SQL)
		}
	}
	return true
}

// follow goes through the pages: the first by the text without an offset, each
// next one by the key of the last row before.
func (w world) follow(t *testing.T, text string, r rewrite.Rewrite) {
	t.Helper()
	tx, err := w.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing is kept
	columns, table := keyOf(t, r)
	// The key stands before what is selected: what the application knows of a row.
	ordered := r.After.SQL[strings.Index(r.After.SQL, " ORDER BY "):]
	all := rowsOf(t, tx, text)
	page := keyed(strings.Replace(text[:strings.Index(text, " ORDER BY ")], "SELECT ", "SELECT "+columns+", ", 1) + ordered)
	rows, keys := page.read(t, tx, table)
	var seen []string
	for len(rows) > 0 && len(seen) <= len(all) {
		seen = append(seen, rows...)
		next := keyed(strings.Replace(r.After.SQL, "SELECT ", "SELECT "+columns+", ", 1))
		rows, keys = next.read(t, tx, table, keys...)
	}
	a, b := slices.Clone(all), slices.Clone(seen)
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		t.Errorf("of  %s\nby  %s\nsees %d rows of %d; too many: %.300s; missing: %.300s", text, r.After.SQL, len(seen), len(all), without(seen, all), without(all, seen))
	}
}

// keyOf are the columns that the condition compares, behind their table's name.
func keyOf(t *testing.T, r rewrite.Rewrite) (columns string, n int) {
	t.Helper()
	for _, h := range r.Holds {
		if _, names, ok := strings.Cut(h, "(no fraction of a second cut off): "); ok {
			list := strings.Split(names, ", ")
			for i := range list {
				list[i] = r.Table + "." + list[i]
			}
			return strings.Join(list, ", "), len(list)
		}
	}
	t.Fatalf("the columns are not said: %q", r.Holds)
	return "", 0
}

// keyed is a SELECT with a key before its columns.
type keyed string

func (k keyed) read(t *testing.T, tx *sql.Tx, n int, args ...any) (out []string, last []any) {
	t.Helper()
	rows, err := tx.Query(string(k), args...)
	if err != nil {
		t.Fatalf("%s: %v", k, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out, last = append(out, fmt.Sprintf("%#v", values[n:])), values[:n]
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", k, err)
	}
	return out, last
}
