package advisor

import (
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

// An index is read by each backup, whoever asks for it.
func TestAnIndexSavesMoreThanItsBytesCost(t *testing.T) {
	for _, c := range []struct {
		name        string
		callsAnHour float64
		want        bool
	}{
		{"a call a second", 3600, true},
		{"a call an hour, of a tenth of a second", 1, true},
		{"a call a year", 1.0 / (24 * 365), false},
	} {
		e, w := world([]*db.Table{table("users", "age")}, where("users", "age="))
		w.Statements[0].CallsPerHour = c.callsAnHour
		if got := len(indexes(advise(t, e, w, Options{}))) == 1; got != c.want {
			t.Errorf("%s: an index of 1 MB is advised: %t, want %t", c.name, got, c.want)
		}
	}
}

// broad is a lab of which no condition leaves out many rows.
type broad struct{ *fakeLab }

func (l broad) Size(ix db.Index) db.Estimate {
	ix.Where = ""
	return l.fakeLab.Size(ix)
}

func TestOneLiteralIsTheConditionOfAnIndexOnlyWhereItMeetsFewRows(t *testing.T) {
	for _, c := range []struct {
		name   string
		lab    func(*fakeLab) db.Lab
		within string
		texts  int
		want   bool
	}{
		{"it meets half of the rows", func(l *fakeLab) db.Lab { return l }, "age<30", 1, true},
		{"it meets nearly all of them", func(l *fakeLab) db.Lab { return broad{l} }, "age<30", 1, false},
		{"it meets nearly all, and ends a class of codes", func(l *fakeLab) db.Lab { return broad{l} }, "age<400", 1, true},
		{"it meets nearly all, and recurs in several calls", func(l *fakeLab) db.Lab { return broad{l} }, "age<30", 3, true},
	} {
		e, w := world([]*db.Table{table("users", "mail", "age")}, where("users", "mail=", c.within))
		st := &w.Statements[0]
		st.Examples = nil
		for i := range c.texts {
			text := strings.Repeat("call ", i+1)
			e.shapes[text] = where("users", "mail=", c.within)
			e.shapes[text].Params = 0
			st.Examples = append(st.Examples, text)
		}
		b, err := bind(*st, e, e.schema)
		if err != nil {
			t.Fatal(err)
		}
		s := newSearch(newWhatIf(c.lab(e.lab)), e.schema, []*bound{b}, nil, 0)
		s.doubtLiterals(s.all)
		got := slices.ContainsFunc(candidatesOf(b, e.schema, nil), func(ix db.Index) bool { return ix.Where != "" })
		if got != c.want {
			t.Errorf("%s: an index with that condition is tried: %t, want %t", c.name, got, c.want)
		}
	}
}
