package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mltop/bench/measure"
)

// connections is what the contest is about.
const connections = 50

// A tally is what wrk counted, and what the server took for it.
type tally struct {
	requests  float64
	perSecond float64
	cpu       time.Duration
	failed    string // what went wrong, in wrk's words
}

func (t tally) microseconds() float64 { return float64(t.cpu.Nanoseconds()) / 1e3 / t.requests }

// wrk loads a server as fast as it answers.
func (s *stage) wrk(ctx context.Context, p *process, path string) (tally, error) {
	before := measure.Spent(p.pid())
	cmd := exec.CommandContext(ctx, "wrk", "-t", strconv.Itoa(s.o.threads), "-c", strconv.Itoa(connections), "-d", strconv.Itoa(s.o.seconds)+"s", p.url()+path)
	cmd.SysProcAttr = measure.Child()
	out, err := cmd.CombinedOutput()
	spent := measure.Spent(p.pid()) - before
	if err != nil {
		return tally{}, fmt.Errorf("run wrk on %s: %w: %s", p.name, err, out)
	}
	t, err := readWrk(string(out))
	if err != nil {
		return t, fmt.Errorf("load %s: %w", p.name, err)
	}
	t.cpu = spent
	if t.failed != "" {
		fmt.Printf("  %s: %s\n", p.name, t.failed)
	}
	return t, nil
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkRate     = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkFailures = regexp.MustCompile(`(?m)^\s*(Socket errors:.*|Non-2xx.*)$`)
)

func readWrk(out string) (t tally, err error) {
	n, rate := wrkRequests.FindStringSubmatch(out), wrkRate.FindStringSubmatch(out)
	if n == nil || rate == nil {
		return t, fmt.Errorf("no count in wrk's output: %s", out)
	}
	if t.requests, err = strconv.ParseFloat(n[1], 64); err != nil {
		return t, err
	}
	if t.requests == 0 {
		return t, fmt.Errorf("not one answer: %s", out)
	}
	var failures []string
	for _, m := range wrkFailures.FindAllStringSubmatch(out, -1) {
		failures = append(failures, m[1])
	}
	t.failed = strings.Join(failures, "; ")
	t.perSecond, err = strconv.ParseFloat(rate[1], 64)
	return t, err
}
