package rewrite

import "strings"

// A kind is what a column holds, as far as its declared type tells.
type kind string

const (
	kindText    kind = "text"
	kindInteger kind = "integer"
	kindNumber  kind = "number" // not whole, or not known to be
	kindDate    kind = "date"
	kindTime    kind = "time"  // date and time
	kindZoned   kind = "zoned" // date and time that a session's time zone shows
	kindOther   kind = "other"
)

// kindOf reads a declared type. SQLite keeps dates as text or numbers: a type
// that speaks of a date says which text is meant.
func (t *text) kindOf(c column) kind {
	typ := strings.ToLower(c.Type)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(typ, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("[]", "range", "interval", "point", "enum", "set(", "json"):
		return kindOther
	case has("timestamp with time zone", "timestamptz"), t.engine() == "mysql" && has("timestamp"):
		return kindZoned
	case has("timestamp", "datetime"):
		return kindTime
	case has("date"):
		return kindDate
	case has("char", "text", "clob"):
		return kindText
	case has("int", "serial") && !strings.HasPrefix(typ, "tinyint(1)"):
		return kindInteger
	case has("real", "float", "double", "numeric", "decimal", "bool", "tinyint"):
		return kindNumber
	}
	return kindOther
}

// bytewise reports a text that is compared as its bytes are, where only that
// keeps strings with one beginning together.
func (c column) bytewise() bool { return c.Collation == "" || strings.EqualFold(c.Collation, "BINARY") }
