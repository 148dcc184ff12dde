package querylog

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mltop/collectors"
	"mltop/internal/sqltext"
)

func TestParseQueries(t *testing.T) {
	text := `
-- name: open orders
-- weight: 1200
SELECT * FROM orders WHERE status = 'open; or not';

-- name: report
SELECT count(*) FROM orders WHERE date(created) = '2026-01-15';
-- rewrite-of: report
SELECT count(*) FROM orders WHERE created >= '2026-01-15' AND created < '2026-01-16';

-- weight: often
UPDATE orders SET status = 'done' WHERE id = 7;
DROP TABLE orders;
-- name: broken
SELECT * FROM orders WHERE (status = 'open;
SELECT 'lost';
-- name: after it
DELETE FROM orders WHERE id = 1;
-- rewrite-of: nobody
SELECT 1
`
	queries, problems := ParseQueries("hot.sql", strings.NewReader(text), sqltext.Guess)
	var got []string
	for _, q := range queries {
		got = append(got, fmt.Sprintf("%d %s %v %s rewrite:%v", q.Line, q.Name, q.Weight, q.Text, q.Rewrite != ""))
	}
	want := []string{
		"4 open orders 1200 SELECT * FROM orders WHERE status = ? rewrite:false",
		"7 report 1 SELECT count(*) FROM orders WHERE date(created) = ? rewrite:true",
		"12  1 UPDATE orders SET status = ? WHERE id = ? rewrite:false",
		"18 after it 1 DELETE FROM orders WHERE id = ? rewrite:false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = nil
	for _, p := range problems {
		got = append(got, p.String())
	}
	for i, want := range []string{"hot.sql:12: weight", `hot.sql:13: "DROP"`, "hot.sql:15: ", `hot.sql:20: rewrite of "nobody"`} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("problem %d of %q, want %q…", i, got, want)
		}
	}
}

func FuzzParseQueries(f *testing.F) {
	f.Add("-- name: a\nSELECT 'x;\n-- name: b\nSELECT 1;")
	f.Add("-- weight: 1e9\n-- rewrite-of: a\nVALUES (1")
	f.Fuzz(func(t *testing.T, text string) {
		queries, problems := ParseQueries("f", strings.NewReader(text), sqltext.Guess)
		lines := strings.Count(text, "\n") + 1
		for _, q := range queries {
			if q.Line < 1 || q.Line > lines || q.SQL == "" || !strings.Contains(text, q.SQL) || math.IsNaN(q.Weight) {
				t.Errorf("query %+v is not of a text of %d lines", q, lines)
			}
		}
		for _, p := range problems {
			if p.Line > lines || p.Text == "" {
				t.Errorf("problem %v", p)
			}
		}
	})
}

func TestAQueriesFileIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hot.sql")
	f := NewFile(path, sqltext.Guess)
	if _, err := f.Collect(context.Background()); err == nil {
		t.Error("a missing file is no error")
	}
	write(t, path, "SELECT 1; FOO;")
	s := collect(t, f)[0].(*collectors.Statements)
	if len(s.Rows) != 1 || s.Source.Live || s.Missing["line 1"] == "" {
		t.Errorf("got %+v", s)
	}
	if again := collect(t, f); len(again) != 0 {
		t.Errorf("an unchanged file was read again: %v", again)
	}
	write(t, path, "SELECT 1; SELECT a FROM t;")
	if s := collect(t, f)[0].(*collectors.Statements); len(s.Rows) != 2 {
		t.Errorf("got %d statements, want 2", len(s.Rows))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func collect(t *testing.T, c collectors.Collector) []collectors.Section {
	t.Helper()
	s, err := c.Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func line(sql, route string, seconds float64) string {
	return fmt.Sprintf(`{"time":"2026-11-22T06:08:41Z","sql":%q,"seconds":%v,"rows":2,"route":%q}`+"\n", sql, seconds, route)
}

func TestAQueryLogIsFollowed(t *testing.T) {
	one := func(n int) string { return line(fmt.Sprintf("SELECT a FROM t WHERE b = %d", n), "GET /x", 0.25) }
	for _, c := range []struct {
		name   string
		change func(t *testing.T, path string)
		calls  uint64
		state  string
		bad    string
	}{
		{"new lines", func(t *testing.T, p string) { add(t, p, one(1)+one(2)) }, 2, "", ""},
		{"half a line waits for its rest", func(t *testing.T, p string) { add(t, p, one(1)+one(2)[:20]) }, 1, "", ""},
		{"rotated, with lines in both", func(t *testing.T, p string) {
			add(t, p, one(1))
			if err := os.Rename(p, p+".1"); err != nil {
				t.Fatal(err)
			}
			add(t, p, one(2)+one(3))
		}, 3, "the query log is rotated", ""},
		{"truncated", func(t *testing.T, p string) { write(t, p, one(1)) }, 1, "the query log is truncated", ""},
		{"removed", func(t *testing.T, p string) { os.Remove(p) }, 0, "the query log is gone", ""},
		{"lines that are no JSON", func(t *testing.T, p string) { add(t, p, "hello\n{}\n{\"sql\":5}\n"+one(1)) }, 1, "", "3 lines"},
		{"a line without an end", func(t *testing.T, p string) { add(t, p, strings.Repeat("x", maxLine+10)+"\n"+one(1)) }, 1, "", "1 lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "q.jsonl")
			write(t, path, strings.Repeat(one(9), 5))
			l := NewLog(path, LogOptions{})
			defer l.Close()
			if s := collect(t, l)[0].(*collectors.Statements); len(s.Rows) != 0 {
				t.Errorf("old lines were read: %+v", s.Rows)
			}
			c.change(t, path)
			s := collect(t, l)[0].(*collectors.Statements)
			if got := calls(s); got != c.calls || s.Missing["state"] != c.state || !strings.HasPrefix(s.Missing["lines"], c.bad) {
				t.Errorf("got %d calls, %v; want %d, %q, %q", got, s.Missing, c.calls, c.state, c.bad)
			}
			add(t, path, "\n"+one(1))
			if s := collect(t, l)[0].(*collectors.Statements); calls(s) != 1 {
				t.Errorf("afterwards: got %d calls, want 1; %v", calls(s), s.Missing)
			}
		})
	}
}

func calls(s *collectors.Statements) uint64 {
	n := uint64(0)
	for _, g := range s.Rows {
		n += g.Calls
	}
	return n
}

func TestWhatALogTells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.jsonl")
	l := NewLog(path, LogOptions{All: true})
	defer l.Close()
	for i := range 10 {
		add(t, path, line(fmt.Sprintf("SELECT * FROM o WHERE id = %d", i), "GET /orders/{id}", 0.01))
		for j := range 4 {
			add(t, path, line(fmt.Sprintf("SELECT * FROM i WHERE o = %d", j), "GET /orders/{id}", 0.5))
		}
		add(t, path, line("INSERT INTO log VALUES (1)", "GET /orders/{id}", 0.001))
	}
	add(t, path, `{"sql":"SELECT 1","seconds":-1,"error":"no such table"}`+"\n")
	sections := collect(t, l)
	s := sections[0].(*collectors.Statements)
	by := map[string]collectors.StatementGroup{}
	for _, g := range s.Rows {
		by[g.Text] = g
	}
	items := by["SELECT * FROM i WHERE o = ?"]
	if items.Calls != 40 || items.Rows != 80 || math.Abs(items.Latency.Mean()-0.5) > 1e-9 || items.Route != "GET /orders/{id}" {
		t.Errorf("got %+v", items)
	}
	if e := by["SELECT ?"]; e.Errors != 1 || e.Latency.Count() != 0 {
		t.Errorf("got %+v, want one error and no time", e)
	}
	for _, k := range sections[1].(*collectors.Links).List {
		want := 1.0
		if k.Fingerprint == items.Fingerprint {
			want = 4
		}
		if k.CallsPerRequest != want || !k.Sure {
			t.Errorf("got %+v, want %v calls a request", k, want)
		}
	}
}
