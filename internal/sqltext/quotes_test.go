package sqltext

import "testing"

func TestADialectReadsItsQuotes(t *testing.T) {
	for _, c := range []struct {
		name   string
		quotes Quotes
		sql    string
		want   string
	}{
		{"behind an operator it is PostgreSQL's column", Names, `select v from u where 7 = "orgId" and "userId" = 'x'`, `select v from u where ? = "orgId" and "userId" = ?`},
		{"and in a list of values", Names, `select * from u where 1 in ("userId", 2)`, `select * from u where ? in ("userId", ?)`},
		{"and where no other name is quoted", Names, `select "userId" from u order by "orgId" limit 3`, `select "userId" from u order by "orgId" limit ?`},
		{"and beside a string with a backslash", Names, `select "userId" from u where v = E'it\'s'`, `select "userId" from u where v = ?`},
		{"a name may hold quotes", Names, `select "user""Id" from u`, `select "user""Id" from u`},
		{"one that was cut off is hidden", Names, `select 1 from u where "user`, `select ? from u where ?`},
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

func TestTextsThatDifferInAQuotedNameAreTwoStatements(t *testing.T) {
	a, b := `select v from u where "userId" = 7`, `select v from u where "orgId" = 9`
	if Names.Fingerprint(a) == Names.Fingerprint(b) {
		t.Error("in PostgreSQL both have one fingerprint")
	}
	if Texts.Fingerprint(a) != Texts.Fingerprint(b) {
		t.Error("in MySQL, where only literals differ, they have two fingerprints")
	}
}
