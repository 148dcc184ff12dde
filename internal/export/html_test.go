package export

import (
	"encoding/xml"
	"strings"
	"testing"
)

func TestHTMLIsOnePageAndTakesNoTextForMarkup(t *testing.T) {
	const hostile = "<script>alert(1)</script>&\"'\x1b[31m\u202e"
	var b strings.Builder
	tables := []Table{
		{Title: hostile, Columns: Cols(hostile, ">count"), Rows: [][]string{{hostile, "7"}, {"short"}}},
		{Title: "Nothing", Columns: Cols("x"), Empty: "no rows: " + hostile},
	}
	if err := HTML(&b, tables); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	if strings.Count(got, "<!DOCTYPE html>") != 1 || strings.Count(got, "<h2>") != 2 || strings.Count(got, "<table>") != 1 || strings.Count(got, "<tr>") != 3 {
		t.Errorf("want one page of two headings and one table of three rows, got\n%s", got)
	}
	if strings.Contains(got, "<script") || strings.ContainsAny(got, "\x1b\u202e") || strings.Count(got, "&lt;script&gt;") != 4 {
		t.Errorf("a stored text came through as markup or as a command:\n%s", got)
	}
	if !strings.Contains(got, `<td class="number">7</td>`) {
		t.Errorf("numbers do not stand to the right:\n%s", got)
	}
	wellFormed(t, got)
}

// wellFormed reads the body as strictly as XML: every tag is closed.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	_, body, _ := strings.Cut(page, "</style>")
	d := xml.NewDecoder(strings.NewReader("<html>" + body))
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() != "EOF" {
				t.Errorf("the page is not well formed: %v\n%s", err, page)
			}
			return
		}
	}
}
