package sqlite

import (
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// dialectName is how sqltext and the rest of mltop call this dialect.
const dialectName = "sqlite"

// A Dialect reads and writes SQLite's SQL. It runs none.
type Dialect struct{}

var _ db.Dialect = Dialect{}

// Name is "sqlite".
func (Dialect) Name() string { return dialectName }

// QuoteIdent quotes a name where it needs it.
func (Dialect) QuoteIdent(name string) string { return sqltext.QuoteIdent(name, dialectName) }

// CreateIndex makes an index. An index without a name is given one: see
// IndexName.
func (Dialect) CreateIndex(ix db.Index) db.Step {
	if ix.Name == "" {
		ix.Name = IndexName(ix)
	}
	text := CreateIndexText(ix)
	return db.Step{
		Object: indexObject(ix),
		Do:     []string{text},
		Undo:   []string{dropIndexText(ix)},
		Mode:   db.InTransaction,
		Before: db.Absent,
		After:  db.State(text),
		Blocks: buildBlocks(ix), UndoBlocks: dropBlocks(ix),
	}
}

// DropIndex removes an index; undoing it builds the index again.
func (Dialect) DropIndex(ix db.Index) db.Step {
	step := db.Step{
		Object: indexObject(ix),
		Do:     []string{dropIndexText(ix)},
		Mode:   db.InTransaction,
		Before: db.State(ix.SQL),
		After:  db.Absent,
		Blocks: dropBlocks(ix), UndoBlocks: buildBlocks(ix),
	}
	if ix.Constraint || ix.SQL == "" {
		step.Do = nil
		step.Irreversible = "the index backs a constraint of the table and cannot be dropped"
		return step
	}
	step.Undo = []string{ix.SQL}
	return step
}

func indexObject(ix db.Index) db.Object {
	return db.Object{Kind: db.ObjectIndex, Table: ix.Table, Name: ix.Name}
}

// SetSetting changes a setting that the database file keeps. One that belongs
// to the application's own connection is out of reach: its step does nothing
// and says so.
func (d Dialect) SetSetting(now db.Setting, value string) db.Step {
	step := db.Step{
		Object: db.Object{Kind: db.ObjectSetting, Name: now.Name},
		Mode:   db.OutsideTransaction,
		Before: settingState(now.Value),
		After:  settingState(value),
		Blocks: settingBlocks(now.Name),
	}
	if now.Scope == db.ScopeConnection {
		step.Irreversible = now.Name + " belongs to each connection of the application: it must be set there"
		return step
	}
	step.Do = d.pragma(now.Name, value)
	step.Undo = d.pragma(now.Name, now.Value)
	return step
}

// pragma lists the statements that give a setting a value: two of them reach
// an existing file only through VACUUM.
func (d Dialect) pragma(name, value string) []string {
	set := fmt.Sprintf("PRAGMA %s = %s", d.QuoteIdent(name), pragmaValue(value))
	switch strings.ToLower(name) {
	case "page_size", "auto_vacuum":
		return []string{set, "VACUUM"}
	}
	return []string{set}
}

// pragmaValue writes a word or a number as it is and anything else as a string.
func pragmaValue(v string) string {
	for _, r := range v {
		if !isWord(r) && r != '-' && r != '+' && r != '.' {
			return "'" + strings.ReplaceAll(v, "'", "''") + "'"
		}
	}
	if v == "" {
		return "''"
	}
	return v
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// settingState is a value in the words that PRAGMA answers with.
func settingState(v string) db.State { return db.State(strings.ToLower(v)) }

func settingBlocks(name string) db.Blocks {
	switch strings.ToLower(name) {
	case "journal_mode":
		return db.Blocks{Who: "everybody", Method: "needs the file alone for an instant; refused while another connection is in a transaction"}
	case "page_size", "auto_vacuum":
		return db.Blocks{Who: "everybody", Method: "VACUUM rewrites the whole file under an exclusive lock"}
	}
	return db.Blocks{Who: "writers", Method: "one short write"}
}

// Analyze gathers statistics of one table, or of all for "". Its undo puts
// back what was there and is completed from Before when it is applied.
func (d Dialect) Analyze(table string) db.Step {
	do := "ANALYZE"
	if table != "" {
		do += " " + d.QuoteIdent(table)
	}
	return db.Step{
		Object: db.Object{Kind: db.ObjectStatistics, Table: table, Name: table},
		Do:     []string{do},
		Mode:   db.InTransaction,
		Blocks: db.Blocks{Who: "writers", Method: "reads every index of the table once under the write lock", Commit: commitFor},
	}
}
