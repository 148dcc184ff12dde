package postgres

import (
	"strings"
	"testing"
)

// What the servers say is from their own documentation and public bug reports;
// only PostgreSQL 15 runs in these tests.
func TestWhoSpeaksPostgreSQLsProtocol(t *testing.T) {
	const gcc = " on x86_64-pc-linux-gnu, compiled by gcc (GCC) 12.2.0, 64-bit"
	for _, row := range []struct {
		name, number, text string
		want               product // Refused and Untried: words in them
	}{
		{"the version of the tests", "15.6 (Debian 15.6-0+deb12u1)", "PostgreSQL 15.6 (Debian 15.6-0+deb12u1)" + gcc, product{Name: "PostgreSQL", Major: 15}},
		{"a distribution's", "15.6 (Ubuntu 15.6-1.pgdg22.04+1)", "PostgreSQL 15.6" + gcc, product{Name: "PostgreSQL", Major: 15}},
		{"a beta", "16beta1", "PostgreSQL 16beta1" + gcc, product{"PostgreSQL", 16, "", "never tried"}},
		{"a development tree", "19devel", "PostgreSQL 19devel" + gcc, product{"PostgreSQL", 19, "", "never tried"}},
		{"the oldest that is read", "13.14", "PostgreSQL 13.14" + gcc, product{"PostgreSQL", 13, "", "never tried"}},
		{"too old", "12.18", "PostgreSQL 12.18" + gcc, product{"PostgreSQL", 12, "version 13 and later", ""}},
		{"very old", "9.6.24", "PostgreSQL 9.6.24" + gcc, product{"PostgreSQL", 9, "version 13 and later", ""}},
		{"Aurora says nothing, its function does", "15.4", "PostgreSQL 15.4" + gcc + " Aurora", product{"Amazon Aurora PostgreSQL", 15, "", "no plain PostgreSQL"}},
		{"Redshift", "8.0.2", "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.12103", product{"Amazon Redshift", 8, "neither indexes", "no plain PostgreSQL"}},
		{"CockroachDB", "13.0.0", "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)", product{"CockroachDB", 13, "its own console", "no plain PostgreSQL"}},
		{"YugabyteDB, of an old PostgreSQL", "11.2-YB-2.18.0.0-b0", "PostgreSQL 11.2-YB-2.18.0.0-b0" + gcc, product{"YugabyteDB", 11, "version 13 and later", "no plain PostgreSQL"}},
		{"YugabyteDB, of a newer one", "15.2-YB-2.25.0.0-b0", "PostgreSQL 15.2-YB-2.25.0.0-b0" + gcc, product{"YugabyteDB", 15, "", "no plain PostgreSQL"}},
		{"YugabyteDB by its name", "14.9", "PostgreSQL 14.9 on x86_64, YugabyteDB", product{"YugabyteDB", 14, "", "no plain PostgreSQL"}},
		{"Greenplum 6", "9.4.26", "PostgreSQL 9.4.26 (Greenplum Database 6.25.3 build commit:367edc6b4dfd909fe38fc288ade9e294d74e3f9a Open Source)" + gcc, product{"Greenplum", 9, "version 13 and later", "no plain PostgreSQL"}},
		{"EDB", "15.3", "PostgreSQL 15.3 (EnterpriseDB Advanced Server 15.3.0)" + gcc, product{"EDB Postgres Advanced Server", 15, "", "no plain PostgreSQL"}},
		{"nonsense", "banana", "banana", product{"PostgreSQL", 0, "", "cannot be read"}},
		{"nothing", "", "", product{"PostgreSQL", 0, "", "cannot be read"}},
		{"a number too long to be one", "99999999999999999999", "", product{"PostgreSQL", 0, "", "cannot be read"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := judgeProduct(row.number, row.text)
			if got.Name != row.want.Name || got.Major != row.want.Major || !says(got.Refused, row.want.Refused) || !says(got.Untried, row.want.Untried) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

// says reports that a text has the words, or is empty where none are wanted.
func says(text, words string) bool {
	if words == "" {
		return text == ""
	}
	return strings.Contains(text, words)
}
