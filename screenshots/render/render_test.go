package render

import (
	"image/color"
	"testing"
)

func TestParse(t *testing.T) {
	p := Dark()
	red := color.RGBA{255, 0, 0, 255}
	for _, c := range []struct {
		name, text string
		x          int
		want       Cell
	}{
		{"plain text has no colour", "ab", 1, Cell{R: 'b'}},
		{"true colour", "\x1b[38;2;255;0;0mx", 0, Cell{R: 'x', FG: red}},
		{"bold and background", "\x1b[1;48;2;255;0;0mx", 0, Cell{R: 'x', BG: red, Bold: true}},
		{"one of sixteen", "\x1b[94mx", 0, Cell{R: 'x', FG: p.Base[12]}},
		{"one of the cube", "\x1b[38;5;196mx", 0, Cell{R: 'x', FG: red}},
		{"a reset ends it", "\x1b[31;4;7mx\x1b[0my", 1, Cell{R: 'y'}},
		{"colours go on over the end of a line", "\x1b[7mx\n", 0, Cell{R: 'x', Swap: true}},
		{"a wide character takes two cells", "漢x", 2, Cell{R: 'x'}},
		{"other sequences are skipped", "\x1b[?25lx", 0, Cell{R: 'x'}},
	} {
		if got := Parse(c.text, p)[0][c.x]; got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestRowsArePaddedToOneWidth(t *testing.T) {
	s := Parse("abc\na\n", Dark())
	if len(s) != 2 || len(s[1]) != 3 {
		t.Errorf("got %d rows, the second of %d cells; want 2 and 3", len(s), len(s[1]))
	}
}

// The dots and boxes must be drawn whatever the fonts have, each in its place.
func TestShapesAreDrawnInTheirPlace(t *testing.T) {
	fonts, err := Load(18)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		r      rune
		fx, fy float64 // where ink must be, as parts of the cell
		nx, ny float64 // where none may be
	}{
		{"first braille dot", '⠁', .25, .125, .75, .875},
		{"last braille dot", '⢀', .75, .875, .25, .125},
		{"lower eighth", '▁', .5, .97, .5, .5},
		{"left half", '▌', .2, .5, .8, .5},
		{"a full block", '█', .1, .1, -1, -1},
		{"a corner", '└', .5, .2, .1, .5},
		{"lower right quadrant", '▗', .8, .8, .2, .2},
	} {
		p := Dark()
		img, err := Draw(Parse(string(c.r), p), fonts, p)
		if err != nil {
			t.Fatal(err)
		}
		w, h := float64(img.Bounds().Dx()-2*margin), float64(img.Bounds().Dy()-2*margin)
		at := func(x, y float64) color.RGBA { return img.RGBAAt(margin+int(x*w), margin+int(y*h)) }
		if at(c.fx, c.fy) == p.BG {
			t.Errorf("%s: nothing drawn at %v, %v", c.name, c.fx, c.fy)
		}
		if c.nx >= 0 && at(c.nx, c.ny) != p.BG {
			t.Errorf("%s: ink at %v, %v", c.name, c.nx, c.ny)
		}
	}
}
