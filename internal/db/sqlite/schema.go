package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// Schema reads the catalog in short statements: however many tables there
// are, none of them holds the file for long.
func (e *Engine) Schema(ctx context.Context) (*db.Schema, error) {
	var s *db.Schema
	err := e.read(ctx, "schema", func(c *conn) error {
		var err error
		s, err = readSchema(ctx, c)
		return err
	})
	return s, err
}

// readSchema reads the catalog of main, with sizes, on any connection.
func readSchema(ctx context.Context, c *conn) (*db.Schema, error) {
	r, err := newSchemaReader(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := r.sizes(ctx); err != nil {
		return nil, fmt.Errorf("read the tables' sizes: %w", err)
	}
	return r.schema(), nil
}

// readCatalog is readSchema without a look into the tables.
func readCatalog(ctx context.Context, c *conn) (*db.Schema, error) {
	r, err := newSchemaReader(ctx, c)
	if err != nil {
		return nil, err
	}
	return r.schema(), nil
}

func newSchemaReader(ctx context.Context, c *conn) (*schemaReader, error) {
	r := &schemaReader{c: c, tables: map[string]*db.Table{}, indexes: map[string]*db.Index{}}
	for _, part := range []func(context.Context) error{r.names, r.kinds, r.columns, r.indexLists, r.indexColumns, r.foreignKeys, r.statistics} {
		if err := part(ctx); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
	}
	return r, nil
}

func (r *schemaReader) schema() *db.Schema {
	return &db.Schema{Version: r.version, Tables: r.list, Views: r.views, Triggers: r.triggers}
}

// A schemaReader gathers the catalog, part by part.
type schemaReader struct {
	c        *conn
	version  string
	list     []*db.Table
	views    []db.View
	triggers []db.Trigger
	tables   map[string]*db.Table // by name, as stored
	indexes  map[string]*db.Index
	order    []string          // of indexes
	sql      map[string]string // of indexes
}

// names reads sqlite_schema itself.
func (r *schemaReader) names(ctx context.Context) error {
	cookie, _, err := intOf(ctx, r.c, "PRAGMA schema_version")
	if err != nil {
		return err
	}
	r.version = strconv.FormatInt(cookie, 10)
	r.sql = map[string]string{}
	_, err = r.c.each(ctx, "SELECT type, name, sql FROM sqlite_schema ORDER BY name", nil, func(row []driver.Value) error {
		kind, name, sql := asText(row[0]), asText(row[1]), asText(row[2])
		switch {
		case kind == "view":
			r.views = append(r.views, db.View{Name: name, SQL: sql})
		case kind == "trigger":
			r.triggers = append(r.triggers, db.Trigger{Name: name, SQL: sql})
		case kind == "index":
			r.sql[name] = sql
		case kind == "table" && !strings.HasPrefix(name, "sqlite_"):
			t := &db.Table{Schema: "main", Name: name, SQL: sql}
			if module := virtualModule(sql); module != "" {
				t.Unsupported = "virtual table (" + module + ")"
			}
			r.tables[name] = t
			r.list = append(r.list, t)
		}
		return nil
	})
	return err
}

// kinds tells tables with no rowid, and those that a virtual table keeps its
// own data in.
func (r *schemaReader) kinds(ctx context.Context) error {
	_, err := r.c.each(ctx, "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'", nil, func(row []driver.Value) error {
		t := r.tables[asText(row[0])]
		if t == nil {
			return nil
		}
		t.WithoutRowID = row[2] == int64(1)
		if asText(row[1]) == "shadow" {
			t.Unsupported = "belongs to a virtual table"
		}
		return nil
	})
	return err
}

// namesAtOnce bounds how many tables one statement asks about: some 5 ms.
const namesAtOnce = 100

// ask runs one question about each of the names, many at a time. The question
// selects from n, whose column name holds them.
func (r *schemaReader) ask(ctx context.Context, names []string, question string, visit func([]driver.Value) error) error {
	for len(names) > 0 {
		n := min(namesAtOnce, len(names))
		args := make([]driver.Value, n)
		for i, name := range names[:n] {
			args[i] = name
		}
		sql := "WITH n(name) AS (VALUES (?)" + strings.Repeat(", (?)", n-1) + ") " + question
		if _, err := r.c.each(ctx, sql, args, visit); err != nil {
			return err
		}
		names = names[n:]
	}
	return nil
}

func (r *schemaReader) tableNames() []string {
	var out []string
	for _, t := range r.list {
		if virtualModule(t.SQL) == "" { // to ask about one would need its module
			out = append(out, t.Name)
		}
	}
	return out
}

func (r *schemaReader) columns(ctx context.Context) error {
	keys := map[*db.Table]map[int64]string{}
	collations := map[*db.Table]map[string]string{}
	err := r.ask(ctx, r.tableNames(), `SELECT n.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden FROM n, pragma_table_xinfo(n.name) x`,
		func(row []driver.Value) error {
			t := r.tables[asText(row[0])]
			if keys[t] == nil {
				keys[t], collations[t] = map[int64]string{}, columnCollations(t.SQL)
			}
			c := db.Column{Name: asText(row[1]), Type: asText(row[2]), NotNull: row[3] == int64(1), Default: asText(row[4])}
			hidden, _ := row[6].(int64)
			c.Generated = hidden == 2 || hidden == 3
			c.Collation = collations[t][strings.ToLower(c.Name)]
			t.Columns = append(t.Columns, c)
			if pk, _ := row[5].(int64); pk > 0 {
				keys[t][pk] = c.Name
			}
			return nil
		})
	for t, k := range keys {
		for i := int64(1); k[i] != ""; i++ {
			t.PrimaryKey = append(t.PrimaryKey, k[i])
		}
	}
	return err
}

func (r *schemaReader) indexLists(ctx context.Context) error {
	withKeyIndex := map[*db.Table]bool{}
	err := r.ask(ctx, r.tableNames(), `SELECT n.name, x.name, x."unique", x.origin FROM n, pragma_index_list(n.name) x ORDER BY n.name, x.name`,
		func(row []driver.Value) error {
			t, name, origin := r.tables[asText(row[0])], asText(row[1]), asText(row[3])
			ix := &db.Index{Schema: "main", Table: t.Name, Name: name, Unique: row[2] == int64(1), Constraint: origin != "c", Method: "btree", SQL: r.sql[name]}
			withKeyIndex[t] = withKeyIndex[t] || origin == "pk"
			t.Indexes = append(t.Indexes, ix)
			r.indexes[name] = ix
			r.order = append(r.order, name)
			return nil
		})
	for _, t := range r.list {
		t.RowID = rowIDColumn(t, withKeyIndex[t])
	}
	return err
}

// rowIDColumn is the column that is the rowid: a single INTEGER PRIMARY KEY
// that needed no index of its own.
func rowIDColumn(t *db.Table, keyIndex bool) string {
	if t.WithoutRowID || keyIndex || len(t.PrimaryKey) != 1 {
		return ""
	}
	if c := t.Column(t.PrimaryKey[0]); c != nil && strings.EqualFold(c.Type, "INTEGER") {
		return c.Name
	}
	return ""
}

func (r *schemaReader) indexColumns(ctx context.Context) error {
	terms := map[string][]string{}
	for name, ix := range r.indexes {
		if ix.SQL != "" {
			terms[name], ix.Where = indexText(ix.SQL)
		}
	}
	return r.ask(ctx, r.order, `SELECT n.name, x.seqno, x.name, x."desc", x.coll FROM n, pragma_index_xinfo(n.name) x WHERE x.key ORDER BY n.name, x.seqno`,
		func(row []driver.Value) error {
			name := asText(row[0])
			ix := r.indexes[name]
			at, _ := row[1].(int64)
			col := db.IndexColumn{Name: asText(row[2]), Desc: row[3] == int64(1), Collation: asText(row[4])}
			if row[2] == nil && int(at) < len(terms[name]) {
				col.Expr = terms[name][at]
			}
			ix.Columns = append(ix.Columns, col)
			return nil
		})
}

func (r *schemaReader) foreignKeys(ctx context.Context) error {
	last := int64(-1)
	err := r.ask(ctx, r.tableNames(), `SELECT n.name, x.id, x."table", x."from", x."to" FROM n, pragma_foreign_key_list(n.name) x ORDER BY n.name, x.id, x.seq`,
		func(row []driver.Value) error {
			t := r.tables[asText(row[0])]
			id, _ := row[1].(int64)
			if len(t.ForeignKeys) == 0 || id != last {
				t.ForeignKeys = append(t.ForeignKeys, db.ForeignKey{Table: asText(row[2])})
			}
			last = id
			fk := &t.ForeignKeys[len(t.ForeignKeys)-1]
			fk.Columns = append(fk.Columns, asText(row[3]))
			if row[4] != nil {
				fk.RefColumns = append(fk.RefColumns, asText(row[4]))
			}
			return nil
		})
	for _, t := range r.list {
		r.defaultRefs(t)
	}
	return err
}

// defaultRefs fills in what REFERENCES t without columns means: t's key.
func (r *schemaReader) defaultRefs(t *db.Table) {
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		for _, other := range r.list {
			if len(fk.RefColumns) == 0 && strings.EqualFold(other.Name, fk.Table) {
				fk.RefColumns = other.PrimaryKey
			}
		}
	}
}
