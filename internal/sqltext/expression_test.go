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

func TestExpressionsWithoutTheNamesOfRelations(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"an alias", `o.status = 'open'`, `status = 'open'`},
		{"a schema and a table", `main.orders.status IS NULL`, `status IS NULL`},
		{"quoted names", `"my o"."the status" = 1`, `"the status" = 1`},
		{"names in backticks", "`o`.`status` = 1", "`status` = 1"},
		{"a number is no name", `total > 1.5`, `total > 1.5`},
		{"a text with a point is no name", `o.host = 'a.b'`, `host = 'a.b'`},
		{"both sides", `o.a = o.b`, `a = b`},
		{"without any", `deleted = 0`, `deleted = 0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Unqualified(c.sql); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.sql, got, c.want)
			}
		})
	}
}
