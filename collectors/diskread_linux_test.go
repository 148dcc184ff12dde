package collectors

import (
	"reflect"
	"testing"
)

func TestParseDiskstats(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]ioCounters
	}{
		"a disk with its partition, as since Linux 5.5": {
			" 254  0 vda 40 2 1000 80 30 4 600 90 0 1500 170 0 0 0 0 3 9\n 254  1 vda1 10 0 8 1 2 0 16 1 0 2 2 0 0 0 0 0 0\n",
			map[string]ioCounters{"vda": {512000, 307200, 1.5}, "vda1": {4096, 8192, 0.002}},
		},
		"as before Linux 4.18":                          {"   8       0 sda 1 0 2 3 4 0 6 7 0 9 10\n", map[string]ioCounters{"sda": {1024, 3072, 0.009}}},
		"a disk that nothing was asked of is left out":  {"   8  0 sdb 0 0 0 0 0 0 0 0 0 0 0\n", map[string]ioCounters{}},
		"a partition of which less is told is left out": {"   8  1 sdc1 4 5 6 7\n", map[string]ioCounters{}},
		"no disks": {"", map[string]ioCounters{}},
	} {
		if got, err := parseDiskstats(c.text); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
	}
	if got, err := parseDiskstats("8 0 sda 1 0 two 3 4 0 6 7 0 9 10"); err == nil {
		t.Errorf("a word in a counter's place: got %v, want an error", got)
	}
}
