package main

import (
	"bytes"
	"fmt"
	"mltop/bench/measure"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A reading is what one reading of a log took and found.
type reading struct {
	rate    float64 // MB a second
	private float64 // MB of private memory at the end; 0: not known
	kinds   int
}

func contest(ours, theirs string, rounds int) error {
	_, err := exec.LookPath("pt-query-digest")
	if err != nil {
		fmt.Println("  pt-query-digest is not here (apt-get install percona-toolkit): mltop alone")
	}
	havePeer := err == nil
	var us, them []reading
	for range rounds {
		m, err := readOurs(ours)
		if err != nil {
			return err
		}
		us = append(us, m)
		if !havePeer {
			continue
		}
		if m, err = readTheirs(theirs); err != nil {
			return err
		}
		them = append(them, m)
	}
	show("mltop", us)
	if havePeer {
		show("pt-query-digest", them)
		fmt.Printf("  mltop / pt-query-digest %s\n", measure.Spread(measure.Ratios(rates(us), rates(them)), "×"))
	}
	return nil
}

func show(name string, runs []reading) {
	fmt.Printf("  %-16s %s, %d statements of %d", name, measure.Spread(rates(runs), "MB/s"), runs[0].kinds, kinds)
	var memory []float64
	for _, r := range runs {
		memory = append(memory, r.private)
	}
	if memory[0] > 0 {
		fmt.Printf(", private memory %s", measure.Spread(memory, "MB"))
	}
	fmt.Println()
}

func rates(runs []reading) []float64 {
	var out []float64
	for _, r := range runs {
		out = append(out, r.rate)
	}
	return out
}

// readOurs runs this program again as the reader.
func readOurs(path string) (reading, error) {
	self, err := os.Executable()
	if err != nil {
		return reading{}, err
	}
	out, rate, err := timed(path, exec.Command(self, "-read", path))
	if err != nil {
		return reading{}, err
	}
	r := reading{rate: rate}
	_, err = fmt.Sscan(out, &r.kinds, &r.private)
	r.private /= 1e6
	return r, err
}

// readTheirs counts the lines of the profile, one for each statement found.
func readTheirs(path string) (reading, error) {
	out, rate, err := timed(path, exec.Command("pt-query-digest", "--no-version-check", "--limit", "100%", "--report-format", "profile", path))
	r := reading{rate: rate}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) > 2 && f[0] == "#" && strings.HasPrefix(f[2], "0x") {
			r.kinds++
		}
	}
	return r, err
}

// timed runs a command over a log.
func timed(path string, c *exec.Cmd) (string, float64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, os.Stderr
	began := time.Now()
	if err := c.Run(); err != nil {
		return "", 0, fmt.Errorf("%s: %w", c.Args[0], err)
	}
	return out.String(), float64(info.Size()) / 1e6 / time.Since(began).Seconds(), nil
}
