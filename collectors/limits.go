package collectors

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// limits are what a container allows (cgroup v2), with what it uses; zero
// where there is none.
type limits struct {
	memMax, memUsed uint64
	cpus            float64 // cores' worth
	cpuSeconds      float64 // used so far
}

// A limitsProbe reads the limits and what is used of them. Where there are
// none, they are looked for now and then.
type limitsProbe struct{ none time.Time }

// limitsEvery is how long a limit that is set on what runs may stay unseen.
const limitsEvery = 10 * time.Second

func (p *limitsProbe) read(from func() limits) limits {
	if time.Since(p.none) < limitsEvery {
		return limits{}
	}
	l := from()
	if l == (limits{}) {
		p.none = time.Now()
	}
	return l
}

// limitsIn reads the tightest limits on the way from a process's cgroup up to
// the root. self is the text of /proc/self/cgroup, root is /sys/fs/cgroup.
func limitsIn(root fs.FS, self string) (l limits) {
	dir, ok := unifiedPath(self)
	for ok {
		l.tighten(root, dir)
		if dir == "." {
			break
		}
		dir = path.Dir(dir)
	}
	return l
}

// unifiedPath is the cgroup v2 path of a process, relative to the root.
func unifiedPath(self string) (string, bool) {
	for line := range strings.Lines(self) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return strings.TrimPrefix(path.Clean("/"+p), "/") + dotIfRoot(p), true
		}
	}
	return "", false
}

func dotIfRoot(p string) string {
	if path.Clean("/"+p) == "/" {
		return "."
	}
	return ""
}

func (l *limits) tighten(root fs.FS, dir string) {
	if v := number(root, dir, "memory.max"); v > 0 && (l.memMax == 0 || uint64(v) < l.memMax) {
		l.memMax = uint64(v)
		l.memUsed = uint64(max(0, number(root, dir, "memory.current")-keyed(root, dir, "memory.stat", "inactive_file")))
	}
	f := strings.Fields(text(root, dir, "cpu.max"))
	if len(f) != 2 {
		return
	}
	quota, err1 := strconv.ParseFloat(f[0], 64)
	period, err2 := strconv.ParseFloat(f[1], 64)
	if err1 != nil || err2 != nil || period <= 0 || l.cpus > 0 && quota/period >= l.cpus {
		return // "max": no limit here
	}
	l.cpus = quota / period
	l.cpuSeconds = keyed(root, dir, "cpu.stat", "usage_usec") / 1e6
}

func text(root fs.FS, dir, name string) string {
	b, err := fs.ReadFile(root, path.Join(dir, name))
	if err != nil {
		return "" // no such limit at this level
	}
	return strings.TrimSpace(string(b))
}

func number(root fs.FS, dir, name string) float64 {
	v, err := strconv.ParseFloat(text(root, dir, name), 64)
	if err != nil {
		return 0
	}
	return v
}

func keyed(root fs.FS, dir, name, key string) float64 {
	for line := range strings.Lines(text(root, dir, name)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == key {
			v, err := strconv.ParseFloat(f[1], 64)
			if err == nil {
				return v
			}
		}
	}
	return 0
}

// applyLimits takes a container's limits as the whole, where they are lower
// than the machine's, and says so.
func applyLimits(s *System, before, now *systemReading) {
	if l := now.limits; l.memMax > 0 && l.memMax < s.MemTotal {
		s.MemTotal, s.MemUsed = l.memMax, min(l.memUsed, l.memMax)
		note(s.Missing, "host_memory", "the container's limit is taken as the total")
	}
	if l := now.limits; s.CPURatio != nil && l.cpus > 0 && l.cpus < float64(len(now.cores)) {
		used := part(l.cpuSeconds-before.limits.cpuSeconds, s.Interval.Seconds()*l.cpus)
		s.CPURatio = &used
		note(s.Missing, "host_cpu", "the container's limit of "+strconv.FormatFloat(l.cpus, 'g', 3, 64)+" cores is taken as the total")
	}
}
