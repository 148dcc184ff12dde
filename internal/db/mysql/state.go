package mysql

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// State answers what an object is now: an index's definition, a variable's
// global value, when and on how many rows statistics were gathered.
func (e *Engine) State(ctx context.Context, o db.Object) (db.State, error) {
	var s db.State
	err := e.read(ctx, "state", func(c *conn) error {
		var err error
		s, err = stateOn(ctx, c, o)
		return err
	})
	return s, err
}

func stateOn(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	switch o.Kind {
	case db.ObjectIndex:
		return indexState(ctx, c, o)
	case db.ObjectStatistics:
		return statisticsState(ctx, c, o.Table)
	case db.ObjectSetting:
		return variableState(ctx, c, o.Name)
	}
	return "", fmt.Errorf("the server has no object of the kind %q", o.Kind)
}

func indexState(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	var ix *db.Index
	err := c.records(ctx, "SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_NAME = ? ORDER BY SEQ_IN_INDEX", []any{o.Table, o.Name},
		func(row record) error {
			if ix == nil {
				ix = indexOf(&db.Table{Name: row.get("table_name")}, row)
			}
			ix.Columns = append(ix.Columns, indexColumnOf(row))
			return nil
		})
	if err != nil || ix == nil {
		return db.Absent, err
	}
	return db.State(indexDefinition(*ix)), nil
}

func variableState(ctx context.Context, c *conn, name string) (db.State, error) {
	v, err := c.variables(ctx, name)
	if err != nil {
		return "", err
	}
	value, ok := v[strings.ToLower(name)]
	if !ok {
		return db.Absent, nil
	}
	return settingState(value), nil
}

func statisticsState(ctx context.Context, c *conn, table string) (db.State, error) {
	var v *string
	err := c.row(ctx, &v, "SELECT CONCAT(last_update, ', ', n_rows, ' rows') FROM mysql.innodb_table_stats WHERE database_name = DATABASE() AND table_name = ?", table)
	if err != nil || v == nil {
		return db.Absent, err
	}
	return db.State(*v), nil
}
