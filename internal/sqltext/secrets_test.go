package sqltext

import (
	"strings"
	"testing"
)

func TestCredentialsAreHiddenAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		name   string
		quotes Quotes
		sql    string
		want   string
	}{
		{"PostgreSQL's role", Names, `alter role bare password 'GEHEIM'`, `alter role bare password '***'`},
		{"encrypted, with what comes behind", Names, `CREATE ROLE "r" LOGIN ENCRYPTED PASSWORD 'GEHEIM' VALID UNTIL '2030-01-01'`, `CREATE ROLE "r" LOGIN ENCRYPTED PASSWORD '***' VALID UNTIL '***'`},
		{"with a quote in it", Names, `alter user u with password 'GEH''EIM'`, `alter user u with password '***'`},
		{"in dollars", Names, `alter user u password $x$GEHEIM$x$`, `alter user u password '***'`},
		{"in the body of a block", Names, `do $$ begin execute 'alter user u password ''GEHEIM'''; end $$`, `do '***'`},
		{"a foreign server's user", Names, `create user mapping for u server s options (user 'ann', password 'GEHEIM')`, `create user mapping for u server s options (user 'ann', password '***')`},
		{"a subscription's connection", Names, `create subscription s connection 'host=h password=GEHEIM' publication p`, `create subscription s connection '***' publication p`},
		{"an address with a user", Names, `select * from dblink('postgres://u:GEHEIM@h/d', 'select 1')`, `select * from dblink('***', 'select 1')`},
		{"MariaDB's user", Texts, `create user 'ann'@'%' identified by 'GEHEIM'`, `create user 'ann'@'%' identified by '***'`},
		{"in MySQL's other quotes", Texts, `ALTER USER ann IDENTIFIED BY "GEHEIM" REPLACE 'GEHEIM'`, `ALTER USER ann IDENTIFIED BY '***' REPLACE '***'`},
		{"with a plugin", Texts, `alter user ann identified via ed25519 using PASSWORD('GEHEIM')`, `alter user ann identified via ed25519 using PASSWORD('***')`},
		{"a grant", Texts, `grant all on d.* to ann identified by password '*GEHEIM'`, `grant all on d.* to ann identified by password '***'`},
		{"SET PASSWORD", Texts, `set password for ann = password('GEHEIM')`, `set password for ann = password('***')`},
		{"SET PASSWORD of one's own", Texts, `SET PASSWORD = 'GEHEIM'`, `SET PASSWORD = '***'`},
		{"replication", Texts, `change master to master_host='h', master_password='GEHEIM', master_port=3306`, `change master to master_host='h', master_password='***', master_port=3306`},
		{"a column of passwords", Texts, `select id from users where login = 'ann' and password = 'GEHEIM' and active = 'y'`, `select id from users where login = 'ann' and password = '***' and active = 'y'`},
		{"by a function", Texts, `select id from users where pwd = sha1('GEHEIM') and active = 'y'`, `select id from users where pwd = sha1('***') and active = 'y'`},
		{"a list of them", Texts, `select id from users where passwd in ('GEHEIM', 'GEHEIM2') and a = 'y'`, `select id from users where passwd in ('***', '***') and a = 'y'`},
		{"set in an update", Texts, `update users set password_hash = 'GEHEIM', name = 'x' where id = 7`, `update users set password_hash = '***', name = 'x' where id = 7`},
		{"put into one", Texts, `insert into users (login, password) values ('ann', 'GEHEIM')`, `insert into users (login, password) values ('***', '***')`},
		{"a text that only speaks of one stays", Texts, `select id from mails where subject = 'your password' and a = 'x'`, `select id from mails where subject = 'your password' and a = 'x'`},
		{"and so does a plain address", Texts, `select id from pages where url = 'https://example.org/'`, `select id from pages where url = 'https://example.org/'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.quotes.HideSecrets(c.sql)
			if got != c.want || strings.Contains(got, "GEHEIM") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if a, b := c.quotes.Fingerprint(c.sql), c.quotes.Fingerprint(got); a != b {
				t.Errorf("it is another statement then: %s and %s", a, b)
			}
		})
	}
}
