package sqltext

import (
	"encoding/hex"
	"strings"
)

func quoteIdent(name, dialect string) string {
	if bare(name, dialect) {
		return name
	}
	q := `"`
	if dialect == "mysql" {
		q = "`"
	}
	return q + strings.ReplaceAll(name, q, q+q) + q
}

// bare reports whether a name needs no quotes. PostgreSQL folds bare names to
// lower case.
func bare(name, dialect string) bool {
	if name == "" || digit(name[0]) || reserved[strings.ToUpper(name)] {
		return false
	}
	for i := range len(name) {
		c := name[i]
		plain := c == '_' || digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' && dialect != "postgres"
		if !plain {
			return false
		}
	}
	return true
}

// quoteString: MySQL reads backslashes; SQLite cannot have a NUL in a text,
// and PostgreSQL cannot have one anywhere, so there it is left out.
func quoteString(s, dialect string) string {
	switch {
	case dialect == "mysql":
		s = strings.NewReplacer(`\`, `\\`, "\x00", `\0`).Replace(s)
	case strings.Contains(s, "\x00") && dialect == "sqlite":
		return "CAST(x'" + hex.EncodeToString([]byte(s)) + "' AS TEXT)"
	default:
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
