// Command load measures mltop bench beside wrk, on the same nginx.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mltop/bench/measure"
	"mltop/internal/wire"
)

type contest struct {
	mltop  string
	target *target
	rounds int
	each   time.Duration
}

func main() {
	mltop := flag.String("mltop", "bin/mltop", "the program")
	rounds := flag.Int("rounds", 5, "of each contest; 0 leaves them out")
	seconds := flag.Int("seconds", 5, "of each run")
	memory := flag.Duration("memory", 10*time.Minute, "how long the run lasts whose memory is measured; 0 leaves it out")
	flag.Parse()
	if err := run(*mltop, *rounds, time.Duration(*seconds)*time.Second, *memory); err != nil {
		fmt.Fprintln(os.Stderr, "load: "+err.Error())
		os.Exit(1)
	}
}

func run(mltop string, rounds int, each, memory time.Duration) error {
	for _, needed := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(needed); err != nil {
			fmt.Printf("left out: %s is not here (Debian: apt-get install nginx-light wrk)\n", needed)
			return nil
		}
	}
	t, err := startTarget()
	if err != nil {
		return err
	}
	defer t.stop()
	c := &contest{mltop: mltop, target: t, rounds: rounds, each: each}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("load of the machine before: %s", load)
	if rounds > 0 {
		for _, part := range []func() error{c.cost, c.lag, c.freeze} {
			if err := part(); err != nil {
				return err
			}
		}
	}
	return c.memory(memory)
}

// cost compares processor time for each request, round by round.
func (c *contest) cost() error {
	var ours, shown, theirs []float64
	for range c.rounds {
		a, err := c.mltopCost()
		if err != nil {
			return err
		}
		s, err := c.shownCost()
		if err != nil {
			return err
		}
		b, err := c.wrkCost()
		if err != nil {
			return err
		}
		ours, shown, theirs = append(ours, a), append(shown, s), append(theirs, b)
	}
	fmt.Printf("processor time a request, 50 connections: mltop %s, wrk %s\n", measure.Spread(ours, "µs"), measure.Spread(theirs, "µs"))
	fmt.Printf("  mltop / wrk: %s; shown on a terminal: %s (bound: 1.6)\n", measure.Spread(measure.Ratios(ours, theirs), "×"), measure.Spread(measure.Ratios(shown, theirs), "×"))
	return nil
}

func (c *contest) mltopCost() (float64, error) {
	b, cmd, err := c.bench(c.target.url, "-c", "50", "-d", c.each.String(), "--threshold", "p99 < 10s")
	if err != nil {
		return 0, err
	}
	return spent(cmd) / float64(b.Sent) * 1e6, nil
}

var wrkRequests = regexp.MustCompile(`(\d+) requests in`)

