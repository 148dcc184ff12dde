package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuOver answers the share of one core that a process and its descendants
// use over a span.
func cpuOver(pid int, span time.Duration) (float64, error) {
	before, err := treeNanoseconds(pid)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	time.Sleep(span)
	after, err := treeNanoseconds(pid)
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(time.Since(began)), nil
}

// treeNanoseconds sums the time on a processor of a process and its living
// descendants.
func treeNanoseconds(pid int) (int64, error) {
	sum, err := nanosecondsOf(pid)
	if err != nil {
		return 0, fmt.Errorf("the dashboard has ended: %w", err)
	}
	for _, child := range childrenOf(pid) {
		// A child that ended since the list was read has nothing to add.
		if n, err := treeNanoseconds(child); err == nil {
			sum += n
		}
	}
	return sum, nil
}

// nanosecondsOf sums the first field of every thread's schedstat: the time it
// has run, in nanoseconds, where utime and stime would count ticks of 10 ms.
func nanosecondsOf(pid int) (int64, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("no process %d", pid)
	}
	var sum int64
	for _, t := range threads {
		data, _ := os.ReadFile(t)
		ran, _, _ := strings.Cut(string(data), " ")
		n, _ := strconv.ParseInt(ran, 10, 64)
		sum += n
	}
	return sum, nil
}

func childrenOf(pid int) []int {
	var pids []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, l := range lists {
		data, _ := os.ReadFile(l)
		for _, f := range strings.Fields(string(data)) {
			if n, err := strconv.Atoi(f); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// memory reads RssAnon and VmHWM of a process, in bytes.
func memory(pid int) (rssAnon, vmHWM int64, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), ":")
		switch name {
		case "RssAnon":
			rssAnon = kilobytes(value)
		case "VmHWM":
			vmHWM = kilobytes(value)
		}
	}
	return rssAnon, vmHWM, nil
}

func kilobytes(value string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
	return n << 10
}
