package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mltop/collectors"
	"mltop/collectors/querylog"
	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/units"
)

// A doctorDoc is what mltop doctor writes: what can be seen, what cannot, and
// how to get it; fit for a bug report.
type doctorDoc struct {
	SchemaVersion int        `json:"schema_version"`
	Time          time.Time  `json:"time"`
	Version       string     `json:"version"`
	Platform      string     `json:"platform"`
	Target        targetDoc  `json:"target"`
	Checks        []checkDoc `json:"checks"`
	Errors        reasons    `json:"errors"`
}

type checkDoc struct {
	Name   string `json:"name"`
	Seen   bool   `json:"seen"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

func newDoctor(w *world, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "doctor TARGET", Short: "What can be seen, what cannot, and how to get it", Args: exactly(1, "one target"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{past: verdictWindow, whole: true})
			if err != nil {
				return err
			}
			return errors.Join(a.doctor(cmd.Context()), a.Close())
		},
	}
}

func (a *app) doctor(ctx context.Context) error {
	h := collectors.NewHistory(0)
	if err := a.sample(ctx, h, 2); err != nil {
		return err
	}
	now := h.Latest()
	d := doctorDoc{
		SchemaVersion: schemaVersion, Time: now.Time.UTC(), Version: version, Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Target: a.targetDoc(), Errors: reasons{},
	}
	doc := newSnapshotDoc(d.Target, now, h.Window(now.Time, verdictWindow), false)
	d.Checks = append(d.Checks, databaseChecks(doc)...)
	d.Checks = append(d.Checks, a.sourceChecks(doc, now)...)
	d.Checks = append(d.Checks, a.caveatChecks(ctx)...)
	for _, text := range a.left {
		d.Checks = append(d.Checks, checkDoc{"a sample", false, text, ""})
	}
	d.Checks = append(d.Checks, a.rightsChecks(ctx)...)
	d.Checks = append(d.Checks, a.offerChecks(ctx)...)
	d.Checks = append(d.Checks, missingChecks(doc.Errors)...)
	d.Checks = append(d.Checks, a.ownChecks()...)
	d.Checks = append(d.Checks, a.journalChecks(ctx)...)
	v := doctorView(d)
	if !seenLive(now.Statements) && a.o.output == "table" && !a.target.server() {
		v.tables = append(v.tables, snippetTables()...)
	}
	return a.o.emit(a.w, v)
}

func databaseChecks(d snapshotDoc) []checkDoc {
	if d.Database == nil {
		return []checkDoc{{"database", false, d.Errors["database"], ""}}
	}
	text := d.Database.Product + " " + d.Database.Version
	if mode := d.Database.JournalMode; mode != nil {
		text += ", journal mode " + *mode
	}
	text += ", state " + d.Database.State
	return []checkDoc{{"database", d.Database.State == "ok" || d.Database.State == "replica", text, ""}}
}

// sourceChecks say where requests, statements and processes come from.
func (a *app) sourceChecks(d snapshotDoc, now collectors.Snapshot) []checkDoc {
	checks := []checkDoc{}
	add := func(name string, seen bool, text, remedy string) {
		if seen {
			remedy = ""
		}
		checks = append(checks, checkDoc{name, seen, text, remedy})
	}
	if len(now.Requests) > 0 {
		s := now.Requests[0].Source
		add("requests", true, s.Kind+" "+s.Name+", "+s.Latency, "")
	} else {
		add("requests", false, d.Errors["requests"], "--request-table TABLE, and --request-columns time=…,path=…,status=…,duration=…:ms")
	}
	checks = append(checks, a.statementChecks(d, now)...)
	if a.target.server() {
		return checks // who has a file open is no question there
	}
	n := 0
	for _, p := range d.Processes {
		if p.HoldsFile {
			n++
		}
	}
	add("processes", n > 0, either(map[bool]string{true: units.Plural(n, "process") + " with the file open"}[n > 0], "none is seen that holds the file open"),
		"run mltop as the user that the application runs as, or as root; or name it with --pid")
	return checks
}

// statementChecks say where statements come from; a source that is only
// assumed does not make up for one that counts.
func (a *app) statementChecks(d snapshotDoc, now collectors.Snapshot) []checkDoc {
	var sources []string
	counted := false
	for _, s := range now.Statements {
		if name := strings.TrimSpace(s.Source.Kind + " " + s.Source.Name); !slices.Contains(sources, name) {
			sources = append(sources, name)
		}
		counted = counted || s.Source.Live && !s.Source.Sampled
	}
	seen := strings.Join(sources, "; ")
	if !a.target.server() {
		return []checkDoc{{"statements", seen != "", either(seen, "none is seen: SQLite has no server that counts them"),
			map[bool]string{false: "--query-log FILE (a snippet for the application is below), or --queries FILE with SQL separated by ;"}[seen != ""]}}
	}
	switch hidden := d.Errors["database."+db.MissingOthers]; {
	case counted && strings.Contains(hidden, "statements"):
		text, grant, _ := strings.Cut(hidden, ": ")
		return []checkDoc{{"statements", false, seen + ", of this user's alone: " + text, grant}}
	case counted:
		return []checkDoc{{"statements", true, strings.TrimSuffix(seen+"; "+d.Errors["statements.elsewhere"], "; "), ""}}
	}
	why := either(now.Errors["statements"], "none is seen")
	if said := d.Errors["statements.calls"]; said != "" && seen != "" {
		why = seen + ": " + said
	}
	return []checkDoc{{"statements", false, why, "until then: --query-log FILE, or --queries FILE with SQL separated by ;"}}
}

// rightsChecks name what is lost for want of a right, and the statement that
// gives it.
func (a *app) rightsChecks(ctx context.Context) []checkDoc {
	r, ok := a.engine.(db.RightsReader)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	list, err := r.MissingRights(ctx)
	if err != nil {
		return []checkDoc{{"rights", false, err.Error(), ""}}
	}
	if len(list) == 0 {
		return []checkDoc{{"rights", true, "all that mltop can use", ""}}
	}
	var checks []checkDoc
	for _, m := range list {
		checks = append(checks, checkDoc{"rights", false, m.Lost, m.Grant})
	}
	return checks
}

// caveatChecks say what about the server, or the way to it, sets limits.
func (a *app) caveatChecks(ctx context.Context) []checkDoc {
	r, ok := a.engine.(db.CaveatReader)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	list, err := r.Caveats(ctx)
	if err != nil {
		return []checkDoc{{"the server", false, err.Error(), ""}}
	}
	var checks []checkDoc
	for _, c := range list {
		checks = append(checks, checkDoc{c.Name, false, c.Text, c.Do})
	}
	return checks
}

// offerChecks name the exact statements that have a server count its
// statements, and those that end it.
func (a *app) offerChecks(ctx context.Context) []checkDoc {
	e, ok := a.engine.(db.StatementEnabler)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	o, err := e.EnableStatements(ctx)
	switch {
	case err != nil:
		return []checkDoc{{"counting statements", false, err.Error(), ""}}
	case o.Needs != "":
		return []checkDoc{{"counting statements", false, "can be switched on: " + o.Brings, o.Needs}}
	case len(o.Change) == 0:
		return nil
	}
	var on, off []string
	for i := range o.Change {
		on = append(on, o.Change[i].Do...)
		off = append(off, o.Change[len(o.Change)-1-i].Undo...)
	}
	return []checkDoc{{"counting statements", false, "can be switched on: " + o.Brings + ". On: " + strings.Join(on, "; ") + ". Off: " + strings.Join(off, "; "),
		"mltop advise lists it, mltop apply does it and mltop undo takes it back, with a journal"}}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// missingChecks turn every null of the snapshot into a line.
func missingChecks(why reasons) []checkDoc {
	var checks []checkDoc
	for _, name := range sortedKeys(why) {
		switch name {
		case "requests", "statements", "statements.calls", "database", "processes":
			continue
		case "database.wal_bytes", "database.shm_bytes", "database.journal_mode": // what need not be there
			continue
		case "database.clock", "database." + db.MissingOthers: // a caveat, and a right
			continue
		}
		if strings.HasPrefix(name, "requests.") && why["requests"] != "" {
			continue
		}
		checks = append(checks, checkDoc{name, false, why[name], ""})
	}
	return checks
}

// ownChecks tell of mltop's own surroundings.
func (a *app) ownChecks() []checkDoc {
	checks := []checkDoc{{"state folder", writable(a.o.paths.State), a.o.paths.State, ""}}
	if !checks[0].Seen {
		checks[0].Remedy = "nothing can be applied without a journal: make the folder writable, or set XDG_STATE_HOME"
	}
	_, err := os.Stat(a.o.paths.File)
	config := checkDoc{"configuration", err == nil, a.o.paths.File, ""}
	if err != nil {
		config.Text, config.Remedy = "no file: the defaults hold", "write "+a.o.paths.File+" to change them"
	}
	terminal := checkDoc{"terminal", a.w.terminal(), "TERM=" + a.w.getenv("TERM") + " COLORTERM=" + a.w.getenv("COLORTERM") + " " + locale(a.w.getenv), ""}
	if !terminal.Seen {
		terminal.Remedy = "this output is not a terminal: mltop TARGET would print a snapshot"
	}
	return append(checks, config, terminal)
}

// writable tries it: permissions do not tell of a full or a read-only disk.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".mltop-*")
	if err != nil {
		return false
	}
	_, err = f.WriteString("x")
	return errors.Join(err, f.Close(), os.Remove(f.Name())) == nil
}

// locale is what decides between braille and ASCII: the first one set counts.
func locale(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			return name + "=" + v
		}
	}
	return "LANG="
}

func doctorView(d doctorDoc) view {
	t := export.Table{Title: "mltop " + d.Version + " on " + d.Platform + ", " + d.Target.Path, Columns: export.Cols("", "what", "~found")}
	csv := export.Table{Columns: export.Cols("name", "seen", "text", "remedy")}
	for _, c := range d.Checks {
		t.Rows = append(t.Rows, []string{map[bool]string{true: "●", false: "▲"}[c.Seen], c.Name, c.Text})
		if c.Remedy != "" {
			t.Rows = append(t.Rows, []string{"", "", "→ " + c.Remedy})
		}
		csv.Rows = append(csv.Rows, []string{c.Name, map[bool]string{true: "true", false: "false"}[c.Seen], c.Text, c.Remedy})
	}
	return view{doc: d, tables: []export.Table{t}, csv: csv}
}

// seenLive reports that statements are counted, not assumed or given.
func seenLive(sources []*collectors.Statements) bool {
	return slices.ContainsFunc(sources, func(s *collectors.Statements) bool { return s.Source.Live })
}

// snippetTables are code to paste: the text is not cut or wrapped.
func snippetTables() []export.Table {
	var out []export.Table
	for _, s := range querylog.Snippets() {
		t := export.Table{Title: s.Language + " writes a query log for --query-log: " + s.Use, Columns: export.Cols("")}
		for _, line := range strings.Split(strings.TrimRight(s.Text, "\n"), "\n") {
			t.Rows = append(t.Rows, []string{strings.ReplaceAll(line, "\t", "    ")})
		}
		out = append(out, t)
	}
	return out
}
