package requestlog

import (
	"strings"
)

// A class is what a segment of a path looks like by itself.
type class uint8

const (
	plainWord class = iota // a word: a fixed part or a value, only its neighbours tell
	likeID                 // a number, UUID, hash, token
	likeDate
	likeSlug // many words joined: no programmer's name for a resource
)

// Placeholders of the classes.
const (
	idName   = "{id}"
	dateName = "{date}"
	slugName = "{slug}"
)

func (c class) placeholder() string {
	switch c {
	case likeDate:
		return dateName
	case likeSlug:
		return slugName
	}
	return idName
}

// longSegment: no fixed part of a route is as long.
const longSegment = 48

// classify judges one segment.
func classify(s string) class {
	if isNumber(s) { // most values are, and nearly all of many rows
		return likeID
	}
	t := tallyOf(s)
	switch {
	case len(s) > longSegment, t.odd > 0:
		return likeID
	case isDate(s):
		return likeDate
	case isVersion(s):
		return plainWord
	case t.digits >= 3 && !strings.HasPrefix(s, "."), t.hexOnly(s), mixedToken(s, t):
		return likeID
	case t.joins >= 3 && t.letters > 8:
		return likeSlug
	}
	return plainWord
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// A tally counts the bytes of a segment by their kind.
type tally struct {
	digits, letters, upper, hex, joins, odd int
}

func tallyOf(s string) tally {
	var t tally
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			t.digits++
			t.hex++
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			t.letters++
			if c < 'a' {
				t.upper++
			}
			if c |= 0x20; c <= 'f' {
				t.hex++
			}
		case c == '-' || c == '_' || c == '.' || c == '~':
			t.joins++
		case c == '%' || c == '@' || c == '=' || c == '+' || c >= 0x80:
			t.odd++
		}
	}
	return t
}

// hexOnly: a hash of hexadecimal digits, with at least one that is no letter.
func (t tally) hexOnly(s string) bool {
	return len(s) >= 8 && t.hex == len(s)-t.joins && t.digits > 0
}

// mixedToken: 16 and more letters with capitals inside and a digit, as base64
// and KSUIDs are.
func mixedToken(s string, t tally) bool {
	return len(s) >= 16 && t.joins == 0 && t.digits > 0 && t.upper > 1
}

// isDate accepts 2026-11-22, 2026-11, 2026_11_22 and with a time behind it.
func isDate(s string) bool {
	if len(s) < 7 || s[4] != '-' && s[4] != '_' {
		return false
	}
	for i := range min(len(s), 10) {
		if i != 4 && i != 7 && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s[0] == '1' || s[0] == '2'
}

// isVersion accepts v1, v2.1, v20.
func isVersion(s string) bool {
	if len(s) < 2 || len(s) > 6 || s[0]|0x20 != 'v' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return false
		}
	}
	return true
}

// container reports whether many fixed parts are to be expected below s: the
// root, api, v1 and the like.
func container(s string) bool {
	switch strings.ToLower(s) {
	case "", "api", "apis", "rest", "admin", "internal", "public", "private", "app", "web", "services", "service", "rpc", "mock":
		return true
	}
	return isVersion(s)
}

// fixedWord reports whether s stands beside ids as a route of its own in
// nearly every API: /users/me.
func fixedWord(s string) bool {
	switch strings.ToLower(s) {
	case "me", "self", "current", "search", "find", "new", "edit", "create", "update", "delete", "login", "logout",
		"signup", "register", "latest", "recent", "popular", "trending", "count", "stats", "summary", "export", "import",
		"bulk", "batch", "all", "list", "health", "status", "query", "validate", "upload", "download", "settings":
		return true
	}
	return false
}
