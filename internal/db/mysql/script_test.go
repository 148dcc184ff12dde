package mysql

import "testing"

func TestAScriptsClientVerifiesWhomItSpeaksToAsWeDo(t *testing.T) {
	for name, c := range map[string]struct{ dsn, mariadb, mysql string }{
		"over a network":                {"mysql://ann@db.example.com/shop", " --ssl-verify-server-cert", " --ssl-mode=VERIFY_IDENTITY"},
		"encrypted, and nobody asked":   {"mysql://ann@db.example.com/shop?ssl-mode=required", " --ssl", " --ssl-mode=REQUIRED"},
		"on this machine":               {"mysql://ann@127.0.0.1/shop", "", ""},
		"by a socket, whatever is said": {"mysql://ann@/shop?socket=/run/s.sock&ssl-mode=required", "", ""},
	} {
		to, err := parseTarget(c.dsn)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := to.tlsWords(true); got != c.mariadb {
			t.Errorf("%s, MariaDB: got %q, want %q", name, got, c.mariadb)
		}
		if got := to.tlsWords(false); got != c.mysql {
			t.Errorf("%s, MySQL: got %q, want %q", name, got, c.mysql)
		}
	}
	own := target{host: "db.example.com", ca: "/etc/our ca.pem"}
	if got, want := own.tlsWords(true), " --ssl-verify-server-cert --ssl-ca='/etc/our ca.pem'"; got != want {
		t.Errorf("an authority of one's own: got %q, want %q", got, want)
	}
}
