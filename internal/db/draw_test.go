package db

import (
	"fmt"
	"testing"
)

func TestValuesAreDrawnForPlaceholders(t *testing.T) {
	skewed := Values{Common: []CommonValue{{"done", 0.95}, {"open", 0.05}}}
	even := Values{Bounds: numbers(101)}
	mixed := Values{Common: []CommonValue{{"7", 0.2}, {"9", 0.1}}, Bounds: numbers(101)}
	for _, c := range []struct {
		name   string
		values Values
		role   PlaceholderRole
		closed bool
		want   string
	}{
		{"an equality of few values: most rows hold the first", skewed, RoleValue, false, "done done"},
		{"of many: the one in the middle, and the most frequent", mixed, RoleValue, false, "50 7"},
		{"of a key", even, RoleValue, false, "50 50"},
		{"from a value on: a tenth of the rows, or half of them", even, RoleLow, false, "90 50"},
		{"up to a value", even, RoleHigh, false, "10 50"},
		{"the lower end of both", even, RoleLow, true, "45 25"},
		{"the upper end", even, RoleHigh, true, "55 75"},
		{"a range over few values", Values{Common: []CommonValue{{"10", 0.5}, {"9", 0.5}}}, RoleLow, false, "10 10"},
	} {
		typical, worst, ok := c.values.Draw(Placeholder{Role: c.role}, c.closed)
		if got := typical + " " + worst; got != c.want || !ok {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, ok, c.want)
		}
	}
	if _, _, ok := (Values{}).Draw(Placeholder{}, false); ok {
		t.Error("a value was drawn from nothing")
	}
}

func numbers(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(i))
	}
	return out
}

func TestValuesOfASampleOfRows(t *testing.T) {
	v := SortedValues([]string{"a", "b", "b", "b", "c", "c", "d"})
	if len(v.Common) != 2 || v.Common[0].Value != "b" || v.Common[1].Value != "c" || v.Quantile(0.99) != "d" {
		t.Errorf("got %+v", v)
	}
}

func TestDrawArgs(t *testing.T) {
	s := &Shape{Placeholders: []Placeholder{
		{Table: "t", Column: "a", Role: RoleValue, Op: PredEq}, {Table: "t", Column: "b", Role: RoleLow}, {Table: "t", Column: "b", Role: RoleHigh},
		{Role: RoleLimit}, {Role: RoleOffset}, {}, {Table: "t", Column: "empty", Role: RoleValue},
	}}
	typical, worst, err := s.DrawArgs(func(p Placeholder) (Values, error) {
		if p.Column == "empty" {
			return Values{}, nil
		}
		return Values{Common: []CommonValue{{"5", 0.3}}, Bounds: numbers(101)}, nil
	})
	if got := fmt.Sprint(typical, worst, err); got != "[50 45 55 50 0 1 1] [5 25 75 50 0 1 1] <nil>" {
		t.Errorf("got %s", got)
	}
}
