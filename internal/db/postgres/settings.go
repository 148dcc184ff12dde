package postgres

import (
	"context"
	"fmt"

	"mltop/internal/db"
)

const settingsSQL = `SELECT /* mltop */ name, coalesce(current_setting(name, true), '') AS value, coalesce(boot_val, '') AS boot, coalesce(unit, '') AS unit,
	context, source, pending_restart, coalesce(sourcefile, '') AS file FROM pg_settings ORDER BY name`

type settingRow struct {
	Name    string `db:"name"`
	Value   string `db:"value"`
	Boot    string `db:"boot"`
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
	err := e.read(ctx, "settings", func(c *conn) error {
		rows = rows[:0]
		if err := c.list(ctx, &rows, settingsSQL); err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
		return nil
	})
	var out []db.Setting
	for _, r := range rows {
		if !ownSetting(r.Name) {
			out = append(out, r.setting())
		}
	}
	return out, err
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

func (r settingRow) setting() db.Setting {
	s := db.Setting{Name: r.Name, Value: r.Value, Default: r.Boot, Unit: r.Unit, Source: r.Source}
	if r.File != "" {
		s.Source += " " + r.File
	}
	s.Scope, s.Reaches = reach(r.Context)
	if r.Source == "command line" {
		s.Reaches = "nobody: it was given on the server's command line, which goes before every file"
	}
	if r.Pending {
		s.Reaches += "; a new value waits for the restart already"
	}
	return s
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
