package mysql

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"mltop/internal/db"
)

// Schema reads the catalog of the one database, in one statement for each
// kind of thing; of the chosen among many tables in one for each fifty.
func (e *Engine) Schema(ctx context.Context) (*db.Schema, error) {
	var s *db.Schema
	read := e.ReadCatalog()
	err := e.read(ctx, "schema", func(c *conn) error {
		var err error
		s, err = e.readSchema(ctx, c)
		e.known = s
		return err
	})
	if err != nil {
		return nil, err
	}
	read(s.Version)
	return s, nil
}

// readSchema reads the tables that are chosen; e is locked.
func (e *Engine) readSchema(ctx context.Context, c *conn) (*db.Schema, error) {
	part, err := chooseTables(ctx, c, e.server, e.part)
	if err != nil {
		return nil, fmt.Errorf("choose among the tables: %w", err)
	}
	e.part = part
	return readSchema(ctx, c, e.server, part, e.known)
}

// A schemaReader gathers the catalog, part by part.
type schemaReader struct {
	c       *conn
	server  server
	part    chosen
	known   *db.Schema // read before; may be nil
	hurried bool       // see unwaiting
	list    []*db.Table
	views   []db.View
	tables  map[string]*db.Table
	indexes map[string]*db.Index // by table and name
	next    map[string]*float64  // the next automatic key, by table
	counts  []db.KeyCounter
	since   time.Time // index uses are counted
}

func readSchema(ctx context.Context, c *conn, s server, part chosen, known *db.Schema) (out *db.Schema, err error) {
	r := &schemaReader{c: c, server: s, part: part, known: known, tables: map[string]*db.Table{}, indexes: map[string]*db.Index{}, next: map[string]*float64{}}
	defer func() { err = errors.Join(err, r.waiting(ctx)) }()
	for _, part := range []func(context.Context) error{r.names, r.unwaiting, r.columns, r.indexList, r.foreignKeys, r.viewTexts} {
		if err := part(ctx); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
	}
	// What only some users may see costs itself alone.
	for _, part := range []func(context.Context) error{r.indexSizes, r.indexUses, r.analyzed, r.locks} {
		if err := connectionLost(part(ctx)); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
	}
	r.definitions()
	db.FullestFirst(r.counts)
	return &db.Schema{Version: r.version(), Tables: r.list, Views: r.views, Counters: r.counts, UsesSince: r.since, Partly: part.says}, nil
}

func (r *schemaReader) names(ctx context.Context) error {
	return r.of(ctx, "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH AS BYTES, DATA_FREE, AUTO_INCREMENT, CREATE_OPTIONS, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()%s ORDER BY TABLE_NAME",
		func(row record) error {
			if row.get("table_type") == "VIEW" {
				return nil
			}
			t := &db.Table{Schema: r.server.Database, Name: row.get("table_name"), Rows: row.whole("table_rows"), Bytes: row.whole("bytes")}
			t.Estimated = "InnoDB's own estimate, from a sample of pages"
			if engine := row.get("engine"); engine == "" && strings.Contains(row.get("table_comment"), lockTimeout) {
				t.Unseen = true
			} else if !strings.EqualFold(engine, "InnoDB") {
				t.Estimated = engine + "'s own count"
				t.Unsupported = unsupported(row.get("table_type"), engine)
			}
			t.Free, t.FreeHow = row.whole("data_free"), "DATA_FREE: pages of its file that hold nothing"
			r.next[t.Name] = row.number("auto_increment")
			r.list = append(r.list, t)
			r.tables[t.Name] = t
			return nil
		})
}

// unsupported says why no index is advised on such a table; "" where one can be.
func unsupported(kind, engine string) string {
	switch {
	case kind == "SEQUENCE", kind == "SYSTEM VERSIONED" && engine == "":
		return "a " + strings.ToLower(kind)
	case strings.EqualFold(engine, "MyISAM"), strings.EqualFold(engine, "Aria"):
		return "" // an index locks such a table while it is built: Run refuses, visibly
	case engine == "":
		return "it cannot be opened by the server"
	}
	return "engine " + engine
}

