package advisor

import (
	"errors"
	"testing"
)

func TestOneRowIsNoRows(t *testing.T) {
	for rows, want := range map[float64]string{1: "1 row written an hour", 0: "0 rows written an hour", 3600: "3.6k rows written an hour"} {
		if got := rowsAnHour(rows / 3600); got != want {
			t.Errorf("of %g rows: got %q, want %q", rows, got, want)
		}
	}
}

func TestWhyAStatementIsNotBoundIsSaidOnceAndTrue(t *testing.T) {
	for said, want := range map[string]string{
		`could not be parsed: 1:8: near "FROM": syntax error`: `could not be parsed: 1:8: near "FROM": syntax error`,
		`near "FROM": syntax error`:                           `could not be parsed: near "FROM": syntax error`,
		"no such table: gone":                                 "no such table: gone",
	} {
		if got := whyUnbound(errors.New(said)); got != want {
			t.Errorf("of %q: got %q, want %q", said, got, want)
		}
	}
}
