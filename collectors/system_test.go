package collectors

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
)

func reading(at time.Duration) *systemReading {
	return &systemReading{at: after(at), missing: map[string]string{}, memTotal: 1000, memUsed: 400}
}

func number64(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func same(a, b float64) bool {
	return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b)
}

func TestSystemRates(t *testing.T) {
	none := math.NaN()
	cases := []struct {
		name        string
		change      func(before, now *systemReading)
		cpu         float64
		read        float64
		missing     string // a reason that must be given for the CPU or the disk
		missingName string
	}{
		{"two cores, one busy, one disk", func(b, n *systemReading) {
			b.cores, n.cores = []cpuTimes{{10, 20}, {5, 20}}, []cpuTimes{{12, 22}, {5, 22}}
			b.disks, n.disks = map[string]ioCounters{"sda": {in: 100}}, map[string]ioCounters{"sda": {in: 300}}
		}, 0.5, 100, "", ""},
		{"a device mapper layer and a partition are not counted twice", func(b, n *systemReading) {
			b.disks = map[string]ioCounters{"nvme0n1": {}, "nvme0n1p2": {}, "dm-0": {}, "loop3": {}}
			n.disks = map[string]ioCounters{"nvme0n1": {in: 200}, "nvme0n1p2": {in: 200}, "dm-0": {in: 200}, "loop3": {in: 9}}
		}, none, 100, "", ""},
		{"a partition without its disk counts, as on old virtual machines", func(b, n *systemReading) {
			b.disks, n.disks = map[string]ioCounters{"xvda1": {}}, map[string]ioCounters{"xvda1": {in: 50}}
		}, none, 25, "", ""},
		{"a counter that began anew gives no rate", func(b, n *systemReading) {
			b.disks, n.disks = map[string]ioCounters{"sda": {in: 500}}, map[string]ioCounters{"sda": {in: 3}}
		}, none, none, "no disk", "disk_read_bytes_per_second"},
		{"a disk that came, and one that went", func(b, n *systemReading) {
			b.disks, n.disks = map[string]ioCounters{"sda": {}, "sdb": {}}, map[string]ioCounters{"sda": {in: 20}, "sdc": {in: 1 << 40}}
		}, none, 10, "", ""},
		{"a core that was switched off", func(b, n *systemReading) {
			b.cores, n.cores = []cpuTimes{{1, 2}, {1, 2}}, []cpuTimes{{2, 4}}
		}, none, none, "number of cores", "cpu_ratio"},
		{"idle time that ran back stays within 0 and 1", func(b, n *systemReading) {
			b.cores, n.cores = []cpuTimes{{10, 100}}, []cpuTimes{{13, 102}}
		}, 1, none, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before, now := reading(0), reading(2*time.Second)
			c.change(before, now)
			s := systemOf(before, now)
			if got := number64(s.CPURatio); !same(got, c.cpu) {
				t.Errorf("got CPU ratio %g, want %g", got, c.cpu)
			}
			if got := number64(s.DiskRead); !same(got, c.read) {
				t.Errorf("got %g B/s read, want %g", got, c.read)
			}
			if c.missing != "" && !strings.Contains(s.Missing[c.missingName], c.missing) {
				t.Errorf("got reason %q for %s, want it to say %q", s.Missing[c.missingName], c.missingName, c.missing)
			}
		})
	}
}

func TestTheFirstReadingHasGaugesAndSaysWhyItHasNoRates(t *testing.T) {
	s := systemOf(nil, reading(0))
	if s.MemUsed != 400 || s.CPURatio != nil || !strings.Contains(s.Missing["cpu_ratio"], "needs two") {
		t.Errorf("got memory %d, CPU %v, reason %q", s.MemUsed, s.CPURatio, s.Missing["cpu_ratio"])
	}
}

