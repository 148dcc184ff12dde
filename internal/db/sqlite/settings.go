package sqlite

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// A pragma is what mltop knows of one of SQLite's settings.
type pragma struct {
	name, fallback, unit string
	scope                db.Scope
	reaches              string
}

const (
	ownConnection = "each connection of the application has its own, and mltop cannot see or change it: "
	whoSets       = "the application's own connections; SQLite's default unless it sets another"
	keptInFile    = "the database file"
)

// pragmas lists the settings worth knowing, those that the file keeps first.
func pragmas() []pragma {
	return []pragma{
		{"journal_mode", "delete", "", db.ScopeFile, "WAL is kept in the file and reaches every connection at its next transaction; delete, truncate and persist are each connection's own choice"},
		{"page_size", "4096", "bytes", db.ScopeFile, "everybody, after a VACUUM of the whole file; ignored in WAL mode"},
		{"auto_vacuum", "0", "", db.ScopeFile, "everybody, after a VACUUM of the whole file"},
		{"encoding", "UTF-8", "", db.ScopeFile, "fixed when the file was made"},
		{"user_version", "0", "", db.ScopeFile, "a number that belongs to the application; SQLite does not use it"},
		{"application_id", "0", "", db.ScopeFile, "a number that belongs to the application; SQLite does not use it"},
		{"synchronous", "2", "", db.ScopeConnection, ownConnection + "PRAGMA synchronous after connecting; NORMAL in WAL mode can lose the last commits at a power failure"},
		{"cache_size", "-2000", "pages, or KiB when negative", db.ScopeConnection, ownConnection + "PRAGMA cache_size after connecting"},
		{"mmap_size", "0", "bytes", db.ScopeConnection, ownConnection + "PRAGMA mmap_size after connecting"},
		{"temp_store", "0", "", db.ScopeConnection, ownConnection + "PRAGMA temp_store after connecting"},
		{"busy_timeout", "0", "ms", db.ScopeConnection, ownConnection + "the driver's timeout option, or PRAGMA busy_timeout after connecting"},
		{"wal_autocheckpoint", "1000", "pages", db.ScopeConnection, ownConnection + "PRAGMA wal_autocheckpoint after connecting"},
		{"journal_size_limit", "-1", "bytes", db.ScopeConnection, ownConnection + "PRAGMA journal_size_limit after connecting"},
		{"locking_mode", "normal", "", db.ScopeConnection, ownConnection + "PRAGMA locking_mode after connecting"},
		{"foreign_keys", "0", "", db.ScopeConnection, ownConnection + "PRAGMA foreign_keys after connecting"},
	}
}

// Settings lists SQLite's settings. Those of the application's connections
// have no value here: what our own connection has says nothing of them.
func (e *Engine) Settings(ctx context.Context) ([]db.Setting, error) {
	var out []db.Setting
	err := e.read(ctx, "settings", func(c *conn) error {
		for _, p := range pragmas() {
			s := db.Setting{Name: p.name, Default: p.fallback, Unit: p.unit, Scope: p.scope, Reaches: p.reaches, Source: whoSets}
			if p.scope == db.ScopeFile {
				v, err := e.pragmaValue(ctx, c, p.name)
				if err != nil {
					return fmt.Errorf("read setting %s: %w", p.name, err)
				}
				s.Value, s.Source, s.Set = v, keptInFile, s.Default != "" && v != s.Default
			}
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// pragmaValue reads a setting that the file keeps. The header knows the
// journal mode even where a copy is read.
func (e *Engine) pragmaValue(ctx context.Context, c *conn, name string) (string, error) {
	if name == "journal_mode" && e.head.last.wal() {
		return "wal", nil
	}
	return readPragma(ctx, c, name)
}

func readPragma(ctx context.Context, c *conn, name string) (string, error) {
	if strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return "", fmt.Errorf("%q is not the name of a setting", name)
	}
	return textOf(ctx, c, "PRAGMA "+name)
}
