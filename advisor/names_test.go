package advisor_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
)

// badNames are names that people's tools and their mistakes have made.
func badNames() map[string]string {
	return map[string]string{
		"a double quote":       `say "hi"`,
		"a single quote":       `it's`,
		"spaces":               ` two  words `,
		"a newline":            "first\nsecond",
		"a tab and a return":   "a\tb\rc",
		"a keyword":            "SELECT",
		"another keyword":      "order",
		"an emoji":             "📦 boxes",
		"a semicolon":          "x; DROP TABLE y; --",
		"a bracket":            "a]b[c",
		"backticks":            "`tick`",
		"control characters":   "bell\x07 esc\x1b[31m del\x7f",
		"a bidi override":      "abc\u202edef",
		"a very long name":     strings.Repeat("long_", 200),
		"a leading digit":      "2fast",
		"the system's, nearly": "sqlitex_master",
		"ours, nearly":         "mltop_thing",
		"a comment":            "a/*b*/c -- d",
		"a dot":                "main.users",
		"a placeholder":        "?1 :x @y $z",
		"only a quote":         `"`,
		"a backslash":          `a\b\n`,
		"a percent sign":       "100%d %s",
		"letters of elsewhere": "größe_名前",
	}
}

// A named table has bad names throughout: its own, its columns', and that of
// an index which it has already.
func namedTable(t *testing.T, name string) (file, query string) {
	t.Helper()
	file = dbtest.Path(t)
	d := dbtest.Open(t, file)
	q := func(suffix string) string { return `"` + strings.ReplaceAll(name+suffix, `"`, `""`) + `"` }
	dbtest.Exec(t, d, fmt.Sprintf(`CREATE TABLE %s (id INTEGER PRIMARY KEY, %s INTEGER, %s TEXT, filler TEXT)`, q(""), q("k"), q("v")))
	dbtest.Exec(t, d, fmt.Sprintf(`CREATE INDEX %s ON %s (%s)`, q(" ix"), q(""), q("v")))
	dbtest.Exec(t, d, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 4000)
		INSERT INTO %s (%s, %s, filler) SELECT i %% 1000, 'v' || i, hex(zeroblob(40)) FROM n`, q(""), q("k"), q("v")))
	dbtest.Exec(t, d, "ANALYZE")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return file, fmt.Sprintf("SELECT filler FROM %s WHERE %s = 77", q(""), q("k"))
}

func TestBadNamesGoAllTheWay(t *testing.T) {
	for what, name := range badNames() {
		t.Run(what, func(t *testing.T) {
			file, query := namedTable(t, name)
			got, a, _ := adviseOn(t, file, statements("q: "+query))
			r := card(got, advisor.KindCreateIndex)
			if r.Table != name || len(r.Columns) == 0 || r.Columns[0] != name+"k" {
				t.Fatalf("advised %+q on %q, want one on %q; declined %+v", r.Columns, r.Table, name+"k", got.Declined)
			}
			before := dump(t, file)
			runsElsewhere(t, got, file, query, before)
			if p, err := a.Preview(context.Background(), r.ID); err != nil || p.Refused != "" {
				t.Fatalf("Preview: refused %q, %v", p.Refused, err)
			}
			applyAndTakeBack(t, a, file, query, r, before)
		})
	}
}

// runsElsewhere runs the script, as a user would, and takes it back by the
// migration's way down.
func runsElsewhere(t *testing.T, got advisor.Advice, file, query, before string) {
	t.Helper()
	d := dbtest.Open(t, file)
	defer d.Close()
	dbtest.Exec(t, d, advisor.SQL(got))
	if plan := planOf(t, d, query); !strings.Contains(plan, "USING INDEX mltop_") {
		t.Errorf("after the script the plan is %q\n%s", plan, advisor.SQL(got))
	}
	text, err := advisor.Migration(got, advisor.StyleSQL)
	if err != nil {
		t.Fatal(err)
	}
	_, down, _ := strings.Cut(text, "\n-- down\n")
	dbtest.Exec(t, d, down)
	if after := dump(t, file); after != before {
		t.Fatalf("up and down the file is\n%s\nbefore it was\n%s", after, before)
	}
}

func planOf(t *testing.T, d *sql.DB, query string) string {
	t.Helper()
	var id, parent, unused int
	var detail string
	if err := d.QueryRow("EXPLAIN QUERY PLAN "+query).Scan(&id, &parent, &unused, &detail); err != nil {
		t.Fatal(err)
	}
	return detail
}

func applyAndTakeBack(t *testing.T, a *advisor.Advisor, file, query string, r advisor.Recommendation, before string) {
	t.Helper()
	ctx := context.Background()
	entry, err := a.Apply(ctx, r.ID, nil)
	if err != nil || entry.State != advisor.EntryApplied {
		t.Fatalf("Apply: %s, %v", entry.State, err)
	}
	d := dbtest.Open(t, file)
	plan := planOf(t, d, query)
	if err := d.Close(); err != nil || !strings.Contains(plan, entry.Steps[0].Object.Name) {
		t.Errorf("applied, the plan is %q (%v), want it to use %q", plan, err, entry.Steps[0].Object.Name)
	}
	list, err := a.Journal(ctx)
	if err != nil || len(list) != 1 || list[0].Table != r.Table || list[0].State != advisor.EntryApplied {
		t.Errorf("the journal has %+v, %v; want one applied entry on %q", list, err, r.Table)
	}
	if undone, err := a.Undo(ctx, entry.ID, nil); err != nil || undone.State != advisor.EntryUndone {
		t.Errorf("Undo: %s, %v", undone.State, err)
	}
	if after := dump(t, file); after != before {
		t.Errorf("after the undo the file is\n%s\nbefore it was\n%s", after, before)
	}
}
