package advisor

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mltop/internal/db"
)

// SQL writes advice as a script: what mltop could apply as statements, what
// only the application or an administrator can do as comments. What lets mltop
// see more is none of a schema's business and is left out.
func SQL(a Advice) string {
	var b strings.Builder
	for _, r := range a.Recommendations {
		if !r.scripted() {
			continue
		}
		fmt.Fprintf(&b, "-- %s %s\n", r.ID, comment(r.Title))
		b.WriteString(commented(wrapped(r.Reason)) + "\n")
		if setsAlone(r) {
			fmt.Fprintf(&b, "-- run it outside a transaction, with no other connection open:\n%s\n\n", commented(r.Statement))
			continue
		}
		if r.Kind == KindSetting && len(r.Change) > 0 {
			fmt.Fprintf(&b, "-- no part of the schema, it reaches %s:\n%s\n\n", comment(r.Scope), commented(r.Statement))
			continue
		}
		if len(r.Change) > 0 {
			b.WriteString(r.Statement + "\n\n")
			continue
		}
		fmt.Fprintf(&b, "-- %s:\n%s\n\n", comment(r.Scope), commented(r.Statement))
	}
	return b.String()
}

// A MigrationStyle is a tool's way to write a step and its way back.
type MigrationStyle string

// The styles.
const (
	StyleSQL     MigrationStyle = "sql"     // comments "up" and "down"
	StyleGoose   MigrationStyle = "goose"   // pressly/goose
	StyleAlembic MigrationStyle = "alembic" // Python, op.execute
)

// Migration writes the advice on indexes as one migration. Settings and
// statistics are no part of a schema's history and are left out.
func Migration(a Advice, style MigrationStyle) (string, error) {
	var up, down []string
	alone := false // what a transaction cannot hold: CREATE INDEX CONCURRENTLY
	for _, r := range a.Recommendations {
		if r.Kind != KindCreateIndex && r.Kind != KindDropIndex || r.Daring() {
			continue
		}
		for _, s := range r.Change {
			up = append(up, s.Do...)
			down = append(append([]string(nil), s.Undo...), down...)
			alone = alone || s.Mode == db.OutsideTransaction
		}
	}
	switch style {
	case StyleSQL, "":
		return lineIf(alone, "-- run it outside a transaction\n") + migrationSQL("-- up", "-- down", up, down), nil
	case StyleGoose:
		return lineIf(alone, "-- +goose NO TRANSACTION\n") + migrationSQL("-- +goose Up", "-- +goose Down", up, down), nil
	case StyleAlembic:
		return migrationAlembic(up, down, alone), nil
	}
	return "", fmt.Errorf("no migration style is called %q: sql, goose or alembic", style)
}

func lineIf(yes bool, text string) string {
	if !yes {
		return ""
	}
	return text
}

func migrationSQL(upMark, downMark string, up, down []string) string {
	return upMark + "\n" + script(up) + "\n" + downMark + "\n" + script(down)
}

func script(list []string) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s + ";\n")
	}
	return b.String()
}

func migrationAlembic(up, down []string, alone bool) string {
	return "from alembic import op\n\n\ndef upgrade():\n" + executes(up, alone) + "\n\ndef downgrade():\n" + executes(down, alone)
}

func executes(list []string, alone bool) string {
	if len(list) == 0 {
		return "    pass\n"
	}
	var b strings.Builder
	indent := "    "
	if alone {
		b.WriteString("    with op.get_context().autocommit_block():\n")
		indent += "    "
	}
	for _, s := range list {
		fmt.Fprintf(&b, "%sop.execute(%s)\n", indent, pythonString(s))
	}
	return b.String()
}

// pythonString writes a string literal. Alembic reads a colon before a word as
// a parameter, so colons are escaped.
func pythonString(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, ":", `\\:`)
	return `"` + r.Replace(s) + `"`
}

// setsAlone reports a setting that does nothing, or fails, within a transaction:
// many tools run a script in one.
func setsAlone(r Recommendation) bool {
	return r.Kind == KindSetting && slices.ContainsFunc(r.Change, func(s db.Step) bool { return s.Mode == db.OutsideTransaction })
}

// commentWidth keeps a script readable in an editor of 80 columns.
const commentWidth = 76

// wrapped breaks a text into lines at its spaces.
func wrapped(s string) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(s) {
		switch n := utf8.RuneCountInString(word); {
		case used == 0:
			used = n
		case used+1+n > commentWidth:
			b.WriteString("\n")
			used = n
		default:
			b.WriteString(" ")
			used += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}

// comment keeps a text on one line.
func comment(s string) string {
	return strings.Join(strings.Fields(s), " ")
}

func commented(s string) string {
	return "-- " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n-- ")
}