func (r *schemaReader) columns(ctx context.Context) error {
	return r.of(ctx, "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, ORDINAL_POSITION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()%s ORDER BY TABLE_NAME, ORDINAL_POSITION",
		func(row record) error {
			t := r.tables[row.get("table_name")]
			if t == nil {
				return nil
			}
			if next := r.next[t.Name]; next != nil && strings.Contains(strings.ToLower(row.get("extra")), "auto_increment") {
				r.counts = append(r.counts, keyCounter(t.Name, row.get("column_name"), row.get("column_type"), *next))
			}
			t.Columns = append(t.Columns, db.Column{
				Name: row.get("column_name"), Type: row.get("column_type"), Collation: row.get("collation_name"),
				NotNull: row.get("is_nullable") == "NO", Default: row.get("column_default"),
				Generated: strings.Contains(strings.ToUpper(row.get("extra")), "GENERATED"), Long: isLong(row.get("column_type")),
			})
			return nil
		})
}

// isLong reports a type of which an index can hold the beginning alone.
func isLong(kind string) bool {
	kind = strings.ToLower(kind)
	return strings.HasSuffix(kind, "text") || strings.HasSuffix(kind, "blob") || kind == "json"
}

// indexList reads STATISTICS whole: IGNORED is MariaDB's, IS_VISIBLE and
// EXPRESSION are MySQL's.
func (r *schemaReader) indexList(ctx context.Context) error {
	return r.of(ctx, "SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()%s ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
		func(row record) error {
			t := r.tables[row.get("table_name")]
			if t == nil {
				return nil
			}
			r.addIndexColumn(t, row)
			return nil
		})
}

func (r *schemaReader) addIndexColumn(t *db.Table, row record) {
	name := row.get("index_name")
	key := t.Name + "\x00" + name
	ix := r.indexes[key]
	if ix == nil {
		ix = indexOf(t, row)
		t.Indexes, r.indexes[key] = append(t.Indexes, ix), ix
	}
	col := indexColumnOf(row)
	ix.Columns = append(ix.Columns, col)
	if name == "PRIMARY" {
		t.PrimaryKey = append(t.PrimaryKey, col.Name)
	}
	distinct := row.whole("cardinality")
	if t.Rows != nil && distinct != nil && *distinct > 0 && len(ix.Stat) == len(ix.Columns)-1 {
		ix.Stat = append(ix.Stat, max(1, float64(*t.Rows)/float64(*distinct)))
	}
}

func indexOf(t *db.Table, row record) *db.Index {
	ix := &db.Index{Schema: t.Schema, Table: t.Name, Name: row.get("index_name"), Unique: row.get("non_unique") == "0", Method: strings.ToLower(row.get("index_type"))}
	ix.Constraint = ix.Name == "PRIMARY"
	ix.Comment = row.get("index_comment")
	ix.Hidden = row.is("ignored") || row.get("is_visible") == "NO"
	return ix
}

func indexColumnOf(row record) db.IndexColumn {
	col := db.IndexColumn{Name: row.get("column_name"), Expr: row.get("expression"), Desc: row.get("collation") == "D"}
	if n := row.whole("sub_part"); n != nil {
		col.Prefix = int(*n)
	}
	return col
}

// definitions writes each index down as State answers it.
func (r *schemaReader) definitions() {
	for _, ix := range r.indexes {
		if ix.Name != "PRIMARY" {
			ix.SQL = indexDefinition(*ix)
		}
	}
}

