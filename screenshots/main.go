// Command screenshots makes the pictures of the README: it starts the real
// demo in a terminal, presses the keys that a user would press, and draws
// what is on the screen.
//
//	make screenshots
package main

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"mltop/screenshots/render"
	"mltop/screenshots/terminal"
)

// A shot is one picture: the keys that lead there from the one before, and
// what must be on the screen by then.
type shot struct {
	name string
	keys []string
	wait []string
	rest time.Duration // more time, for a line to be drawn
}

// The demo's own story, in the order in which a user lives it.
func story() []shot {
	return []shot{
		{name: "overview", wait: []string{"scanning", "order_items (", "commits"}, rest: 8 * time.Second},
		{keys: []string{"Enter"}, wait: []string{"Statements of this route", "■ scan"}},
		{name: "statement", keys: []string{"Enter"}, wait: []string{"Plan with", "saves"}, rest: 15 * time.Second},
		{name: "advice", keys: []string{"4"}, wait: []string{"advice of", "declined"}},
		{name: "preview", keys: []string{"a"}, wait: []string{"[ Cancel ]", "undo"}},
		{keys: []string{"y"}, wait: []string{"applied:"}},
		{name: "verdict", keys: []string{"1"}, wait: []string{"× faster", "p < 0.001"}, rest: 45 * time.Second},
	}
}

// traffic is the gateway's: one of three was killed.
func traffic() []shot {
	return []shot{{name: "traffic", wait: []string{"kill -9", "DOWN"}, rest: 4 * time.Second}}
}

func light() []shot {
	s := story()[:1]
	s[0].name = "light"
	return s
}

const (
	columns, lines = 120, 34 // of the sketches that the screens are drawn after
	patience       = 3 * time.Minute
	fontHeight     = 18
	largest        = 200 << 10 // of a picture: a README loads it on a phone
)

func main() {
	into := flag.String("o", "screenshots", "the folder to write to")
	program := flag.String("mltop", "", "the program to show; built when not given")
	only := flag.String("only", "", "make the pictures of one part alone: demo, light, bench, servers or traffic")
	flag.Parse()
	if err := run(*into, *program, *only); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(into, program, only string) error {
	if program == "" {
		dir, err := os.MkdirTemp("", "mltop-screenshots-")
		if err != nil {
			return fmt.Errorf("make a folder to build in: %w", err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "mltop")
		if out, err := exec.Command("go", "build", "-o", program, "./cmd/mltop").CombinedOutput(); err != nil {
			return fmt.Errorf("build mltop: %w: %s", err, out)
		}
	}
	for _, part := range []struct {
		name string
		make func() error
	}{
		{"demo", func() error { return tell(story(), into, render.Dark(), nil, program, "--theme", "dark", "demo") }},
		{"light", func() error {
			return tell(light(), into, render.Light(), nil, program, "--theme", "light", "demo")
		}},
		{"bench", func() error { return tellBench(into, program) }},
		{"servers", func() error { return tellServers(into, program) }},
		{"traffic", func() error {
			return tell(traffic(), into, render.Dark(), nil, program, "--theme", "dark", "demo", "--gateway")
		}},
	} {
		if only != "" && only != part.name {
			continue
		}
		if err := part.make(); err != nil {
			return err
		}
	}
	return nil
}

// tell lives through a story and writes its pictures.
func tell(shots []shot, into string, p render.Palette, env []string, argv ...string) error {
	t, err := terminal.Start(columns, lines, env, argv...)
	if err != nil {
		return err
	}
	defer t.Close()
	for _, s := range shots {
		if len(s.keys) > 0 {
			if err := t.Press(s.keys...); err != nil {
				return err
			}
		}
		if _, err := t.Wait(patience, s.wait...); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		time.Sleep(max(s.rest, time.Second))
		if s.name == "" {
			continue
		}
		if err := shoot(t, filepath.Join(into, s.name+".png"), p); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return t.Press("q")
}

func shoot(t *terminal.Terminal, path string, p render.Palette) error {
	screen, err := t.Colours()
	if err != nil {
		return err
	}
	data, err := encode(screen, p)
	if err != nil {
		return err
	}
	if len(data) > largest {
		return fmt.Errorf("%s would have %d bytes, more than %d", path, len(data), largest)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	fmt.Println(path, len(data)>>10, "KiB")
	return nil
}

func encode(screen string, p render.Palette) ([]byte, error) {
	fonts, err := render.Load(fontHeight)
	if err != nil {
		return nil, err
	}
	img, err := render.Draw(render.Parse(screen, p), fonts, p)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode the picture: %w", err)
	}
	return b.Bytes(), nil
}
