package render

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Fonts are tried in order for every character.
type Fonts struct{ regular, bold []font.Face }

// The fonts that Debian's fonts-jetbrains-mono and fonts-dejavu-core install.
var (
	regularPaths = []string{
		"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
		"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
	}
	boldPaths = []string{
		"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Bold.ttf",
		"/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf",
	}
)

// Load opens the fonts that are there, at a size in pixels.
func Load(size float64) (Fonts, error) {
	f := Fonts{regular: faces(regularPaths, size), bold: faces(boldPaths, size)}
	if len(f.regular) == 0 {
		return f, errors.New("load fonts: neither JetBrains Mono nor DejaVu Sans Mono is installed (apt install fonts-dejavu-core)")
	}
	return f, nil
}

func faces(paths []string, size float64) []font.Face {
	var out []font.Face
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			continue // another one may be there
		}
		parsed, err := opentype.Parse(data)
		if err != nil {
			continue
		}
		face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		if err == nil {
			out = append(out, face)
		}
	}
	return out
}

// A canvas is a picture of cells of w × h pixels.
type canvas struct {
	img     *image.RGBA
	w, h    int
	ascent  int
	fonts   Fonts
	palette Palette
}

// Margins around the screen, in pixels.
const margin = 16

// Draw paints a screen.
func Draw(s Screen, f Fonts, p Palette) (*image.RGBA, error) {
	if len(s) == 0 || len(s[0]) == 0 {
		return nil, fmt.Errorf("draw a screen: it is empty")
	}
	m := f.regular[0].Metrics()
	advance, _ := f.regular[0].GlyphAdvance('M')
	c := canvas{w: advance.Round(), h: (m.Ascent + m.Descent).Ceil(), ascent: m.Ascent.Ceil(), fonts: f, palette: p}
	bounds := image.Rect(0, 0, c.w*len(s[0])+2*margin, c.h*len(s)+2*margin)
	c.img = image.NewRGBA(bounds)
	draw.Draw(c.img, bounds, image.NewUniform(p.BG), image.Point{}, draw.Src)
	for y, row := range s {
		for x, cell := range row {
			c.cell(margin+x*c.w, margin+y*c.h, cell)
		}
	}
	return c.img, nil
}

func (c *canvas) cell(x, y int, cell Cell) {
	fg, bg := cell.FG, cell.BG
	if fg.A == 0 {
		fg = c.palette.FG
	}
	if bg.A == 0 {
		bg = c.palette.BG
	}
	if cell.Faint {
		fg = mix(fg, bg, 0.55)
	}
	if cell.Swap {
		fg, bg = bg, fg
	}
	if bg != c.palette.BG {
		c.fill(x, y, x+c.w, y+c.h, bg)
	}
	if cell.Under {
		c.fill(x, y+c.h-2, x+c.w, y+c.h-1, fg)
	}
	if cell.R <= ' ' || c.shape(x, y, cell.R, fg, bg) {
		return
	}
	c.glyph(x, y, cell, fg)
}

func (c *canvas) glyph(x, y int, cell Cell, fg color.RGBA) {
	list := c.fonts.regular
	if cell.Bold && len(c.fonts.bold) > 0 {
		list = c.fonts.bold
	}
	face := list[0]
	for _, f := range list {
		if _, ok := f.GlyphAdvance(cell.R); ok {
			face = f
			break
		}
	}
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(fg), Face: face, Dot: fixed.P(x, y+c.ascent)}
	d.DrawString(string(cell.R))
}

func (c *canvas) fill(x0, y0, x1, y1 int, col color.RGBA) {
	draw.Draw(c.img, image.Rect(x0, y0, x1, y1), image.NewUniform(col), image.Point{}, draw.Src)
}
