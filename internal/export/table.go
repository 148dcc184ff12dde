// Package export writes what mltop found for people and for programs: aligned
// text, Markdown, CSV and JSON.
package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"mltop/internal/term"
)

// A Table is rows under named columns. Cells are raw text from anywhere:
// whoever writes them makes them safe.
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]string
	Empty   string // what to say instead of no rows
}

// A Column of a table.
type Column struct {
	Name  string
	Right bool // numbers
	Wide  bool // is wrapped when the line is too long
}

// Cols makes columns of names; one that begins with > is aligned right, one
// that begins with ~ is wrapped where the line is too long.
func Cols(names ...string) []Column {
	out := make([]Column, len(names))
	for i, n := range names {
		out[i] = Column{Name: strings.TrimLeft(n, ">~"), Right: strings.HasPrefix(n, ">"), Wide: strings.HasPrefix(n, "~")}
	}
	return out
}

// Text writes a table in columns, at most width cells wide; 0 is no bound.
func Text(w io.Writer, t Table, width int) error {
	var b strings.Builder
	if t.Title != "" {
		b.WriteString(term.Safe(t.Title) + "\n")
	}
	if len(t.Rows) == 0 {
		b.WriteString("  " + term.Safe(t.Empty) + "\n")
	} else {
		writeRows(&b, t, widths(t, width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRows(b *strings.Builder, t Table, widths []int) {
	rows := t.Rows
	if names := t.names(); strings.Join(names, "") != "" {
		rows = append([][]string{names}, rows...)
	}
	for _, row := range rows {
		writeRow(b, t.Columns, row, widths)
	}
}

// writeRow writes a row on as many lines as its wide cells need.
func writeRow(b *strings.Builder, columns []Column, row []string, widths []int) {
	cells, lines := make([][]string, len(columns)), 1
	for i, c := range columns {
		cells[i] = []string{cell(row, i)}
		if c.Wide {
			cells[i] = wrap(term.Safe(cell(row, i)), widths[i])
		}
		lines = max(lines, len(cells[i]))
	}
	for n := range lines {
		line := ""
		for i, c := range columns {
			pad := term.Left
			if c.Right {
				pad = term.Right
			}
			line += "  " + pad(cell(cells[i], n), widths[i])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// wrap breaks a text between words into lines of at most width cells; a word
// that is longer is cut into pieces. Spaces within a line stay as they are: a
// statement's text may hold two.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(strings.Trim(s, " "), " ") {
		if line != "" && term.Width(line)+1+term.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; width > 0 && term.Width(line) > width; {
			head := piece(line, width)
			lines, line = append(lines, head), line[len(head):]
		}
	}
	return append(lines, line)
}

// piece is the longest beginning of s within width cells; at least one
// character.
func piece(s string, width int) string {
	end := 0
	for i, r := range s {
		next := i + utf8.RuneLen(r)
		if end > 0 && term.Width(s[:next]) > width {
			break
		}
		end = next
	}
	return s[:end]
}

func (t Table) names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// leastWide is the room that a column keeps when it gives way.
const leastWide = 12

func widths(t Table, width int) []int {
	out := make([]int, len(t.Columns))
	total := 0
	for i, c := range t.Columns {
		out[i] = term.Width(term.Safe(c.Name))
		for _, r := range t.Rows {
			out[i] = max(out[i], term.Width(term.Safe(cell(r, i))))
		}
		total += out[i] + 2
	}
	if width > 0 {
		give(t, out, total-width)
	}
	return out
}

// give takes cells from the columns that are wrapped, always from the widest:
// down to their longest words first, and only then through words.
func give(t Table, widths []int, over int) {
	words := make([]int, len(t.Columns))
	for i := range t.Columns {
		words[i] = t.longestWord(i)
	}
	for _, least := range [][]int{words, make([]int, len(t.Columns))} {
		for ; over > 0; over-- {
			widest := -1
			for i, c := range t.Columns {
				if c.Wide && widths[i] > max(least[i], leastWide) && (widest < 0 || widths[i] > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			widths[widest]--
		}
	}
}

// longestWord of a column, in cells.
func (t Table) longestWord(column int) int {
	longest := 0
	for _, r := range t.Rows {
		for _, word := range strings.Fields(term.Safe(cell(r, column))) {
			longest = max(longest, term.Width(word))
		}
	}
	return longest
}

func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

// Markdown writes a table as GitHub draws it.
func Markdown(w io.Writer, t Table) error {
	var b strings.Builder
	if t.Title != "" {
		b.WriteString("### " + mdCell(t.Title) + "\n\n")
	}
	if len(t.Rows) == 0 {
		b.WriteString(mdCell(t.Empty) + "\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	names, rules := t.names(), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		rules[i] = "---"
		if c.Right {
			rules[i] = "---:"
		}
	}
	mdRow(&b, names, len(names))
	mdRow(&b, rules, len(rules))
	for _, r := range t.Rows {
		mdRow(&b, r, len(names))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func mdRow(b *strings.Builder, row []string, n int) {
	for i := range n {
		b.WriteString("| " + mdCell(cell(row, i)) + " ")
	}
	b.WriteString("|\n")
}

// What Markdown or the HTML within it would take for itself.
var mdEscape = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "*", `\*`, "_", `\_`)

func mdCell(s string) string {
	s = term.Safe(s)
	if strings.Trim(s, "-:") == "" {
		return s
	}
	return mdEscape.Replace(s)
}

// CSV writes a table with a line of names.
func CSV(w io.Writer, t Table) error {
	c := csv.NewWriter(w)
	rows := t.Rows
	if len(t.Columns) > 0 {
		rows = append([][]string{t.names()}, rows...)
	}
	for _, r := range rows {
		if err := c.Write(csvRow(r)); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	c.Flush()
	return c.Error()
}

// csvRow keeps a spreadsheet from taking a cell of stored text for a formula,
// and a terminal from taking it for a command.
func csvRow(row []string) []string {
	out := make([]string, len(row))
	for i, s := range row {
		s = term.Safe(s)
		out[i] = s
		if s != "" && strings.ContainsAny(s[:1], "=+@\t\r") || strings.HasPrefix(s, "-") && strings.ContainsAny(s, "(|!") {
			out[i] = "'" + s
		}
	}
	return out
}
