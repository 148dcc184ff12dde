package mysql

import (
	"strings"
	"testing"
)

// What the servers say is from their own documentation and public bug reports;
// only MariaDB 10.11 runs in these tests.
func TestWhoSpeaksMySQLsProtocol(t *testing.T) {
	for _, row := range []struct{ name, version, comment, want string }{
		{"the version of the tests", "10.11.6-MariaDB-0+deb12u1", "Debian 12", ""},
		{"an older MariaDB", "10.6.12-MariaDB-log", "", "MariaDB 10.6 was never tried"},
		{"a MariaDB that hides behind an old number", "5.5.5-10.4.8-MariaDB-log", "", "MariaDB 10.4 was never tried"},
		{"Percona Server", "8.0.36-28.1", "Percona Server (GPL), Release 28, Revision 47601f19", "Percona Server 8.0 was never tried"},
		{"an old MySQL", "5.7.44-log", "MySQL Community Server (GPL)", "MySQL 5.7 was never tried"},
		{"Aurora", "8.0.mysql_aurora.3.05.2", "Source distribution", "Aurora MySQL 8.0 was never tried"},
		{"TiDB", "8.0.11-TiDB-v7.5.0", "TiDB Server (Apache License 2.0)", "TiDB was never tried: it is asked as MySQL 8.0"},
		{"Vitess", "8.0.30-Vitess", "", "Vitess was never tried"},
		{"SingleStore", "5.7.32", "SingleStoreDB source distribution (compatible; MySQL Enterprise & MySQL Commercial)", "SingleStore was never tried"},
		{"ProxySQL's own port", "5.5.30", "(ProxySQL)", "ProxySQL was never tried"},
		{"Doris", "5.7.99", "Doris version doris-2.0.3", "Apache Doris was never tried"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, ok := parseVersion(row.version, row.comment)
			if got := f.untried(); !ok || !strings.HasPrefix(got, row.want) || (row.want == "") != (got == "") {
				t.Errorf("got %q, %v, want %q", got, ok, row.want)
			}
		})
	}
	for _, nonsense := range []string{"", "banana", "v8", "-1.2", "MariaDB"} {
		if f, ok := parseVersion(nonsense, ""); ok {
			t.Errorf("%q was taken for %+v", nonsense, f)
		}
	}
}
