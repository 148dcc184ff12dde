package mysql

import (
	"strconv"
	"strings"
)

// A flavour is which server this is.
type flavour struct {
	MariaDB      bool
	Major, Minor int
	Text         string // as the server says it
	Comment      string // version_comment: names forks
	AnsiQuotes   bool   // of sql_mode: a "x" is a name
}

// parseVersion reads VERSION(): "10.11.6-MariaDB-0+deb12u1", "8.0.36",
// "5.5.5-10.6.12-MariaDB" of servers that hide behind an old number,
// "8.0.mysql_aurora.3.05", "8.0.36-28" (Percona). ok is false for text that
// holds no version.
func parseVersion(text, comment string) (f flavour, ok bool) {
	f = flavour{Text: text, Comment: comment}
	f.MariaDB = strings.Contains(strings.ToLower(text+" "+comment), "mariadb")
	number := text
	if f.MariaDB {
		number = strings.TrimPrefix(number, "5.5.5-")
	}
	major, rest, _ := strings.Cut(number, ".")
	f.Major, _ = strconv.Atoi(major)
	minor := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if len(minor) > 0 {
		f.Minor, _ = strconv.Atoi(minor[0])
	}
	return f, f.Major > 0
}

// least reports whether the version is at least major.minor.
func (f flavour) least(major, minor int) bool {
	return f.Major > major || f.Major == major && f.Minor >= minor
}

// label is what a user calls the server.
func (f flavour) label() string {
	switch c := strings.ToLower(f.Comment + f.Text); {
	case f.MariaDB:
		return "MariaDB"
	case strings.Contains(c, "percona"):
		return "Percona Server"
	case strings.Contains(c, "aurora"):
		return "Aurora MySQL"
	}
	return "MySQL"
}

// persists reports whether SET PERSIST exists.
func (f flavour) persists() bool { return !f.MariaDB && f.least(8, 0) }
