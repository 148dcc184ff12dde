// Command shot turns what a terminal shows into a PNG:
//
//	tmux capture-pane -e -p | go run ./screenshots/shot -o overview.png
package main

import (
	"flag"
	"fmt"
	"image/png"
	"io"
	"os"

	"mltop/screenshots/render"
)

func main() {
	out := flag.String("o", "screen.png", "the file to write")
	light := flag.Bool("light", false, "a light terminal")
	size := flag.Float64("size", 18, "height of the font in pixels")
	flag.Parse()
	if err := shoot(os.Stdin, *out, *light, *size); err != nil {
		fmt.Fprintln(os.Stderr, "shot:", err)
		os.Exit(1)
	}
}

func shoot(in io.Reader, out string, light bool, size float64) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the screen: %w", err)
	}
	palette := render.Dark()
	if light {
		palette = render.Light()
	}
	fonts, err := render.Load(size)
	if err != nil {
		return err
	}
	img, err := render.Draw(render.Parse(string(text), palette), fonts, palette)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	if err := png.Encode(f, img); err != nil {
		f.Close()
		return fmt.Errorf("write the picture: %w", err)
	}
	return f.Close()
}
