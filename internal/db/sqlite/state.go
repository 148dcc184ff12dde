package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// State answers what an object is now: an index's stored definition, a
// setting's value, all rows of sqlite_stat1.
func (e *Engine) State(ctx context.Context, o db.Object) (db.State, error) {
	var s db.State
	err := e.read(ctx, "state", func(c *conn) error {
		var err error
		if o.Kind == db.ObjectSetting {
			var v string
			v, err = e.pragmaValue(ctx, c, strings.ToLower(o.Name))
			s = db.State(strings.ToLower(v))
			return err
		}
		s, err = stateOn(ctx, c, o)
		return err
	})
	return s, err
}

// stateOn asks on any connection, also inside a transaction.
func stateOn(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	switch o.Kind {
	case db.ObjectIndex:
		return indexState(ctx, c, o.Name)
	case db.ObjectStatistics:
		return statisticsState(ctx, c)
	case db.ObjectSetting:
		v, err := readPragma(ctx, c, strings.ToLower(o.Name))
		return db.State(strings.ToLower(v)), err
	}
	return "", fmt.Errorf("SQLite has no object of the kind %q", o.Kind)
}

func indexState(ctx context.Context, c *conn, name string) (db.State, error) {
	state := db.Absent
	_, err := c.each(ctx, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE", []driver.Value{name}, func(row []driver.Value) error {
		if state = db.State(asText(row[0])); state == "" {
			state = "backs a constraint"
		}
		return nil
	})
	return state, err
}

// A statRow is a row of sqlite_stat1; a nil index means the table itself.
type statRow struct {
	Table string  `json:"tbl"`
	Index *string `json:"idx"`
	Stat  *string `json:"stat"`
}

func statisticsState(ctx context.Context, c *conn) (db.State, error) {
	if ok, err := hasTable(ctx, c, "sqlite_stat1"); err != nil || !ok {
		return db.Absent, err
	}
	rows := []statRow{}
	_, err := c.each(ctx, "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx, stat", nil, func(row []driver.Value) error {
		rows = append(rows, statRow{asText(row[0]), optional(row[1]), optional(row[2])})
		return nil
	})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(rows)
	return db.State(text), err
}

func optional(v driver.Value) *string {
	if v == nil {
		return nil
	}
	s := asText(v)
	return &s
}

func hasTable(ctx context.Context, c *conn, name string) (bool, error) {
	n, _, err := intOf(ctx, c, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", name)
	return n > 0, err
}

// newSchemaVersion makes open connections read the statistics again: they do
// so only when the schema's version has changed.
func newSchemaVersion() []string {
	return []string{
		"CREATE TABLE mltop_new_schema_version (x) /* makes open connections read the statistics again */",
		"DROP TABLE mltop_new_schema_version",
	}
}

// Complete writes what a step's Do and Undo owe to the state before it: the
// statistics that an ANALYZE overwrites, the index that is dropped. It is to
// be called with the real Before.
func (e *Engine) Complete(s db.Step) db.Step {
	switch {
	case s.Object.Kind == db.ObjectStatistics:
		if len(s.Do) == 1 && s.Before != db.Absent { // making sqlite_stat1 changes the version by itself
			s.Do = append(append([]string{}, s.Do...), newSchemaVersion()...)
		}
		undo, err := undoStatistics(s.Before)
		if err != nil {
			s.Irreversible = "the statistics before cannot be read: " + err.Error()
		}
		s.Undo = undo
	case s.Object.Kind == db.ObjectIndex && s.After == db.Absent && s.Before != db.Absent && s.Before != "":
		// Dropping an index drops its statistics. Where they cannot be read
		// the index comes back without, as a new one is.
		s.Undo = append([]string{string(s.Before)}, e.indexStatistics(s.Object.Name)...)
	}
	return s
}

// completeFor bounds the one short read of Complete.
const completeFor = 2 * time.Second

// indexStatistics writes the statements that bring an index's statistics back.
func (e *Engine) indexStatistics(index string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), completeFor)
	defer cancel()
	var out []string
	err := e.read(ctx, "statistics", func(c *conn) error {
		if ok, err := hasTable(ctx, c, "sqlite_stat1"); err != nil || !ok {
			return err
		}
		_, err := c.each(ctx, "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE idx = ?1 COLLATE NOCASE", []driver.Value{index}, func(row []driver.Value) error {
			out = append(out, insertStat(statRow{asText(row[0]), optional(row[1]), optional(row[2])}))
			return nil
		})
		return err
	})
	if err != nil {
		return nil
	}
	return out
}

func insertStat(r statRow) string {
	return fmt.Sprintf("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", literal(&r.Table), literal(r.Index), literal(r.Stat))
}

// undoStatistics writes the statements that bring statistics back.
func undoStatistics(before db.State) ([]string, error) {
	if before == db.Absent {
		return []string{"DROP TABLE sqlite_stat1"}, nil
	}
	var rows []statRow
	if err := json.Unmarshal([]byte(before), &rows); err != nil {
		return nil, err
	}
	out := []string{"DELETE FROM sqlite_stat1"}
	for _, r := range rows {
		out = append(out, insertStat(r))
	}
	return append(out, newSchemaVersion()...), nil
}

func literal(s *string) string {
	if s == nil {
		return "NULL"
	}
	return "'" + strings.ReplaceAll(*s, "'", "''") + "'"
}

// errStat4 refuses an ANALYZE that would do harm.
var errStat4 = errors.New("the file keeps statistics of the kind sqlite_stat4, which an ANALYZE by mltop's SQLite would erase: run ANALYZE in the application")

// canAnalyze makes sure that an ANALYZE from here leaves nothing behind that
// the application did not have: not even in a build with STAT4, whose samples
// change plans.
func canAnalyze(ctx context.Context, c *conn) error {
	with, _, err := intOf(ctx, c, "SELECT sqlite_compileoption_used('ENABLE_STAT4')")
	if err != nil {
		return err
	}
	if with != 0 {
		return errors.New("this mltop was built with sqlite_stat4: its ANALYZE would change plans; build without that tag")
	}
	has, err := hasTable(ctx, c, "sqlite_stat4")
	if err == nil && has {
		return errStat4
	}
	return err
}
