package sqltext

import "testing"

func TestADialectReadsItsQuotes(t *testing.T) {
	for _, c := range []struct {
		name   string
		quotes Quotes
		sql    string
		want   string
	}{
		{"behind an operator it is PostgreSQL's column", Exact, `select v from u where 7 = "orgId" and "userId" = 'x'`, `select v from u where ? = "orgId" and "userId" = ?`},
		{"and in a list of values", Exact, `select * from u where 1 in ("userId", 2)`, `select * from u where ? in ("userId", ?)`},
		{"and where no other name is quoted", Exact, `select "userId" from u order by "orgId" limit 3`, `select "userId" from u order by "orgId" limit ?`},
		{"and beside a string with a backslash", Exact, `select "userId" from u where v = E'it\'s'`, `select "userId" from u where v = ?`},
		{"a name may hold quotes", Exact, `select "user""Id" from u`, `select "user""Id" from u`},
		{"one that was cut off is hidden", Exact, `select 1 from u where "user`, `select ? from u where ?`},
		{"MySQL's name under ANSI_QUOTES", Names, `select "userId" from u where v = 'x'`, `select "userId" from u where v = ?`},
		{"MySQL's literal is one as an alias too", Texts, `select id as "number" from t where a = "x"`, `select id as ? from t where a = ?`},
		{"SQLite's name is one behind FROM", Guess, `select "a" from "t" where b = "c"`, `select "a" from "t" where b = ?`},
		{"and alone a literal", Guess, `select v from u where "userId" = 7`, `select v from u where ? = ?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			normal := c.quotes.Normalize(c.sql)
			if normal != c.want {
				t.Errorf("got  %s\nwant %s", normal, c.want)
			}
			if a, b := c.quotes.Fingerprint(c.sql), c.quotes.Fingerprint(normal); a != b {
				t.Errorf("the text's fingerprint is %s, its normal form's %s", a, b)
			}
		})
	}
}

func TestWhichTextsAreOneStatement(t *testing.T) {
	for _, c := range []struct {
		name   string
		quotes Quotes
		a, b   string
		one    bool
	}{
		{"PostgreSQL: two quoted names", Exact, `select v from u where "userId" = 7`, `select v from u where "orgId" = 9`, false},
		{"PostgreSQL: names that differ in capitals", Exact, `select v from u where "userId" = 7`, `select v from u where "userid" = 7`, false},
		{"PostgreSQL: a name without quotes is in small letters", Exact, `select v from u where "userId" = 7`, `select v from u where userId = 7`, false},
		{"PostgreSQL: tables too", Exact, `select v from "Users"`, `select v from users`, false},
		{"PostgreSQL: quotes that need not be there", Exact, `select v from "u" where "user_id" = 7`, `select v from U where User_ID = 9`, true},
		{"PostgreSQL: a word of the language is no name", Exact, `select "user" from u`, `select user from u`, false},
		{"PostgreSQL: an empty name is an error, and no panic", Exact, `select "" from u`, `select " from u`, false},
		{"MySQL under ANSI_QUOTES", Names, `select v from u where "userId" = 7`, "select v from u where `userid` = 9", true},
		{"MySQL, where only literals differ", Texts, `select v from u where "userId" = 7`, `select v from u where "orgId" = 9`, true},
		{"MySQL's digest quotes all", Texts, "select `v` from `u` where `userId` = ?", "select v from u where userid = 9", true},
	} {
		if one := c.quotes.Fingerprint(c.a) == c.quotes.Fingerprint(c.b); one != c.one {
			t.Errorf("%s: got one statement %v, want %v:\n  %s\n  %s", c.name, one, c.one, c.a, c.b)
		}
	}
}
