package main

import (
	"fmt"
	"strings"

	"mltop/bench/measure"
	"mltop/internal/throwaway"
	"mltop/screenshots/terminal"
)

// A page is what the program is to show in one view, whatever the terminal.
type page struct {
	keys  []string
	texts []string
}

// showCrowd looks at the sessions in the program itself.
func showCrowd(k kind, s *throwaway.Server, c *crowd, o options) error {
	p := page{[]string{"7"}, []string{thousands(len(c.clients)+1) + " sessions", c.clients[0].id()}}
	return shown(k, s, p, o)
}

// shown runs the program in a small terminal and in a large one until the page
// is there.
func shown(k kind, s *throwaway.Server, p page, o options) error {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		rss, peak, err := inTerminal(k.url(s), size, p, o)
		if err != nil {
			return fmt.Errorf("in %d columns and %d lines: %w", size[0], size[1], err)
		}
		o.say("%-10s shown in %dx%d; mltop has %.1f MB (RssAnon), %.1f at its peak (VmHWM)", k.name, size[0], size[1], float64(rss)/1e6, float64(peak)/1e6)
	}
	return nil
}

func inTerminal(url string, size [2]int, p page, o options) (rss, peak int64, err error) {
	t, err := terminal.Start(size[0], size[1], []string{"HOME=" + o.dir, "XDG_STATE_HOME=" + o.dir}, o.mltop, url)
	if err != nil {
		return 0, 0, err
	}
	defer t.Close()
	pid, err := t.PID()
	if err != nil {
		return 0, 0, err
	}
	if _, err := t.Wait(patience, "live"); err != nil {
		return 0, 0, err
	}
	if err := t.Press(p.keys...); err != nil {
		return 0, 0, err
	}
	if _, err := t.Wait(patience, p.texts...); err != nil {
		return 0, 0, err
	}
	return measure.Memory(pid)
}

// thousands writes a number as the program does.
func thousands(n int) string {
	text := fmt.Sprint(n)
	var b strings.Builder
	for i, r := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}
