package postgres

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

const settingsSQL = `SELECT /* mltop */ name, coalesce(current_setting(name, true), '') AS value, coalesce(boot_val, '') AS boot, coalesce(reset_val, '') AS reset, coalesce(unit, '') AS unit,
	context, source, pending_restart, coalesce(sourcefile, '') AS file FROM pg_settings ORDER BY name`

type settingRow struct {
	Name    string `db:"name"`
	Value   string `db:"value"`
	Boot    string `db:"boot"`
	Reset   string `db:"reset"`
	Unit    string `db:"unit"`
	Context string `db:"context"`
	Source  string `db:"source"`
	Pending bool   `db:"pending_restart"`
	File    string `db:"file"`
}

// Settings lists the server's settings as our session has them: where a role
// or a database has a value of its own, the source says so.
func (e *Engine) Settings(ctx context.Context) ([]db.Setting, error) {
	var rows []settingRow
	var files map[string]string
	err := e.read(ctx, "settings", func(c *conn) error {
		rows = rows[:0]
		err := c.list(ctx, &rows, settingsSQL)
		if err == nil {
			files, err = readFileSettings(ctx, c)
		}
		if err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
		return nil
	})
	var out []db.Setting
	for _, r := range rows {
		if s, ok := r.setting(files); ok {
			out = append(out, s)
		}
	}
	return out, err
}

// readFileSettings answers what the server's files say, the last line of each
// name; nil where we may not see it.
func readFileSettings(ctx context.Context, c *conn) (map[string]string, error) {
	var allowed bool
	err := c.row(ctx, "SELECT /* mltop */ has_function_privilege('pg_show_all_file_settings()', 'execute') AND has_table_privilege('pg_file_settings', 'select')", nil, &allowed)
	if err != nil || !allowed {
		return nil, err
	}
	var list []struct {
		Name  string `db:"name"`
		Value string `db:"setting"`
	}
	err = c.list(ctx, &list, "SELECT /* mltop */ lower(name) AS name, coalesce(setting, '') AS setting FROM pg_file_settings WHERE name IS NOT NULL ORDER BY seqno")
	files := map[string]string{}
	for _, x := range list {
		files[x.Name] = x.Value
	}
	return files, err
}

// ownSetting tells those whose value here is mltop's own, not the server's.
func ownSetting(name string) bool {
	switch name {
	case "default_transaction_read_only", "transaction_read_only", "transaction_isolation", "transaction_deferrable",
		"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name", "standard_conforming_strings":
		return true
	}
	return false
}

// ofConnection tells those that are answered with what the socket of our own
// session has: nothing over a Unix socket, the kernel's numbers over TCP.
// The server's is what a session would be reset to.
func ofConnection(name string) bool {
	return strings.HasPrefix(name, "tcp_keepalives_") || name == "tcp_user_timeout"
}

// setting: of those that our session has its own of, the files tell the
// server's. A value holds its unit, as SHOW writes it.
func (r settingRow) setting(files map[string]string) (db.Setting, bool) {
	s := db.Setting{Name: r.Name, Value: r.Value, Default: withUnit(r.Boot, r.Unit), Source: r.Source}
	if ofConnection(r.Name) {
		s.Value = withUnit(r.Reset, r.Unit)
	}
	s.Set = r.given() && s.Value != s.Default
	if r.File != "" {
		s.Source += " " + r.File
	}
	s.Scope, s.Reaches = reach(r.Context)
	if r.Source == "command line" {
		s.Reaches = "nobody: it was given on the server's command line, which goes before every file"
	}
	if r.Pending && r.Source != "command line" { // there the server means what its files say in vain
		s.Reaches += "; a new value waits for the restart already"
		s.Pending = "another value"
		if v, ok := files[r.Name]; ok {
			s.Pending = v
		}
	}
	set := r.Source == "session" // by us: the connection began with the server's
	if !set && !ownSetting(r.Name) {
		return s, true
	}
	v, written := files[r.Name]
	s.Value, s.Source, s.Set = s.Default, "default", false
	if written {
		s.Value, s.Source, s.Set = v, "the server's files", v != s.Default
	}
	if set && !ownSetting(r.Name) {
		s.Value = withUnit(r.Reset, r.Unit)
		return s, true
	}
	return s, files != nil && strings.HasSuffix(r.Name, "_timeout")
}

// given: the other sources are the server's own, and our session's.
func (r settingRow) given() bool {
	switch r.Source {
	case "configuration file", "command line", "environment variable", "global", "database", "user", "database user":
		return true
	}
	return false
}

// reach reads pg_settings.context (PostgreSQL's documentation, chapter 54.24).
func reach(context string) (db.Scope, string) {
	switch context {
	case "internal":
		return db.ScopeRestart, "nobody: it was fixed when the server was built or its data was made"
	case "postmaster":
		return db.ScopeRestart, "everybody, behind a restart of the server"
	case "sighup":
		return db.ScopeServer, "everybody, at a reload"
	case "superuser-backend", "backend":
		return db.ScopeServer, "sessions that begin behind a reload"
	}
	return db.ScopeServer, "every session at a reload that has not set its own, and whose role and database have none"
}
