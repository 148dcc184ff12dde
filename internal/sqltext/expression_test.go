package sqltext

import "testing"

func TestExpressionsThatAreTheSame(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"spaces and case do not count", `JSON_EXTRACT( body,'$.A' )`, `json_extract(body, '$.A')`},
		{"parentheses around all of it do not count", `((a+b))`, `a + b`},
		{"parentheses around its parts do", `(a) + (b)`, `(a) + (b)`},
		{"quotes that change nothing do not count", `lower("name")`, `lower(name)`},
		{"quotes around a keyword stay", `lower("from")`, `lower("from")`},
		{"letters in quotes stay", `data ->> 'Kind'`, `data ->> 'Kind'`},
		{"PostgreSQL's cast of a literal does not count", `(data ->> 'Kind'::text)`, `data ->> 'Kind'`},
		{"another cast does", `data ->> 'Kind'::name`, `data ->> 'Kind'::name`},
		{"nothing is nothing", ``, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Expression(c.sql); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.sql, got, c.want)
			}
		})
	}
}
