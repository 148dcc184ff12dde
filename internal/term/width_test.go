package term

import "testing"

func TestCharactersOfOneCellAreThoseOfTheLibrary(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		if got, want := RuneWidth(r), widths.RuneWidth(r); got != want {
			t.Fatalf("%U: got %d cells, want %d", r, got, want)
		}
	}
}
