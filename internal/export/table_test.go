package export

import (
	"strings"
	"testing"
)

func TestTextIsAlignedAndSafe(t *testing.T) {
	var b strings.Builder
	table := Table{Title: "Routes", Columns: Cols("method", "~path", ">count"), Rows: [][]string{
		{"GET", "/a\x1b[31m\nred", "7"}, {"DELETE", "/b", "1,204"},
	}}
	if err := Text(&b, table, 0); err != nil {
		t.Fatal(err)
	}
	want := "Routes\n  method  path         count\n  GET     /a·[31m red      7\n  DELETE  /b           1,204\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

// A column of long sentences gives way before a path beside it is cut.
func TestTheWidestColumnGivesWayFirst(t *testing.T) {
	path := "/var/lib/" + strings.Repeat("a", 30) + "/app.db"
	table := Table{Columns: Cols("~target", ">size", "~used by"), Rows: [][]string{{path, "20 kB", strings.Repeat("python3 listens ", 20)}}}
	var b strings.Builder
	if err := Text(&b, table, 80); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), path) {
		t.Errorf("%s is cut in\n%s", path, b.String())
	}
	for line := range strings.Lines(b.String()) {
		if n := len(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d cells, want at most 80: %q", n, line)
		}
	}
}

func TestTextWrapsTheWideColumn(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("~path", ">count"), Rows: [][]string{{strings.Repeat("x", 100), "12345"}}}
	if err := Text(&b, table, 40); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(b.String(), "\n") {
		if n := len([]rune(l)); n > 40 {
			t.Errorf("a line of %d cells, want at most 40: %q", n, l)
		}
	}
	if got := strings.Count(b.String(), "x"); !strings.Contains(b.String(), "12345") || got != 100 {
		t.Errorf("something was cut: %d of 100 letters in %q", got, b.String())
	}
}

func TestMarkdownEscapesWhatItWouldTakeForItself(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("sql"), Rows: [][]string{{"a | b <script> `x`\ny"}}}
	if err := Markdown(&b, table); err != nil {
		t.Fatal(err)
	}
	want := "| sql |\n| --- |\n| a \\| b &lt;script&gt; \\`x\\` y |\n"
	if b.String() != want {
		t.Errorf("got %q want %q", b.String(), want)
	}
}

func TestCSVHoldsNoFormula(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("a", "b", "c"), Rows: [][]string{{"=1+1", "-5", "-2+cmd|' /C calc'!A0"}}}
	if err := CSV(&b, table); err != nil {
		t.Fatal(err)
	}
	want := "a,b,c\n'=1+1,-5,'-2+cmd|' /C calc'!A0\n"
	if b.String() != want {
		t.Errorf("got %q want %q", b.String(), want)
	}
}

// What is wrapped is read, and copied, as it was written.
func TestWrappingKeepsTheSpacesWithinALine(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("", "~"), Rows: [][]string{{"do", "UPDATE t SET a = 'two  spaces' WHERE b = 1"}}}
	if err := Text(&b, table, 37); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "  do  UPDATE t SET a = 'two  spaces'\n      WHERE b = 1\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
