package postgres

import (
	"testing"

	"mltop/internal/db"
)

func TestTheSizeOfATree(t *testing.T) {
	const page = 8192
	for name, c := range map[string]struct {
		rows, distinct, width float64
		shares                bool
		want                  float64 // pages; PostgreSQL 15 built 551 of the second
	}{
		"no row: the page about itself, and a root": {0, 0, 8, true, 2},
		"all keys differ":                {200000, 200000, 8, true, 550},
		"little more than one row a key": {13500, 9000, 8, true, 38},
		"many rows a key":                {60000, 10, 4, true, 52},
	} {
		if got := treeBytes(c.rows, c.distinct, c.width, c.shares) / page; got < 0.9*c.want || got > 1.1*c.want {
			t.Errorf("%s: %.0f pages, want about %.0f", name, got, c.want)
		}
	}
}

func TestTheColumnOfAFoldedText(t *testing.T) {
	for expr, want := range map[string]string{
		"lower(email)": "email", "lower((email)::text)": "email", "upper(name)": "name",
		"lower(a || b)": "", "length(email)": "", "(body ->> 'x')": "", "lower(trim(name))": "",
	} {
		if got := folded(expr); got != want {
			t.Errorf("%s folds %q, want %q", expr, got, want)
		}
	}
	l := &Lab{stats: map[string]columnStat{"t.email": {width: 30, distinct: -1}}}
	if got := l.keyWidth(db.Index{Table: "t", Columns: []db.IndexColumn{{Expr: "lower(email)"}}}); got != 30 {
		t.Errorf("its key is %.0f bytes wide, want the column's 30", got)
	}
}
