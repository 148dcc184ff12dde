package postgres

import (
	"fmt"
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// dialectName is how sqltext and the rest of mltop call this dialect.
const dialectName = "postgres"

// A Dialect reads and writes PostgreSQL's SQL. It runs none.
type Dialect struct{}

var _ db.Dialect = Dialect{}

// Name is "postgres".
func (Dialect) Name() string { return dialectName }

// Quotes: a "x" is a name.
func (Dialect) Quotes() sqltext.Quotes { return sqltext.Exact }

// QuoteIdent quotes a name where it needs it.
func (Dialect) QuoteIdent(name string) string { return quote(name) }

// quote quotes a name exactly where the server itself does when it writes a
// definition: what is not lower case, and every keyword but the unreserved.
func quote(name string) string {
	if sqltext.QuoteIdent(name, dialectName) == name && !keyword(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func keyword(name string) bool {
	tokens, err := pgquery.Scan(name)
	if err != nil || len(tokens.Tokens) != 1 {
		return true
	}
	kind := tokens.Tokens[0].KeywordKind
	return kind != pgquery.KeywordKind_NO_KEYWORD && kind != pgquery.KeywordKind_UNRESERVED_KEYWORD
}

// CreateIndex makes an index without keeping writers out. An index without a
// name is given one: see IndexName.
func (Dialect) CreateIndex(ix db.Index) db.Step {
	if ix.Name == "" {
		ix.Name = IndexName(ix)
	}
	step := db.Step{
		Object: indexObject(ix),
		Do:     []string{CreateIndexText(ix, true)},
		Undo:   []string{dropIndexText(ix)},
		Mode:   db.OutsideTransaction,
		Before: db.Absent,
		Sweep:  []string{dropIndexText(ix)},
		Blocks: buildBlocks(), UndoBlocks: dropBlocks(),
		Build: db.BuildTook(ix, buildReadPerSecond, buildWritePerSecond),
		Bytes: ix.Bytes,
	}
	if predictable(ix) {
		step.After = db.State(CreateIndexText(ix, false))
	}
	return step
}

// predictable reports whether the server stores an index in the words that
// made it: it writes expressions and predicates anew.
func predictable(ix db.Index) bool {
	for _, c := range ix.Columns {
		if c.Name == "" || c.Collation != "" {
			return false
		}
	}
	return ix.Where == ""
}

// DropIndex removes an index; undoing it builds the index again.
func (Dialect) DropIndex(ix db.Index) db.Step {
	step := db.Step{
		Object: indexObject(ix),
		Do:     []string{dropIndexText(ix)},
		Mode:   db.OutsideTransaction,
		After:  db.Absent,
		Blocks: dropBlocks(), UndoBlocks: buildBlocks(),
	}
	if ix.Parted || ix.PartOf != "" {
		step.Do = nil
		step.Irreversible = "the index stands and falls with those of other partitions"
		return step
	}
	if ix.Identity {
		step.Do = nil
		step.Irreversible = "the index is the table's replica identity: without it every UPDATE and DELETE of a published table fails"
		return step
	}
	if ix.Constraint || ix.SQL == "" {
		step.Do = nil
		step.Irreversible = "the index backs a constraint of the table and cannot be dropped"
		return step
	}
	step.Before, step.Undo = storedState(ix), append([]string{concurrently(ix.SQL)}, ix.Also...)
	return step
}

// storedState is what State answers of an index that the catalog lists; "" of
// one that names no schema, as the server writes it with one.
func storedState(ix db.Index) db.State {
	switch {
	case ix.Schema == "":
		return ""
	case ix.Invalid:
		return wholeState(invalidMark+ix.SQL, ix.Also)
	}
	return wholeState(ix.SQL, ix.Also)
}

// concurrently makes a definition, as the server stores it, one that keeps no
// writer out.
func concurrently(definition string) string {
	for _, verb := range []string{"CREATE UNIQUE INDEX ", "CREATE INDEX "} {
		if rest, ok := strings.CutPrefix(definition, verb); ok {
			return verb + "CONCURRENTLY " + rest
		}
	}
	return definition
}

func indexObject(ix db.Index) db.Object {
	return db.Object{Kind: db.ObjectIndex, Table: qualified(ix.Schema, ix.Bare()), Name: ix.Name}
}

// qualified is a name as SQL, with its schema when it has one.
func qualified(schema, name string) string {
	if schema == "" {
		return quote(name)
	}
	return quote(schema) + "." + quote(name)
}

// SetSetting changes a setting for the whole server, in the file that ALTER
// SYSTEM keeps. Undo is completed from Before: the value that was there, or
// none.
func (Dialect) SetSetting(now db.Setting, value string) db.Step {
	step := db.Step{
		Object: db.Object{Kind: db.ObjectSetting, Name: now.Name},
		Mode:   db.OutsideTransaction,
		After:  db.State(value),
		Blocks: db.Blocks{Who: "nobody", Method: "a line in postgresql.auto.conf and a reload"},
	}
	if strings.HasPrefix(now.Reaches, "nobody") {
		step.Irreversible = now.Name + " cannot be changed from here: it reaches " + now.Reaches
		return step
	}
	step.Do = setSystem(now.Name, value)
	step.Undo = resetSystem(now.Name)
	if strings.HasSuffix(now.Source, autoConf) {
		step.Undo = setSystem(now.Name, now.Value)
	}
	if now.Scope == db.ScopeRestart {
		step.Blocks.Method += "; it takes effect at the next restart, which mltop leaves to you"
	}
	return step
}

// autoConf is the file that ALTER SYSTEM writes.
const autoConf = "postgresql.auto.conf"

const reload = "SELECT pg_reload_conf()"

func setSystem(name, value string) []string {
	return []string{fmt.Sprintf("ALTER SYSTEM SET %s = %s", settingName(name), sqltext.QuoteString(value, dialectName)), reload}
}

func resetSystem(name string) []string {
	return []string{"ALTER SYSTEM RESET " + settingName(name), reload}
}

// settingName quotes both halves of an extension's setting.
func settingName(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = quote(p)
	}
	return strings.Join(parts, ".")
}

// Analyze gathers statistics of one table, or of all for "".
func (Dialect) Analyze(table string) db.Step {
	do := "ANALYZE"
	if table != "" {
		do += " " + quote(table)
	}
	return db.Step{
		Object:       db.Object{Kind: db.ObjectStatistics, Table: table, Name: table},
		Do:           []string{do},
		Mode:         db.OutsideTransaction,
		Irreversible: "PostgreSQL keeps no earlier statistics that could be put back",
		Blocks:       db.Blocks{Who: "nobody", Method: "reads a sample of each table; only other changes of the table wait"},
	}
}

// CREATE INDEX CONCURRENTLY reads the table twice, and sorts and writes the
// index. Measured by one session's processor time on 1.2 million rows in memory
// (161 MB, PostgreSQL 15, maintenance_work_mem at its default): reading 1800
// MB/s, the rest of the build 35 MB of index a second with keys of 4 bytes, 60
// to 66 with keys of 32. Read from a disk, and beside other work, a table comes
// at a fraction of that, and half the slowest is left for sort and write.
const (
	buildReadPerSecond  = 100e6
	buildWritePerSecond = 15e6
)

func buildBlocks() db.Blocks {
	return db.Blocks{Who: "nobody", Method: "built concurrently: writers go on; it waits for every older transaction, and other changes of the table wait for it"}
}

func dropBlocks() db.Blocks {
	return db.Blocks{Who: "nobody", Method: "dropped concurrently: it waits for the transactions that may still use the index"}
}
