package rowlog

import (
	"errors"
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
)

func TestTheReasonOfARefusalHasNamesAndNoValues(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"SQLite", "insert: UNIQUE constraint failed: request_logs.path", "insert: UNIQUE constraint failed: request_logs.path"},
		{"a value and a name", "Error 1062 (23000): Duplicate entry '/a?s3cret' for key 'path'", "Error 1062 (23000): Duplicate entry '***' for key 'path'"},
		{"a value with quotes", "Duplicate entry 'it's 's3cret' for key 'x', really' for key 'path'", "Duplicate entry '***' for key 'path'"},
		{"a value for a column", "Incorrect integer value: 's3cret' for column `a`.`b`.`c` at row 1", "Incorrect integer value: '***' for column `a`.`b`.`c` at row 1"},
		{"a name alone", "Data too long for column 'user_agent' at row 1", "Data too long for column 'user_agent' at row 1"},
		{"an apostrophe", "Field 'size' doesn't have a default value", "Field 'size' doesn't have a default value"},
		{"PostgreSQL's names", `ERROR: new row for relation "request_logs" violates check constraint "small" (SQLSTATE 23514)`, `ERROR: new row for relation "request_logs" violates check constraint "small" (SQLSTATE 23514)`},
		{"PostgreSQL's value", `ERROR: invalid input syntax for type integer: "s3"cret" (SQLSTATE 22P02)`, `ERROR: invalid input syntax for type integer: "***" (SQLSTATE 22P02)`},
		{"quotes that do not end", "Incorrect value: 's3cret", "Incorrect value: '***'"},
		{"control characters", "a\x1b[31m\r\nb\u202e\xff", "a [31m  b \uFFFD"},
		{"one that is long", strings.Repeat("x", 1000), strings.Repeat("x", longestReason)},
	} {
		if got := reasonOf(errors.New(row.text)); got != row.want {
			t.Errorf("%s:\n got %q\nwant %q", row.name, got, row.want)
		}
	}
}

func TestWhyARowWasRefusedIsToldWithoutItsValues(t *testing.T) {
	for _, p := range places(t) {
		d, r := p.open(t), quick(t)
		log, _ := p.target.Kind.tables(r.Table)
		dbtest.Exec(t, d, log)
		dbtest.Exec(t, d, "CREATE UNIQUE INDEX alone ON "+r.Table+" (path)")
		l, said := begin(t, p, r)
		for range 3 {
			hand(l, "/s3cret", 200)
		}
		ended(t, l)
		s, all := l.State(), said.all()
		if s.Refused != 2 || !strings.Contains(strings.ToLower(s.RefusedWhy), map[Kind]string{MariaDB: "duplicate entry '***' for key"}[p.target.Kind]) || s.Why != "" {
			t.Errorf("%s: the state is %+v, want 2 refused, and why", p.name, s)
		}
		if want := "request log: " + p.target.Name + " does not take a row: " + s.RefusedWhy; s.RefusedWhy == "" || strings.Count(all, want) != 1 {
			t.Errorf("%s: it said\n%s\nwant %q once", p.name, all, want)
		}
		if strings.Contains(all+s.RefusedWhy, "s3cret") {
			t.Errorf("%s: it tells a value: %s", p.name, all)
		}
	}
}
