package postgres

import (
	"strings"
	"testing"
)

func TestAScriptsClientVerifiesWhomItSpeaksToAsWeDo(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	t.Setenv("PGSSLROOTCERT", "")
	for name, c := range map[string]struct{ dsn, want string }{
		"over a network":                     {"postgres://ann@db.example.com/shop", "PGSSLMODE=verify-full PGSSLROOTCERT="},
		"as the address says":                {"postgres://ann@db.example.com/shop?sslmode=require", "PGSSLMODE=require psql "},
		"on this machine, where nobody asks": {"postgres://ann@127.0.0.1/shop", "psql -X -h 127.0.0.1 "},
	} {
		to, _, err := parseTarget(c.dsn, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := (&Engine{to: to}).ScriptClient(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want it to begin with %q", name, got, c.want)
		}
	}
	own := target{sslmode: "verify-ca", sslrootcert: "/etc/our ca.pem"}
	if got, want := own.sslEnvironment(), "PGSSLMODE=verify-ca PGSSLROOTCERT='/etc/our ca.pem' "; got != want {
		t.Errorf("an authority of one's own: got %q, want %q", got, want)
	}
}
