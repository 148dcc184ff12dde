package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A target is one deployment's database, as named on the command line.
type target struct {
	given string // without a password
	path  string // of the SQLite file, absolute; of a server, its address without a password
	// Of a server:
	engine engineKind
	dsn    string // the address, with the password that was written in it; never shown
	remote bool   // on another machine
	secret bool   // dsn holds a password
}

// An engineKind says which engine opens a target.
type engineKind int

const (
	sqliteFile engineKind = iota
	mysqlServer
	postgresServer
)

func (t target) server() bool { return t.engine != sqliteFile }

// A scheme is a word before a colon; one letter would be a Windows drive.
var schemeWord = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]+):`)

// parseTarget reads what a user wrote; it touches nothing.
func parseTarget(given string) (target, error) {
	if given == "" {
		return target{}, usagef("the target is empty")
	}
	m := schemeWord.FindStringSubmatch(given)
	if m == nil {
		return fileTarget(given, given)
	}
	switch scheme := strings.ToLower(m[1]); scheme {
	case "file", "sqlite", "sqlite3":
		path, err := urlPath(given[len(m[0]):])
		if err != nil {
			return target{}, usagef("read target %s: %v", given, err)
		}
		return fileTarget(given, path)
	case "mysql", "mariadb":
		return serverTarget(given, mysqlServer), nil
	case "postgres", "postgresql":
		return serverTarget(given, postgresServer), nil
	default:
		return unknownScheme(given, scheme)
	}
}

// unknownScheme lets a file whose name holds a colon be a file.
func unknownScheme(given, scheme string) (target, error) {
	if _, err := os.Stat(given); err == nil {
		return fileTarget(given, given)
	}
	return target{}, usagef("unknown kind of target %q in %s: a path, file:PATH, sqlite:PATH, mysql://…, mariadb://… or postgres://…", scheme, withoutPassword(given))
}

func fileTarget(given, path string) (target, error) {
	if path == "" {
		return target{}, usagef("the target %s names no file", given)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return target{}, attachf("find %s: %w", path, err)
	}
	return target{given: given, path: abs}, nil
}

// urlPath reads what follows file: or sqlite:, with none, one or three
// slashes; options after ? are the application's and do not concern us.
func urlPath(rest string) (string, error) {
	rest, _, _ = strings.Cut(rest, "?")
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		rest = strings.TrimPrefix(after, "localhost")
	}
	return url.PathUnescape(rest)
}
