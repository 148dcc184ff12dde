package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// State answers what an object is now: an index's definition, a setting's
// line in the file of ALTER SYSTEM, the time statistics were last gathered.
func (e *Engine) State(ctx context.Context, o db.Object) (db.State, error) {
	var s db.State
	err := e.read(ctx, "state", func(c *conn) error {
		var err error
		s, err = stateOn(ctx, c, o)
		return err
	})
	return s, err
}

// stateOn asks on any connection.
func stateOn(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	switch o.Kind {
	case db.ObjectIndex:
		return indexState(ctx, c, o)
	case db.ObjectPart:
		return partState(ctx, c, o)
	case db.ObjectPartitions:
		return partitionsState(ctx, c, o.Table)
	case db.ObjectSetting:
		return settingState(ctx, c, o.Name)
	case db.ObjectOption:
		return optionState(ctx, c, o)
	case db.ObjectStatistics:
		return statisticsState(ctx, c, o.Table)
	case db.ObjectExtension:
		return extensionState(ctx, c, o.Name)
	}
	return "", fmt.Errorf("PostgreSQL has no object of the kind %q", o.Kind)
}

// invalidMark stands before the definition of an index that a build left
// unfinished.
const invalidMark = string(db.Unfinished)

// The index of a partitioned table is whole without its parts: each is an
// object of its own.
const indexStateSQL = `SELECT /* mltop */ pg_get_indexdef(i.indexrelid) AS sql, r.relkind = 'I' OR i.indisvalid AND i.indisready AS valid, ` + buildingSQL + ` AS building, n.nspname::text AS schema, t.relname::text AS t,
	` + restSQL + `
	FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
	WHERE r.relname = $1 AND ($2 = '' OR i.indrelid = to_regclass($2) OR t.relname = $2) ORDER BY pg_table_is_visible(r.oid) DESC LIMIT 1`

func indexState(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	state, _, err := indexNow(ctx, c, o)
	return state, err
}

// indexNow is an index's state, and whether somebody is at work on it.
func indexNow(ctx context.Context, c *conn, o db.Object) (state db.State, building bool, err error) {
	var rows []indexRow
	if err := c.list(ctx, &rows, indexStateSQL, o.Name, o.Table); err != nil {
		return "", false, fmt.Errorf("look at index %s: %w", o.Name, err)
	}
	if len(rows) == 0 {
		return db.Absent, false, nil
	}
	x := rows[0]
	definition, table := x.within(x.SQL), qualified(x.Schema, x.Table)
	if o.Table != table { // a step that names no schema expects none
		definition = strings.Replace(definition, table+" USING ", quote(x.Table)+" USING ", 1)
	}
	if !x.Valid {
		definition = invalidMark + definition
	}
	return wholeState(definition, x.statements(table, x.Schema, o.Name)), x.Building, nil
}

// settingState is the value that ALTER SYSTEM wrote, Absent for none. The
// file is read through the server; who may not do that sees at least whether
// the value in force comes from there.
func settingState(ctx context.Context, c *conn, name string) (db.State, error) {
	var allowed bool
	if err := c.row(ctx, "SELECT /* mltop */ has_function_privilege('pg_show_all_file_settings()', 'execute')", nil, &allowed); err != nil {
		return "", err
	}
	query := `SELECT /* mltop */ setting FROM pg_file_settings WHERE lower(name) = lower($1) AND sourcefile LIKE '%postgresql.auto.conf' ORDER BY seqno DESC LIMIT 1`
	if !allowed {
		query = `SELECT /* mltop */ current_setting(name) FROM pg_settings WHERE lower(name) = lower($1) AND sourcefile LIKE '%postgresql.auto.conf'`
	}
	var value string
	err := c.row(ctx, query, []any{name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return db.Absent, nil
	}
	return db.State(value), err
}

func statisticsState(ctx context.Context, c *conn, table string) (db.State, error) {
	var at string
	err := c.row(ctx, `SELECT /* mltop */ coalesce(max(greatest(last_analyze, last_autoanalyze))::text, '') FROM pg_stat_user_tables
		WHERE $1 = '' OR relid = to_regclass($1) OR relname = $1`, []any{table}, &at)
	if at == "" {
		return db.Absent, err
	}
	return db.State(at), err
}

// extensionState is the version that is made here.
func extensionState(ctx context.Context, c *conn, name string) (db.State, error) {
	var version string
	err := c.row(ctx, "SELECT /* mltop */ coalesce((SELECT extversion FROM pg_extension WHERE extname = $1), '')", []any{name}, &version)
	if version == "" {
		return db.Absent, err
	}
	return db.State(version), err
}

// completeFor bounds the one short read of Complete.
const completeFor = 2 * time.Second

// Complete writes what a step's Undo owes to the state before it, and names
// whom it will wait for. It is to be called with the real Before.
func (e *Engine) Complete(s db.Step) db.Step {
	before := string(s.Before)
	switch {
	case s.Before == "" || len(s.Do) == 0:
	case s.Object.Kind == db.ObjectSetting && s.Before != db.Absent:
		s.Undo = setSystem(s.Object.Name, before)
	case s.Object.Kind == db.ObjectSetting:
		s.Undo = resetSystem(s.Object.Name)
	case s.Object.Kind == db.ObjectOption:
		s.Undo = setOption(s.Object, s.Before)
	case s.Object.Kind == db.ObjectIndex && s.After == db.Absent && s.Before != db.Absent:
		s.Undo = rebuild(s.Before)
	}
	if s.Object.Kind == db.ObjectIndex && len(s.Do) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), completeFor)
		defer cancel()
		if who := e.inTheWay(ctx, s); who != "" {
			s.Blocks.Behind = "it will wait for " + who
		}
	}
	return s
}

// inTheWay names those that a change of an index has to wait for: who has only
// read and is at rest holds up no build.
func (e *Engine) inTheWay(ctx context.Context, s db.Step) string {
	list, err := e.Sessions(ctx)
	if err != nil {
		return ""
	}
	var holders []string
	dropping := s.After == db.Absent
	err = e.read(ctx, "see who is in the way", func(c *conn) error {
		holders = nil
		return c.list(ctx, &holders, heldBySQL, 0, s.Object.Table, dropping)
	})
	if err != nil {
		return ""
	}
	return db.OlderTransactions(slices.DeleteFunc(list, func(o db.Session) bool { return o.Prepared == nil && !slices.Contains(holders, o.ID) }))
}

// olderTransactions names those that a concurrent build has to wait for.
func (e *Engine) olderTransactions(ctx context.Context) string {
	list, err := e.Sessions(ctx)
	if err != nil {
		return ""
	}
	return db.OlderTransactions(list)
}
