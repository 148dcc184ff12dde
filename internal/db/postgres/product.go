package postgres

import (
	"strconv"
	"strings"
)

// A product is who answers in PostgreSQL's protocol.
type product struct {
	Name    string // "PostgreSQL", or the fork's
	Major   int    // of the PostgreSQL that it says it is; 0: it cannot be read
	Refused string // why mltop does not try; "" when it does
	Untried string // what was never tried; "" for what was
}

// leastMajor is the oldest version whose views mltop reads.
const leastMajor = 13

// forks are known by a word in version(); what they lack of PostgreSQL's
// statistics is from their own documentation.
func forks() []struct{ word, name, lacks string } {
	return []struct{ word, name, lacks string }{
		{"CockroachDB", "CockroachDB", "it speaks PostgreSQL's protocol and has none of its statistics views: use its own console"},
		{"Redshift", "Amazon Redshift", "it has neither indexes nor PostgreSQL's statistics views: use its own console"},
		{"Materialize", "Materialize", "it speaks PostgreSQL's protocol and has none of its statistics views"},
		{"QuestDB", "QuestDB", "it speaks PostgreSQL's protocol and has none of its statistics views"},
		{"Greenplum", "Greenplum", ""}, {"YugabyteDB", "YugabyteDB", ""}, {"-YB-", "YugabyteDB", ""}, {"EnterpriseDB", "EDB Postgres Advanced Server", ""},
		{"Percona", "Percona Distribution for PostgreSQL", ""}, {"Aurora", "Amazon Aurora PostgreSQL", ""},
	}
}

// judgeProduct reads what the server says of itself: server_version, which may
// be "15.6 (Ubuntu 15.6-1)", "16beta1" or a fork's own, and version().
func judgeProduct(number, text string) product {
	p := product{Name: "PostgreSQL", Major: majorOf(number)}
	for _, f := range forks() {
		if !strings.Contains(text+" "+number, f.word) {
			continue
		}
		p.Name, p.Refused = f.name, f.lacks
		p.Untried = "it is no plain PostgreSQL and was never tried: what it lacks is shown as –, with its own words"
		break
	}
	switch {
	case p.Refused != "":
	case p.Major == 0:
		p.Untried = "its version cannot be read: it is asked as the newest PostgreSQL"
	case p.Major < leastMajor:
		p.Refused = "mltop reads version " + strconv.Itoa(leastMajor) + " and later"
	case p.Major != triedMajor && p.Untried == "":
		p.Untried = "this version was never tried: mltop asks for what its catalog has"
	}
	return p
}

// triedMajor is the version that the tests run.
const triedMajor = 15

func majorOf(number string) int {
	end := strings.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(number)
	}
	n, err := strconv.Atoi(number[:end])
	if err != nil {
		return 0 // no digits, or more than a version has
	}
	return n
}