func TestAContainersLimitsAreTheTotal(t *testing.T) {
	root := fstest.MapFS{
		"app.slice/memory.max":         {Data: []byte("max\n")},
		"app.slice/cpu.max":            {Data: []byte("50000 100000\n")},
		"app.slice/cpu.stat":           {Data: []byte("usage_usec 4000000\nuser_usec 1\n")},
		"app.slice/web/memory.max":     {Data: []byte("600\n")},
		"app.slice/web/memory.current": {Data: []byte("500\n")},
		"app.slice/web/memory.stat":    {Data: []byte("anon 1\ninactive_file 200\n")},
		"app.slice/web/cpu.max":        {Data: []byte("max 100000\n")},
	}
	l := limitsIn(root, "5:devices:/x\n0::/app.slice/web\n")
	if want := (limits{memMax: 600, memUsed: 300, cpus: 0.5, cpuSeconds: 4}); l != want {
		t.Fatalf("got limits %+v, want %+v", l, want)
	}
	before, now := reading(0), reading(2*time.Second)
	before.cores, now.cores = []cpuTimes{{0, 0}, {0, 0}}, []cpuTimes{{2, 2}, {0, 2}}
	before.limits.cpuSeconds, now.limits = 3.5, l
	s := systemOf(before, now)
	if s.MemTotal != 600 || s.MemUsed != 300 || number64(s.CPURatio) != 0.5 || s.Missing["host_memory"] == "" || s.Missing["host_cpu"] == "" {
		t.Errorf("got memory %d of %d, CPU %g, notes %v; want 300 of 600, 0.5 and a note on each", s.MemUsed, s.MemTotal, number64(s.CPURatio), s.Missing)
	}
}

func TestNoContainerNoLimits(t *testing.T) {
	for _, self := range []string{"0::/\n", "", "1:name=systemd:/\n"} {
		if got := limitsIn(fstest.MapFS{}, self); got != (limits{}) {
			t.Errorf("cgroup %q: got %+v, want no limits", self, got)
		}
	}
}

func TestAMountThatHangsDoesNotHoldUpTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		asked := 0
		p := newFileSystemProbe("/mnt/gone/app.db")
		p.ask = func(string) (FileSystem, error) {
			asked++
			<-release
			return FileSystem{Total: 7}, nil
		}
		began := time.Now()
		for range 5 {
			s := &System{Missing: map[string]string{}}
			p.fill(context.Background(), s)
			if s.FileSystem != nil || !strings.Contains(s.Missing["file_system"], "does not answer since "+clock(began)) {
				t.Errorf("got %v, reason %q", s.FileSystem, s.Missing["file_system"])
			}
			time.Sleep(time.Second)
		}
		close(release)
		synctest.Wait()
		s := &System{Missing: map[string]string{}}
		p.fill(context.Background(), s)
		if asked != 1 || s.FileSystem == nil || s.FileSystem.Total != 7 {
			t.Errorf("asked %d times, got %v; want one question, and its answer when the mount came back", asked, s.FileSystem)
		}
	})
}

func TestAFileSystemThatCannotBeReadHasAReason(t *testing.T) {
	p := newFileSystemProbe("/x/app.db")
	p.ask = func(string) (FileSystem, error) { return FileSystem{}, errors.New("permission denied") }
	s := &System{Missing: map[string]string{}}
	p.fill(context.Background(), s)
	if s.FileSystem != nil || s.Missing["file_system"] != "permission denied" {
		t.Errorf("got %v and %q", s.FileSystem, s.Missing["file_system"])
	}
}

func TestTheLongestMountAboveAFileIsItsOwn(t *testing.T) {
	parts := []disk.PartitionStat{{Mountpoint: "/", Fstype: "ext4"}, {Mountpoint: "/srv", Fstype: "xfs"}, {Mountpoint: "/srv/db", Fstype: "zfs"}}
	for dir, want := range map[string]string{"/srv/db": "/srv/db", "/srv/dbx": "/srv", "/home": "/", "/srv/db/a/b": "/srv/db"} {
		if got, _ := mountOf(dir, parts, "?"); got != want {
			t.Errorf("mount of %s: got %s, want %s", dir, got, want)
		}
	}
}

