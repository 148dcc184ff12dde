package db

import "testing"

func TestAHalfMadeIndexThatIsMadeWholeIsAsItWas(t *testing.T) {
	const whole, half = State("CREATE INDEX i ON t (a)"), Unfinished + "CREATE INDEX i ON t (a)"
	for _, row := range []struct {
		name      string
		says, now State
		want      bool
	}{
		{"the very same", half, half, true}, {"whole", half, whole, true}, {"another one", half, "CREATE INDEX i ON t (b)", false},
		{"gone", half, Absent, false}, {"half of what was whole", whole, half, false},
	} {
		if got := row.says.Met(row.now); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}
