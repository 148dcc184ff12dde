package render

import "image/color"

// A Palette is a terminal's own colours.
type Palette struct {
	FG, BG color.RGBA
	Base   [16]color.RGBA
}

// Dark and Light are two usual terminals.
func Dark() Palette {
	return Palette{FG: rgb(0xc9d1d9), BG: rgb(0x0d1117), Base: base()}
}

// Light is a terminal with a white background.
func Light() Palette {
	return Palette{FG: rgb(0x24292f), BG: rgb(0xffffff), Base: base()}
}

func base() [16]color.RGBA {
	var out [16]color.RGBA
	for i, v := range []uint32{
		0x1b1f24, 0xcf4a45, 0x3f9b50, 0xb98a1f, 0x3f78c9, 0x9a5fc4, 0x3a9aa6, 0xc9d1d9,
		0x6e7681, 0xff6b66, 0x56d364, 0xe3b341, 0x58a6ff, 0xbc8cff, 0x56d4dd, 0xf0f6fc,
	} {
		out[i] = rgb(v)
	}
	return out
}

func rgb(v uint32) color.RGBA {
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

// index answers one of xterm's 256 colours: the base ones, a cube of six
// levels, and 24 greys.
func (p Palette) index(n int) color.RGBA {
	switch {
	case n < 0 || n > 255:
		return color.RGBA{}
	case n < 16:
		return p.Base[n]
	case n >= 232:
		v := uint8(8 + 10*(n-232))
		return color.RGBA{v, v, v, 255}
	}
	level := func(i int) uint8 { return [6]uint8{0, 95, 135, 175, 215, 255}[i] }
	n -= 16
	return color.RGBA{level(n / 36), level(n / 6 % 6), level(n % 6), 255}
}

// mix is a at weight w over b.
func mix(a, b color.RGBA, w float64) color.RGBA {
	part := func(x, y uint8) uint8 { return uint8(float64(x)*w + float64(y)*(1-w) + 0.5) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 255}
}