func TestThisMachineIsReadWhole(t *testing.T) {
	c := NewSystem(t.TempDir() + "/app.db")
	if _, err := c.Collect(context.Background()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(60 * time.Millisecond) // more than one tick of the kernel's clock
	sections, err := c.Collect(context.Background())
	if err != nil || len(sections) != 1 {
		t.Fatalf("got %d sections, error %v", len(sections), err)
	}
	s := sections[0].(*System)
	if s.Host == "" || !s.Local || s.MemTotal == 0 || s.MemUsed == 0 || len(s.Cores) == 0 || s.CPURatio == nil {
		t.Errorf("got %+v", s)
	}
	if s.FileSystem == nil || s.FileSystem.Total == 0 || s.FileSystem.Mount == "" {
		t.Errorf("file system: got %+v, reason %q", s.FileSystem, s.Missing["file_system"])
	}
}

func BenchmarkSystem(b *testing.B) {
	c := NewSystem(b.TempDir() + "/app.db")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Collect(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTheKernelsCountersAreSummedUp reads a /proc of our own making, twice.
func TestTheKernelsCountersAreSummedUp(t *testing.T) {
	proc := t.TempDir()
	t.Setenv("HOST_PROC", proc)
	write := func(file, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Join(proc, "net"), 0o700), os.WriteFile(filepath.Join(proc, file), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	counters := func(read, written, received, sent int) {
		write("diskstats", fmt.Sprintf(`   7 0 loop0 9 9 %[1]d 9 9 9 %[2]d 9 0 9 9
 254 0 vda 9 9 %[1]d 9 9 9 %[2]d 9 0 9 9
 254 1 vda1 9 9 %[1]d 9 9 9 %[2]d 9 0 9 9
   8 0 sdb 9 9 %[1]d 9 9 9 %[2]d 9 0 9 9
 253 0 dm-0 9 9 %[1]d 9 9 9 %[2]d 9 0 9 9
`, read, written))
		write("net/dev", fmt.Sprintf(`Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: %[1]d 9 0 0 0 0 0 0 %[2]d 9 0 0 0 0 0 0
  eth0:%[1]d 9 0 0 0 0 0 0 %[2]d 9 0 0 0 0 0 0
 wlan0: %[1]d 9 0 0 0 0 0 0 %[2]d 9 0 0 0 0 0 0
docker0: %[1]d 9 0 0 0 0 0 0 %[2]d 9 0 0 0 0 0 0
veth1a2: %[1]d 9 0 0 0 0 0 0 %[2]d 9 0 0 0 0 0 0
`, received, sent))
	}
	c := NewSystem("")
	counters(1000, 2000, 30_000, 40_000)
	if _, err := c.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	counters(1100, 2300, 35_000, 47_000)
	sections, err := c.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := sections[0].(*System)
	for _, x := range []struct {
		name string
		got  *float64
		want float64 // bytes of two devices in the interval
	}{
		{"disk_read", s.DiskRead, 2 * 100 * 512}, {"disk_write", s.DiskWrite, 2 * 300 * 512},
		{"network_receive", s.NetReceive, 2 * 5000}, {"network_transmit", s.NetTransmit, 2 * 7000},
	} {
		if got := number64(x.got) * s.Interval.Seconds(); math.Abs(got-x.want) > 1e-3 || math.IsNaN(got) {
			t.Errorf("%s_bytes_per_second times the interval: got %v bytes, want %v", x.name, got, x.want)
		}
	}
}

func TestLimitsAreReadAtEveryLookWhereThereAreAny(t *testing.T) {
	for name, c := range map[string]struct {
		has  limits
		want int
	}{"a container with a limit": {limits{cpus: 2}, 3}, "none: now and then": {limits{}, 1}} {
		asked := 0
		var p limitsProbe
		for range 3 {
			if got := p.read(func() limits { asked++; return c.has }); got != c.has {
				t.Errorf("%s: got %+v", name, got)
			}
		}
		if asked != c.want {
			t.Errorf("%s: got %d readings in three looks, want %d", name, asked, c.want)
		}
	}
}
