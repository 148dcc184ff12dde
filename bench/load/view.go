package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"mltop/internal/wire"
	"mltop/screenshots/terminal"
)

// patience is what a run on a screen may take beyond its length.
const patience = time.Minute

// shownCost is the processor time of a request while the test is shown on a
// terminal, as the test itself counts it: by a whole process, screen and all.
func (c *contest) shownCost() (float64, error) {
	home, err := os.MkdirTemp(c.target.dir, "home-")
	if err != nil {
		return 0, err
	}
	path, err := filepath.Abs(c.mltop)
	if err != nil {
		return 0, err
	}
	line := fmt.Sprintf("%s bench %s -c 50 -d %s --theme dark --threshold 'p99 < 10s'; echo has ended; sleep 60", path, c.target.url, c.each)
	t, err := terminal.Start(120, 40, []string{"HOME=" + home, "XDG_STATE_HOME="}, "bash", "-c", line)
	if err != nil {
		return 0, err
	}
	defer t.Close()
	if _, err := t.Until(c.each+patience, 100*time.Millisecond, func(s string) bool { return strings.Contains(s, "thresholds") }); err != nil {
		return 0, fmt.Errorf("see the screen of the test: %w", err)
	}
	if _, err := t.Until(c.each+patience, 100*time.Millisecond, func(s string) bool { return strings.Contains(s, "has ended") }); err != nil {
		return 0, fmt.Errorf("wait for the test's end: %w", err)
	}
	return lastCost(path, home)
}

// lastCost is the processor time a request of the run kept last.
func lastCost(mltop, home string) (float64, error) {
	cmd := exec.Command(mltop, "bench", "runs", "-o", "json")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=")
	out, err := cmd.Output()
	var runs []wire.Bench
	if err == nil {
		err = json.Unmarshal(out, &runs)
	}
	if err != nil || len(runs) == 0 {
		return 0, fmt.Errorf("read the kept run: %w: %.200s", err, out)
	}
	b := runs[len(runs)-1]
	return b.Generator.CPUSeconds / float64(b.Sent) * 1e6, nil
}