func (c *contest) wrkCost() (float64, error) {
	cmd := exec.Command("wrk", "-t", "1", "-c", "50", "-d", c.each.String(), c.target.url)
	out, err := cmd.Output()
	m := wrkRequests.FindSubmatch(out)
	if err != nil || m == nil {
		return 0, fmt.Errorf("run wrk: %w: %s", err, out)
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	return spent(cmd) / n * 1e6, err
}

// spent is the processor time of a program that has ended.
func spent(cmd *exec.Cmd) float64 {
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// bench runs mltop bench and reads what it writes.
func (c *contest) bench(args ...string) (wire.Bench, *exec.Cmd, error) {
	var b wire.Bench
	cmd := exec.Command(c.mltop, append(append([]string{"bench"}, args...), "--no-keep", "-o", "json")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &b)
	}
	if err != nil {
		return b, cmd, fmt.Errorf("run mltop bench: %w", err)
	}
	return b, cmd, nil
}

// lag is how late requests leave at 20,000 a second.
func (c *contest) lag() error {
	var p50, p99 []float64
	for range c.rounds {
		b, _, err := c.bench(c.target.url, "--rate", "20000", "-c", "50", "-d", c.each.String())
		if err != nil {
			return err
		}
		p50, p99 = append(p50, *b.SendLag.P50*1e6), append(p99, *b.SendLag.P99*1e6)
	}
	fmt.Printf("send lag at 20,000/s: median %s (bound: 100), P99 %s\n", measure.Spread(p50, "µs"), measure.Spread(p99, "µs"))
	return nil
}

// freeze stops the target for one second of five: a fifth of all requests is
// due meanwhile, evenly, so that P90 and P99 follow from the length of the
// stall.
func (c *contest) freeze() error {
	const rate, length = 1000, 5.0
	var off90, off99 []float64
	for range c.rounds {
		stalled := make(chan time.Duration, 1)
		time.AfterFunc(2*time.Second, func() {
			d, err := c.target.stall(time.Second)
			if err != nil {
				fmt.Fprintln(os.Stderr, "load: "+err.Error())
			}
			stalled <- d
		})
		b, _, err := c.bench(c.target.url, "--rate", strconv.Itoa(rate), "-c", "50", "-d", "5s")
		if err != nil {
			return err
		}
		d := (<-stalled).Seconds()
		if b.Sent != rate*length || b.Dropped != 0 {
			fmt.Printf("  sent %d of %d, dropped %d\n", b.Sent, int(rate*length), b.Dropped)
		}
		off90 = append(off90, 100*(*b.Latency.P90/(d-0.10*length)-1))
		off99 = append(off99, 100*(*b.Latency.P99/(d-0.01*length)-1))
	}
	fmt.Printf("a stall of 1 s in 5 s at 1000/s, off the closed form: P90 %s, P99 %s (bound: 5)\n", measure.Spread(off90, "%"), measure.Spread(off99, "%"))
	return nil
}

// memoryEvery is how often the memory of the long run is looked at.
const memoryEvery = 10 * time.Second

// memory is what a long run at full rate takes, with 20 routes and thresholds.
func (c *contest) memory(lasts time.Duration) error {
	if lasts == 0 {
		return nil
	}
	file := filepath.Join(c.target.dir, "routes.yaml")
	if err := os.WriteFile(file, []byte(c.routes(lasts)), 0o600); err != nil {
		return err
	}
	var out bytes.Buffer
	cmd := exec.Command(c.mltop, "bench", file, "--no-keep", "-o", "json")
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	seen, err := memoryOver(cmd.Process.Pid, lasts)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return err
	}
	var b wire.Bench
	if err := json.Unmarshal(out.Bytes(), &b); err != nil {
		return fmt.Errorf("read the long run: %w", err)
	}
	tellMemory(seen, lasts, b.PerSecond)
	return nil
}

// memoryOver looks at the private memory of a process as long as it lasts.
func memoryOver(pid int, lasts time.Duration) (seen []float64, err error) {
	for began := time.Now(); time.Since(began)+memoryEvery < lasts; { // it still runs then
		time.Sleep(memoryEvery)
		rss, _, err := measure.Memory(pid)
		if err != nil {
			return seen, err
		}
		seen = append(seen, float64(rss)/1e6)
	}
	return seen, nil
}

func tellMemory(seen []float64, lasts time.Duration, rate float64) {
	if len(seen) < 3 {
		fmt.Printf("private memory: %v is too short, it is looked at each %v\n", lasts, memoryEvery)
		return
	}
	third := len(seen) / 3
	fmt.Printf("private memory at %.0f requests a second with 20 routes, each %v for %v: first third %s, last third %s, at most %.1f MB (bound: 64)\n",
		rate, memoryEvery, lasts, measure.Spread(seen[:third], "MB"), measure.Spread(seen[len(seen)-third:], "MB"), slices.Max(seen))
}

func (c *contest) routes(lasts time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "base: %s\nusers: 50\nduration: %v\nrequests:\n", strings.TrimSuffix(c.target.url, "/"), lasts)
	for i := range 20 {
		fmt.Fprintf(&b, "  - {url: /route/%d, weight: %d}\n", i, i+1)
	}
	b.WriteString("thresholds: [p99 < 10s, error_ratio < 1%]\n")
	return b.String()
}
