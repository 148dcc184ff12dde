package mysql

import (
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// dialectName is how sqltext and the rest of mltop call this dialect.
const dialectName = "mysql"

// A Dialect reads and writes the SQL of MariaDB and MySQL. It runs none. The
// zero value writes what both understand.
type Dialect struct{ flavour flavour }

var _ db.Dialect = Dialect{}

// DialectOf is that of a server's version, in its own words.
func DialectOf(version, label string) Dialect {
	f, _ := parseVersion(version, label) // of no version: what both understand
	return Dialect{flavour: f}
}

// Name is "mysql".
func (Dialect) Name() string { return dialectName }

// Quotes says what a "x" is to the server, as its sessions come; one that sets
// a sql_mode of its own cannot be told.
func (d Dialect) Quotes() sqltext.Quotes {
	if d.flavour.AnsiQuotes {
		return sqltext.Names
	}
	return sqltext.Texts
}

// QuoteIdent quotes a name where it needs it.
func (Dialect) QuoteIdent(name string) string { return sqltext.QuoteIdent(name, dialectName) }

// quoteAlways quotes: a name may be a keyword of another version.
func quoteAlways(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func quoteText(s string) string { return sqltext.QuoteString(s, dialectName) }

// CreateIndex makes an index. An index without a name is given one: see
// IndexName. The server refuses where it would have to stop writers.
func (d Dialect) CreateIndex(ix db.Index) db.Step {
	if ix.Name == "" {
		ix.Name = IndexName(ix)
	}
	if strings.HasPrefix(ix.Name, db.IndexPrefix) {
		ix.Comment = indexComment
	}
	return db.Step{
		Object: indexObject(ix),
		Do:     []string{d.addIndexText(ix)},
		Undo:   []string{dropIndexText(ix)},
		Mode:   db.OutsideTransaction,
		Before: db.Absent,
		After:  db.State(indexDefinition(ix)),
		Sweep:  []string{dropIndexText(ix)},
		Blocks: buildBlocks(), UndoBlocks: dropBlocks(),
		Build: db.BuildTook(ix, buildReadPerSecond, buildWritePerSecond),
	}
}

// DropIndex removes an index; undoing it builds the index again.
func (d Dialect) DropIndex(ix db.Index) db.Step {
	step := db.Step{
		Object: indexObject(ix),
		Do:     []string{dropIndexText(ix)},
		Mode:   db.OutsideTransaction,
		Before: db.State(indexDefinition(ix)),
		After:  db.Absent,
		Blocks: dropBlocks(), UndoBlocks: buildBlocks(),
	}
	if ix.Constraint {
		step.Do = nil
		step.Irreversible = "the index is the table's primary key and cannot be dropped"
		return step
	}
	step.Undo = []string{d.addIndexText(ix)}
	return step
}

func indexObject(ix db.Index) db.Object {
	return db.Object{Kind: db.ObjectIndex, Table: ix.Table, Name: ix.Name}
}

// SetSetting changes a variable of the running server. MySQL 8 keeps it over
// a restart; for MariaDB the lines for the option file stand in the statement.
func (d Dialect) SetSetting(now db.Setting, value string) db.Step {
	step := db.Step{
		Object: db.Object{Kind: db.ObjectSetting, Name: now.Name},
		Mode:   db.OutsideTransaction,
		Before: settingState(now.Value),
		After:  settingState(value),
		Blocks: db.Blocks{Who: "nobody", Method: "a variable of the server is set"},
	}
	if now.Name == "innodb_buffer_pool_size" {
		step.Blocks = db.Blocks{Who: "everybody", Method: "the buffer pool is resized in the background; statements may pause for moments"}
	}
	if now.Scope == db.ScopeRestart {
		step.Irreversible = now.Name + " cannot be changed while the server runs: write " + optionLine(now.Name, value) + " under [mysqld] in its option file, and restart it"
		return step
	}
	step.Do = []string{d.set(now.Name, value)}
	step.Undo = d.unset(now)
	return step
}

func (d Dialect) set(name, value string) string {
	if d.flavour.persists() {
		return "SET PERSIST " + quoteAlways(name) + " = " + settingValue(value)
	}
	return "SET GLOBAL " + quoteAlways(name) + " = " + settingValue(value) + " /* until a restart; to keep it: [mysqld] " + comment(optionLine(name, value)) + " */"
}

// unset brings back the value, and where MySQL 8 kept none before, keeps none.
func (d Dialect) unset(now db.Setting) []string {
	if !d.flavour.persists() || strings.Contains(now.Source, "SET PERSIST") {
		return []string{d.set(now.Name, now.Value)}
	}
	return []string{
		"SET GLOBAL " + quoteAlways(now.Name) + " = " + settingValue(now.Value),
		"RESET PERSIST IF EXISTS " + quoteAlways(now.Name),
	}
}

func optionLine(name, value string) string { return name + " = " + value }

// comment keeps a text from ending the comment that it stands in.
func comment(s string) string { return strings.ReplaceAll(s, "*/", "* /") }

// settingValue writes a number as it is and anything else as a string.
func settingValue(v string) string {
	if number(v) != nil && strings.Trim(v, "0123456789.-") == "" {
		return v
	}
	return quoteText(v)
}

// settingState is a value in the words that the server answers with.
func settingState(v string) db.State {
	switch strings.ToUpper(v) {
	case "ON", "TRUE", "1":
		return "1"
	case "OFF", "FALSE", "0":
		return "0"
	}
	if n := number(v); n != nil {
		return db.State(fmt.Sprintf("%v", *n))
	}
	return db.State(v)
}

// Analyze gathers statistics of one table. It has no undo: the server keeps
// no earlier ones.
func (d Dialect) Analyze(table string) db.Step {
	step := db.Step{
		Object:       db.Object{Kind: db.ObjectStatistics, Table: table, Name: table},
		Mode:         db.OutsideTransaction,
		Irreversible: "the server keeps no earlier statistics",
		Blocks:       db.Blocks{Who: "nobody", Method: "InnoDB samples innodb_stats_persistent_sample_pages pages of each index; afterwards the table is opened anew, which waits for statements that read it"},
	}
	if table == "" {
		step.Irreversible = "name a table: there is no statement that gathers the statistics of all"
		return step
	}
	step.Do = []string{"ANALYZE NO_WRITE_TO_BINLOG TABLE " + quoteAlways(table)}
	return step
}
