package sqlite

import (
	"context"
	"database/sql/driver"
	"strings"

	"mltop/internal/db"
)

// A logTable is a table that may be a request log.
type logTable struct {
	name    string
	columns []logColumn
	noRowID bool
}

type logColumn struct {
	name, kind string
	pk         int64
}

// RequestTables lists the tables that look like request logs, best first.
func (e *Engine) RequestTables(ctx context.Context) ([]db.RequestTable, error) {
	var tables []logTable
	err := e.read(ctx, "request tables", func(c *conn) error {
		var err error
		tables, err = readLogTables(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	found := make([]db.LogTable, len(tables))
	for i, t := range tables {
		found[i] = t.shared()
	}
	return db.RecogniseRequestTables(found), nil
}

// readLogTables reads the columns of the tables whose definitions mention a
// status or a time, and a path: few, however many tables there are.
func readLogTables(ctx context.Context, c *conn) ([]logTable, error) {
	const sql = `SELECT m.name, x.name, x.type, x.pk, m.sql FROM sqlite_schema m, pragma_table_xinfo(m.name) x
		WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		AND (m.sql LIKE '%path%' OR m.sql LIKE '%ur_%' OR m.sql LIKE '%endpoint%' OR m.sql LIKE '%route%')
		ORDER BY m.rowid, x.cid`
	var out []logTable
	_, err := c.each(ctx, sql, nil, func(row []driver.Value) error {
		name := asText(row[0])
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, logTable{name: name, noRowID: withoutRowID(asText(row[4]))})
		}
		t := &out[len(out)-1]
		pk, _ := row[3].(int64)
		t.columns = append(t.columns, logColumn{asText(row[1]), asText(row[2]), pk})
		return nil
	})
	return out, err
}

// shared is the table as all engines describe it.
func (lt logTable) shared() db.LogTable {
	t := db.LogTable{Schema: "main", Name: lt.name, Key: lt.key()}
	for _, c := range lt.columns {
		t.Columns = append(t.Columns, db.LogColumn{Name: c.name, Type: c.kind})
	}
	return t
}

// key is the integer column that new rows count up.
func (lt logTable) key() string {
	var pks []logColumn
	for _, c := range lt.columns {
		if c.pk > 0 {
			pks = append(pks, c)
		}
	}
	if len(pks) == 1 && strings.EqualFold(pks[0].kind, "INTEGER") {
		return pks[0].name
	}
	if !lt.noRowID {
		for _, name := range []string{"rowid", "_rowid_", "oid"} {
			if lt.column(name) == nil {
				return name
			}
		}
	}
	return ""
}

func (lt logTable) column(name string) *logColumn {
	for i := range lt.columns {
		if strings.EqualFold(lt.columns[i].name, name) {
			return &lt.columns[i]
		}
	}
	return nil
}

func withoutRowID(sql string) bool {
	i := strings.LastIndexByte(sql, ')')
	return i >= 0 && strings.Contains(strings.Join(strings.Fields(strings.ToUpper(sql[i:])), " "), "WITHOUT ROWID")
}
