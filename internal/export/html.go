package export

import (
	"html"
	"io"
	"strings"

	"mltop/internal/term"
)

// htmlHead opens a page that needs nothing but itself, in the reader's own
// light or dark.
const htmlHead = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>mltop</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; }
table { border-collapse: collapse; margin-bottom: 2em; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .8em .2em 0; text-align: left; vertical-align: top; white-space: pre-wrap; }
th { font-weight: normal; opacity: .6; }
.number { text-align: right; }
</style>
`

// HTML writes tables as one page.
func HTML(w io.Writer, tables []Table) error { return HTMLWithCurves(w, nil, tables) }

func htmlTable(b *strings.Builder, t Table) {
	if t.Title != "" {
		b.WriteString("<h2>" + htmlText(t.Title) + "</h2>\n")
	}
	if len(t.Rows) == 0 {
		b.WriteString("<p>" + htmlText(t.Empty) + "</p>\n")
		return
	}
	b.WriteString("<table>\n")
	if names := t.names(); strings.Join(names, "") != "" {
		htmlRow(b, t.Columns, names, "th")
	}
	for _, r := range t.Rows {
		htmlRow(b, t.Columns, r, "td")
	}
	b.WriteString("</table>\n")
}

func htmlRow(b *strings.Builder, columns []Column, row []string, tag string) {
	b.WriteString("<tr>")
	for i, c := range columns {
		class := ""
		if c.Right {
			class = ` class="number"`
		}
		b.WriteString("<" + tag + class + ">" + htmlText(cell(row, i)) + "</" + tag + ">")
	}
	b.WriteString("</tr>\n")
}

func htmlText(s string) string { return html.EscapeString(term.Safe(s)) }
