package collectors

import (
	"slices"
	"strings"
	"time"
)

// deviceRates turns counters into rates, by device, and sums up those that
// count: nil when there is none. A device that came, or whose counters were
// reset, has no rate yet.
func deviceRates(before, now map[string]ioCounters, dt time.Duration, counts func(string, map[string]ioCounters) bool) (ds []Device, in, out *float64) {
	for name, n := range now {
		b, ok := before[name]
		if !ok || n.in < b.in || n.out < b.out {
			continue
		}
		busy := part(n.busy-b.busy, dt.Seconds())
		d := Device{
			Name: name, Busy: &busy,
			In: float64(n.in-b.in) / dt.Seconds(), Out: float64(n.out-b.out) / dt.Seconds(),
		}
		ds = append(ds, d)
		if counts(name, now) {
			in, out = plus(in, d.In), plus(out, d.Out)
		}
	}
	slices.SortFunc(ds, func(a, b Device) int { return strings.Compare(a.Name, b.Name) })
	return ds, in, out
}

func plus(sum *float64, v float64) *float64 {
	if sum != nil {
		v += *sum
	}
	return &v
}

// Devices that pass on to others what they are given: counting them too would
// count the same bytes twice. RAM and loops are no disks.
var (
	virtualDisks    = [...]string{"loop", "ram", "zram", "dm-", "md", "drbd", "bcache", "sr", "fd"}
	virtualNetworks = [...]string{"lo", "veth", "docker", "br-", "virbr", "cni", "flannel", "cali", "vxlan", "tun", "tap", "wg", "bond", "team", "dummy", "ifb", "utun", "awdl", "llw", "bridge", "gif", "stf"}
)

// physicalDisk reports whether a disk counts in the sum: not a layer above
// another, and not a partition of a disk that is there itself.
func physicalDisk(name string, all map[string]ioCounters) bool {
	if hasPrefix(name, virtualDisks[:]) {
		return false
	}
	_, whole := all[wholeDisk(name)]
	return wholeDisk(name) == name || !whole
}

// wholeDisk is the disk of a partition: sda of sda1, nvme0n1 of nvme0n1p2.
func wholeDisk(name string) string {
	base := strings.TrimRight(name, "0123456789")
	if base == name {
		return name
	}
	if disk, ok := strings.CutSuffix(base, "p"); ok && strings.ContainsAny(disk, "0123456789") {
		return disk
	}
	if hasPrefix(name, []string{"sd", "vd", "hd", "xvd"}) {
		return base
	}
	return name
}

// physicalNetwork reports whether an interface counts in the sum. A VLAN
// (eth0.7, eth0@if3) counts as its parent.
func physicalNetwork(name string, _ map[string]ioCounters) bool {
	return !hasPrefix(name, virtualNetworks[:]) && !strings.Contains(name, ".")
}

// shownDisk leaves out what nobody wants to see a line of.
func shownDisk(name string) bool { return !hasPrefix(name, []string{"loop", "ram"}) }

func hasPrefix(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
