package webapp_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/bench/advisor/webapp"
)

func TestEveryVariantIsTheSameApplication(t *testing.T) {
	for _, v := range webapp.Variants() {
		t.Run(v.Name, func(t *testing.T) {
			app := webapp.New(v)
			if n := len(app.Statements); n != 40 {
				t.Errorf("got %d statements, want 40", n)
			}
			columns := map[string][]string{}
			for _, table := range app.Tables {
				for _, c := range table.Columns {
					columns[table.Name] = append(columns[table.Name], c.Name)
				}
			}
			for _, answer := range app.Key {
				for _, form := range answer.Forms {
					for _, c := range form.Columns {
						first, second, _ := strings.Cut(c, " ")
						if !slices.Contains(columns[answer.Table], first) && !slices.Contains(columns[answer.Table], second) {
							t.Errorf("%s: %s has no column %s, but %v", answer.Name, answer.Table, c, columns[answer.Table])
						}
					}
				}
			}
		})
	}
}

func TestARenamedStatementKeepsItsConstantsAndItsWords(t *testing.T) {
	app := webapp.New(webapp.Variant{Seed: 1, Renamed: true})
	i := slices.IndexFunc(app.Statements, func(s webapp.Statement) bool { return s.Name == "spam to look at" })
	got := app.Texts(app.Statements[i], "sqlite", 1, 1)[0]
	if want := "SELECT di, ydob FROM stnemmoc WHERE etats = 'spam' ORDER BY ta_nettirw LIMIT 50"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheSameSeedDrawsTheSameRowsAndCalls(t *testing.T) {
	one, two := webapp.New(webapp.Variant{Seed: 7, Scale: 0.1}), webapp.New(webapp.Variant{Seed: 7, Scale: 0.1})
	for i, s := range one.Statements {
		a, b := one.Texts(s, "postgres", 3, 5), two.Texts(two.Statements[i], "postgres", 3, 5)
		if !slices.Equal(a, b) {
			t.Errorf("%s: got %q, then %q", s.Name, a, b)
		}
	}
	for i, table := range one.Tables {
		var a, b []any
		_ = one.Rows(table, func(row []any) error { a = append(a, row...); return nil })
		_ = two.Rows(two.Tables[i], func(row []any) error { b = append(b, row...); return nil })
		if !slices.Equal(a, b) {
			t.Errorf("%s: two runs drew different rows", table.Name)
		}
	}
}
