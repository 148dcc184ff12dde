package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks is how many a second of processor time has in /proc: USER_HZ, which
// is 100 wherever Go runs.
const ticks = 100

// processUsage reads /proc.
func processUsage(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("look at process %d: %w", pid, err)
	}
	mem, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Usage{}, fmt.Errorf("look at this machine's memory: %w", err)
	}
	cpu, rss, err := parseStat(string(stat))
	if err != nil {
		return Usage{}, fmt.Errorf("look at process %d: %w", pid, err)
	}
	return Usage{At: time.Now(), CPU: cpu, Memory: rss / memTotal(mem)}, nil
}

// parseStat reads the seconds and the bytes of a process: proc(5). The name
// in parentheses may hold anything.
func parseStat(text string) (cpu, rss float64, err error) {
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const utime, stime, pages = 11, 12, 21 // counted from the state on
	if len(f) <= pages {
		return 0, 0, fmt.Errorf("%q is no line of /proc/PID/stat", text)
	}
	user, err1 := strconv.ParseFloat(f[utime], 64)
	system, err2 := strconv.ParseFloat(f[stime], 64)
	resident, err3 := strconv.ParseFloat(f[pages], 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return 0, 0, fmt.Errorf("%q is no line of /proc/PID/stat", text)
	}
	return (user + system) / ticks, resident * float64(os.Getpagesize()), nil
}

// memTotal is in bytes; NaN when /proc/meminfo does not say.
func memTotal(meminfo []byte) float64 {
	for line := range bytes.Lines(meminfo) {
		if rest, ok := bytes.CutPrefix(line, []byte("MemTotal:")); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(rest)), "kB")), 64)
			if err == nil && v > 0 {
				return v * 1024
			}
		}
	}
	return math.NaN()
}

// maxMetrics is how much of an answer is looked at.
const maxMetrics = 4 << 20

// metricsUsage asks the Prometheus metrics that Go, Python and most clients
// have of their process.
func metricsUsage(ctx context.Context, u *upstream, r *UpstreamRule) (Usage, error) {
	res, err := get(ctx, u, r.URL+r.Metrics)
	if err != nil {
		return Usage{}, fmt.Errorf("ask %s: %w", r.Metrics, err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		return Usage{}, fmt.Errorf("%s answered %s", r.Metrics, res.Status)
	}
	mem, err := os.ReadFile("/proc/meminfo")
	if err != nil || !isLoopback(r.Address) {
		mem = nil // how much that machine has is not known
	}
	return parseMetrics(io.LimitReader(res.Body, maxMetrics), mem, time.Now())
}

func parseMetrics(in io.Reader, meminfo []byte, now time.Time) (Usage, error) {
	u := Usage{At: now, CPU: math.NaN(), Memory: math.NaN()}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), " ")
		value, _, _ := strings.Cut(rest, " ")
		v, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "process_cpu_seconds_total":
			u.CPU = v
		case name == "process_resident_memory_bytes":
			u.Memory = v / memTotal(meminfo)
		}
	}
	if err := lines.Err(); err != nil {
		return u, fmt.Errorf("read the metrics: %w", err)
	}
	if math.IsNaN(u.CPU) && math.IsNaN(u.Memory) {
		return u, fmt.Errorf("the metrics tell of no process: process_cpu_seconds_total is missing")
	}
	return u, nil
}