func (r *schemaReader) foreignKeys(ctx context.Context) error {
	last := ""
	return r.of(ctx, `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, ORDINAL_POSITION FROM information_schema.KEY_COLUMN_USAGE
		WHERE TABLE_SCHEMA = DATABASE()%s AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
		func(row record) error {
			t := r.tables[row.get("table_name")]
			if t == nil {
				return nil
			}
			if key := t.Name + "\x00" + row.get("constraint_name"); key != last {
				last = key
				t.ForeignKeys = append(t.ForeignKeys, db.ForeignKey{Table: r.referenced(row)})
			}
			fk := &t.ForeignKeys[len(t.ForeignKeys)-1]
			fk.Columns = append(fk.Columns, row.get("column_name"))
			fk.RefColumns = append(fk.RefColumns, row.get("referenced_column_name"))
			return nil
		})
}

// referenced names a table of another database with that database.
func (r *schemaReader) referenced(row record) string {
	name := row.get("referenced_table_name")
	if s := row.get("referenced_table_schema"); s != "" && s != r.server.Database {
		return s + "." + name
	}
	return name
}

func (r *schemaReader) viewTexts(ctx context.Context) error {
	if len(r.part.names) > 0 {
		return nil // the server would open every table to tell views from them
	}
	return r.c.records(ctx, "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME", nil,
		func(row record) error {
			r.views = append(r.views, db.View{Name: row.get("table_name"), SQL: "CREATE VIEW " + quoteAlways(row.get("table_name")) + " AS " + row.get("view_definition")})
			return nil
		})
}

// indexSizes are InnoDB's own, in pages, as of the last statistics. A
// partition's are under its own name: table#P#partition.
func (r *schemaReader) indexSizes(ctx context.Context) error {
	return r.c.records(ctx, "SELECT table_name, index_name, SUM(stat_value) * @@global.innodb_page_size AS bytes FROM (SELECT SUBSTRING_INDEX(table_name, '#P#', 1) AS table_name, index_name, stat_value FROM mysql.innodb_index_stats WHERE database_name = DATABASE()"+r.only("table_name")+" AND stat_name = 'size') s GROUP BY table_name, index_name", anys(r.part.names),
		func(row record) error {
			if ix := r.indexes[row.get("table_name")+"\x00"+row.get("index_name")]; ix != nil {
				ix.Bytes = row.whole("bytes")
			}
			return nil
		})
}

// indexUses counts reads through each index. An index that userstat does not
// list was not read since the server began.
func (r *schemaReader) indexUses(ctx context.Context) error {
	sql := ""
	switch {
	case r.server.PerfOn:
		sql = "SELECT OBJECT_NAME AS table_name, INDEX_NAME AS index_name, COUNT_READ AS uses FROM performance_schema.table_io_waits_summary_by_index_usage WHERE OBJECT_SCHEMA = DATABASE() AND INDEX_NAME IS NOT NULL" + r.only("OBJECT_NAME")
	case r.server.UserStat:
		sql = "SELECT TABLE_NAME AS table_name, INDEX_NAME AS index_name, ROWS_READ AS uses FROM information_schema.INDEX_STATISTICS WHERE TABLE_SCHEMA = DATABASE()" + r.only("TABLE_NAME")
	default:
		return nil
	}
	found := map[string]*int64{}
	err := r.c.records(ctx, sql, anys(r.part.names), func(row record) error {
		found[row.get("table_name")+"\x00"+row.get("index_name")] = row.whole("uses")
		return nil
	})
	if err != nil || len(found) == 0 && r.server.PerfOn {
		return err // the instrument wait/io/table is off
	}
	if err := r.usesSince(ctx); err != nil {
		return err
	}
	for key, ix := range r.indexes {
		if ix.Uses = found[key]; ix.Uses == nil {
			ix.Uses = ptr(int64(0))
		}
	}
	return nil
}

// version is a digest of what the catalog says, without what data change.
func (r *schemaReader) version() string {
	var lines []string
	for _, t := range r.list {
		lines = append(lines, fmt.Sprintf("%q %q %+v %q %+v", t.Name, t.Unsupported, t.Columns, t.PrimaryKey, t.ForeignKeys))
		for _, ix := range t.Indexes {
			lines = append(lines, t.Name+" "+indexDefinition(*ix))
		}
	}
	for _, v := range r.views {
		lines = append(lines, v.SQL)
	}
	sort.Strings(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:8])
}
