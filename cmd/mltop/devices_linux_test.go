package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// sectorBytes is what /proc/diskstats counts in, whatever the disk's own size
// (Documentation/admin-guide/iostats.rst of Linux).
const sectorBytes = 512

// deviceBytes are what this machine's devices have moved since it started.
type deviceBytes struct {
	at                            time.Time
	read, written, received, sent float64
}

// readDevices sums up /proc/diskstats and /proc/net/dev. What counts is told
// by /sys, not by names as mltop does: disks and cards, of which everything
// else is a layer, a part or a loop.
func readDevices(t *testing.T) deviceBytes {
	t.Helper()
	d := deviceBytes{at: time.Now()}
	for _, f := range procLines(t, "/proc/diskstats") {
		if len(f) > 9 && isHardware("/sys/block", f[2]) {
			d.read += sectorBytes * number(t, f[5])
			d.written += sectorBytes * number(t, f[9])
		}
	}
	for _, f := range procLines(t, "/proc/net/dev") {
		if name, ok := strings.CutSuffix(f[0], ":"); ok && len(f) > 9 && isHardware("/sys/class/net", name) {
			d.received += number(t, f[1])
			d.sent += number(t, f[9])
		}
	}
	return d
}

// isHardware: what has a driver and is no part of something else. A container
// sees only its end of a pair, which stands for its card.
func isHardware(class, name string) bool {
	_, err := os.Stat(filepath.Join(class, name, "device"))
	return err == nil || class == "/sys/class/net" && strings.HasPrefix(name, "eth")
}

// procLines are the words of each line; a colon ends a word, as the kernel
// leaves no room behind it.
func procLines(t *testing.T, file string) (out [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Error(err) // not from the test's own goroutine
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if f := strings.Fields(strings.ReplaceAll(lines.Text(), ":", ": ")); len(f) > 0 {
			out = append(out, f)
		}
	}
	return out
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Error(err)
	}
	return v
}

// A deviceDiary is the machine's counters, some times a second.
type deviceDiary struct {
	stop func()
	read []deviceBytes
}

// diaryOf keeps one until it is stopped.
func diaryOf(t *testing.T) *deviceDiary {
	t.Helper()
	d := &deviceDiary{}
	d.stop = every(100*time.Millisecond, func() { d.read = append(d.read, readDevices(t)) })
	t.Cleanup(d.stop)
	return d
}

// between are the rates of a span, from the counters that were read nearest to
// its ends.
func (d *deviceDiary) between(from, to time.Time) deviceBytes {
	a, b := d.nearest(from), d.nearest(to)
	s := b.at.Sub(a.at).Seconds()
	return deviceBytes{b.at, (b.read - a.read) / s, (b.written - a.written) / s, (b.received - a.received) / s, (b.sent - a.sent) / s}
}

func (d *deviceDiary) nearest(at time.Time) deviceBytes {
	best := d.read[0]
	for _, r := range d.read {
		if r.at.Sub(at).Abs() < best.at.Sub(at).Abs() {
			best = r
		}
	}
	return best
}

// every does something at once and again and again, until its answer is
// called, which waits for the last one.
func every(interval time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for tick := time.NewTicker(interval); ; {
			do()
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// keepDiskBusy writes to the disk and reads from it: a file that is on the
// disk before it is written again, and forgotten by memory before it is read.
func keepDiskBusy(t *testing.T) (stop func()) {
	t.Helper()
	path, block := filepath.Join(t.TempDir(), "traffic"), bytes.Repeat([]byte("mltop "), 1<<20/6)
	return every(100*time.Millisecond, func() {
		if err := writeAndRead(path, block); err != nil {
			t.Error(err)
		}
	})
}

func writeAndRead(path string, block []byte) error {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	_, err = f.Write(block)
	err = errors.Join(err, f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	if _, back := f.ReadAt(block, 0); back != nil {
		err = errors.Join(err, back)
	}
	return errors.Join(err, f.Close())
}

// deviceTruths are the four rates of the interval that ended then. A tenth
// of a second of a busy machine at either end explains the tolerance.
func deviceTruths(d *deviceDiary, interval time.Duration, end time.Time) []truth {
	r := d.between(end.Add(-interval), end)
	return []truth{
		{"system.disk_read_bytes_per_second", r.read, 0.20, 200e3},
		{"system.disk_write_bytes_per_second", r.written, 0.20, 500e3},
		{"system.network_receive_bytes_per_second", r.received, 0.25, 10e3},
		{"system.network_transmit_bytes_per_second", r.sent, 0.25, 10e3},
	}
}

func smallDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.db")
	d, err := sql.Open("sqlite3", path)
	if err == nil {
		_, err = d.Exec("CREATE TABLE t (a)")
	}
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheRatesOfDevicesAreThoseOfTheKernel compares with the kernel's counters
// over the very interval, with a disk kept at work. Loopback does not count,
// and no packet is sent abroad for a test: whether the cards are summed up
// rightly is shown by TestTheKernelsCountersAreSummedUp of collectors.
func TestTheRatesOfDevicesAreThoseOfTheKernel(t *testing.T) {
	const interval = 4 * time.Second
	diary := diaryOf(t)
	stop := keepDiskBusy(t)
	doc := snapshotOfFile(t, smallDatabase(t), "--interval", interval.String())
	diary.stop()
	stop()
	for _, tr := range deviceTruths(diary, interval, instant(t, doc["time"])) {
		tr.check(t, doc)
	}
}
