package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// SetTableSetting changes a storage parameter of one table; an empty value
// takes the table's own away. Readers and writers go on: the lock keeps out
// other changes of the table, and a running vacuum of it gives way.
func (Dialect) SetTableSetting(t *db.Table, name, value string) db.Step {
	step := db.Step{
		Object: db.Object{Kind: db.ObjectOption, Table: qualified(t.Schema, t.Name), Name: name},
		Mode:   db.OutsideTransaction,
		Before: optionOf(t.Options[name]), After: optionOf(value),
		Blocks: db.Blocks{Who: "nobody", Method: "a line in the catalog, under a lock that readers and writers do not meet; an autovacuum of the table gives way"},
	}
	step.Do, step.Undo = setOption(step.Object, step.After), setOption(step.Object, step.Before)
	return step
}

func optionOf(value string) db.State {
	if value == "" {
		return db.Absent
	}
	return db.State(value)
}

func setOption(o db.Object, value db.State) []string {
	if value == db.Absent {
		return []string{fmt.Sprintf("ALTER TABLE %s RESET (%s)", o.Table, settingName(o.Name))}
	}
	return []string{fmt.Sprintf("ALTER TABLE %s SET (%s = %s)", o.Table, settingName(o.Name), sqltext.QuoteString(string(value), dialectName))}
}

// optionState is a table's own storage parameter, Absent for none.
func optionState(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	var value string
	err := c.row(ctx, `SELECT /* mltop */ x.option_value FROM pg_class r, pg_options_to_table(r.reloptions) x WHERE r.oid = to_regclass($1) AND x.option_name = $2`,
		[]any{o.Table, o.Name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return db.Absent, nil
	}
	return db.State(value), err
}

// SettingLines writes a setting as a line of postgresql.conf.
func (Dialect) SettingLines(now db.Setting, value string) string {
	return fmt.Sprintf("# postgresql.conf, and off the server's command line\n%s = %s", now.Name, sqltext.QuoteString(value, dialectName))
}

// ServerProcess is the process that serves our session.
func (e *Engine) ServerProcess(ctx context.Context) (db.ServerProcess, error) {
	p := db.ServerProcess{Names: []string{"postgres", "postmaster"}}
	err := e.read(ctx, "process", func(c *conn) error {
		return c.row(ctx, "SELECT /* mltop */ pg_backend_pid()", nil, &p.PID)
	})
	return p, err
}
