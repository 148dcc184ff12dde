package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// cpuTicks are the first line of /proc/stat.
type cpuTicks struct{ all, idle float64 }

func (c cpuTicks) since(then cpuTicks) float64 {
	return 1 - (c.idle-then.idle)/(c.all-then.all)
}

func readCPU(t *testing.T) (c cpuTicks) {
	t.Helper()
	for i, f := range procFields(t, "/proc/stat", "cpu ") {
		if i >= 8 {
			break // the time of guests is in user and nice already
		}
		c.all += f
		if i == 3 || i == 4 { // idle, waiting for a disk
			c.idle += f
		}
	}
	return c
}

func memoryRatio(t *testing.T) float64 {
	t.Helper()
	return 1 - procFields(t, "/proc/meminfo", "MemAvailable:")[0]/procFields(t, "/proc/meminfo", "MemTotal:")[0]
}

func loadNow(t *testing.T) float64 {
	t.Helper()
	return procFields(t, "/proc/loadavg", "")[0]
}

// procFields are the numbers in the first line that begins with a word.
func procFields(t *testing.T, file, word string) (out []float64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), word)
		if !ok {
			continue
		}
		for _, f := range strings.Fields(rest) {
			if v, err := strconv.ParseFloat(f, 64); err == nil {
				out = append(out, v)
			}
		}
		return out
	}
	t.Fatalf("%s has no line %q", file, word)
	return nil
}
