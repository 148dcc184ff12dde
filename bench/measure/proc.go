// Package measure has what the contests under bench/ share: the time that
// processes take on a processor, their memory, and how figures are printed.
package measure

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// CPUOver answers the share of one core that a process and its descendants
// use over a span, and apart from it that of some threads of others.
func CPUOver(pid int, span time.Duration, threads ...string) (own, beside float64, err error) {
	before, err := treeNanoseconds(pid)
	if err != nil {
		return 0, 0, err
	}
	besideBefore := ofThreads(threads)
	began := time.Now()
	time.Sleep(span)
	after, err := treeNanoseconds(pid)
	if err != nil {
		return 0, 0, err
	}
	lasted := float64(time.Since(began))
	return float64(after-before) / lasted, float64(ofThreads(threads)-besideBefore) / lasted, nil
}

// Threads are those of a process and its descendants, as folders of /proc.
func Threads(pid int) []string {
	found, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid)) // the pattern is well formed
	for _, child := range childrenOf(pid) {
		found = append(found, Threads(child)...)
	}
	return found
}

func ofThreads(threads []string) int64 {
	var sum int64
	for _, t := range threads {
		sum += nanoseconds(t) // one that has ended adds nothing
	}
	return sum
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
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("no process %d", pid)
	}
	var sum int64
	for _, t := range threads {
		sum += nanoseconds(t)
	}
	return sum, nil
}

// nanoseconds is how long a thread has run; 0 for one that has ended.
func nanoseconds(thread string) int64 {
	data, _ := os.ReadFile(filepath.Join(thread, "schedstat"))
	ran, _, _ := strings.Cut(string(data), " ")
	n, _ := strconv.ParseInt(ran, 10, 64)
	return n
}

// OfThread is how long a thread has run; 0 where nobody tells.
func OfThread(id int) time.Duration {
	return time.Duration(nanoseconds(filepath.Join("/proc", strconv.Itoa(id))))
}

// Alive reports whether a process runs.
func Alive(pid int) bool {
	_, err := nanosecondsOf(pid)
	return err == nil
}

// Spent is what a process and its descendants have used of a processor so
// far; what ended threads used is in the larger of the two countings, by
// nanoseconds or by ticks of 10 ms.
func Spent(pid int) time.Duration {
	sum, _ := nanosecondsOf(pid) // one that has ended adds nothing
	sum = max(sum, ticksOf(pid)*int64(10*time.Millisecond))
	for _, child := range childrenOf(pid) {
		sum += int64(Spent(child))
	}
	return time.Duration(sum)
}

// ticksOf sums utime and stime of /proc/PID/stat, of ended threads too, in
// hundredths of a second.
func ticksOf(pid int) int64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(data), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return user + system
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

// Memory reads RssAnon and VmHWM of a process, in bytes.
func Memory(pid int) (rssAnon, vmHWM int64, err error) {
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

// Private sums RssAnon of a process and its descendants, in bytes.
func Private(pid int) (int64, error) {
	sum, _, err := Memory(pid)
	if err != nil {
		return 0, err
	}
	for _, child := range childrenOf(pid) {
		n, err := Private(child)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func kilobytes(value string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
	return n << 10
}
