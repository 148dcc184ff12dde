package advisor

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mltop/internal/units"
)

// busyChecks is how many checkpoints say something about their kind.
const busyChecks = 10

// checkpoints counts them by kind, over the span of the first.
func (k *knob) checkpoints() (timed, asked count, why string) {
	timed, asked, ok := checkpointsBy(k.count)
	if !ok {
		return timed, asked, "checkpoints are not counted"
	}
	if n := timed.n + asked.n; n < busyChecks {
		return timed, asked, fmt.Sprintf("only %s %s: it takes %d to say", units.Plural(int(n), "checkpoint"), timed.span(), busyChecks)
	}
	return timed, asked, ""
}

// checkpointsBy reads their counters, which moved in version 17.
func checkpointsBy(read func(name string) (count, bool)) (timed, asked count, ok bool) {
	timed, ok1 := read("checkpoints_timed")
	asked, ok2 := read("checkpoints_req")
	if ok1 && ok2 {
		return timed, asked, true
	}
	timed, ok1 = read("num_timed")
	asked, ok2 = read("num_requested")
	return timed, asked, ok1 && ok2
}

const (
	// askedTooOften is the part of checkpoints that WAL asked for above which
	// max_wal_size is too small for the writes.
	askedTooOften = 0.1
	// fullEnough: WAL between two checkpoints, as a part of max_wal_size, from
	// which it is WAL that asks. A checkpoint begins at 1/(1 + completion
	// target) of max_wal_size, a half and more.
	fullEnough = 0.3
	// walStep is how many times more is advised at once: the disk has to hold it.
	walStep = 8
	// roomyDisk: WAL may take one part in so many of the room that there is.
	roomyDisk = 2
	// roomyWAL is how many times what is written between two checkpoints stays
	// allowed where the room is made smaller.
	roomyWAL = 4
)

// maxWAL fits the room for WAL: more where WAL asks for checkpoints before
// their time, less where the disk could not hold it, or where a recovery would
// be long and next to none of it is used.
func maxWAL(k *knob) []proposal {
	now, ok := k.bytes()
	timed, asked, why := k.checkpoints()
	room := k.roomForWAL()
	switch {
	case !ok:
		return because("its value cannot be read")
	case room > 0 && now > room:
		return k.walThatFits(now, room)
	case why != "":
		return because("%s", why)
	}
	all := timed.n + asked.n
	if asked.n/all < askedTooOften {
		return k.lessWAL(now)
	}
	wal, why := k.wal()
	if why != "" {
		return because("%.0f of %.0f checkpoints were asked for %s, but %s: by WAL or by hand is not known", asked.n, all, timed.span(), why)
	}
	between := wal.n / all
	if between < fullEnough*float64(now) {
		return because("%.0f of %.0f checkpoints were asked for %s, but only %s of WAL lay between two: they were asked for by hand, by backups or by CREATE DATABASE", asked.n, all, timed.span(), size(int64(between)))
	}
	need := int64(2 * wal.perSecond() * k.secondsOf("checkpoint_timeout", 300))
	value := upTo(min(max(need, 2*now), walStep*now), 1<<30)
	if room > 0 && value > room/roomyDisk {
		return because("%.0f of %.0f checkpoints were asked for by WAL %s, but there is room for %s of it on the disk, and %s of that are wanted free beside it", asked.n, all, timed.span(), size(room), ratio(1-1.0/roomyDisk))
	}
	return one(proposal{
		value: strconv.FormatInt(value>>20, 10) + "MB", title: "Let checkpoints come by the clock", severity: SeverityWarning,
		reason:   "WAL fills up before the clock asks for a checkpoint; each checkpoint writes all changed pages, and behind it every page goes into the WAL whole again",
		evidence: []string{fmt.Sprintf("%.0f of %.0f checkpoints were asked for by WAL %s; above %s is too many", asked.n, all, timed.span(), ratio(askedTooOften)), size(int64(between)) + " of WAL between two checkpoints"},
		expect:   "fewer and steadier writes to disk, less WAL",
		risk:     "up to " + size(value) + " in pg_wal; recovery behind a crash takes longer, with more WAL to read",
		doubt:    "a load of data that is over leaves the same trace" + map[bool]string{true: "; how much room the WAL's disk has is not known to mltop"}[room == 0],
	})
}

// roomForWAL is what the disk of the data holds of WAL, with what lies there
// now; 0: not known.
func (f Facts) roomForWAL() int64 {
	if f.Stats.DiskFreeBytes == nil || f.Stats.WALBytes == nil {
		return 0
	}
	return *f.Stats.DiskFreeBytes + *f.Stats.WALBytes
}

// boundOfWAL is max_wal_size as it is, or as walThatFits wants it.
func (f Facts) boundOfWAL() int64 {
	bound, room := f.sizeOf("max_wal_size"), f.roomForWAL()
	if room > 0 && bound > room {
		return room / roomyDisk
	}
	return bound
}

// walThatFits keeps a full disk from stopping the server.
func (k *knob) walThatFits(now, room int64) []proposal {
	value := max(room/roomyDisk/bufferStep*bufferStep, k.sizeOf("min_wal_size"), 2*bufferStep)
	if value >= now {
		return because("the disk has room for %s of WAL alone, and less than that it cannot be: free some", size(room))
	}
	return one(proposal{
		value: megabytes(value), title: "Keep WAL from filling the disk", severity: SeverityWarning,
		reason:   "WAL may grow to more than the disk has room for; when it is full, the server stops",
		evidence: []string{"the disk of the data has room for " + size(room) + " of WAL, with the " + size(*k.Stats.WALBytes) + " that are there"},
		expect:   "a checkpoint comes before the disk is full", risk: "more checkpoints while much is written",
		doubt: "WAL that lies on a disk of its own does not fill this one; what a replica or an archive has yet to fetch is kept beside this bound",
	})
}

// lessWAL keeps a recovery short where the room was never used.
func (k *knob) lessWAL(now int64) []proposal {
	_, most, ok := k.between("wal_bytes")
	timed, asked, counted := checkpointsBy(k.total)
	if now <= longWAL || !ok || !counted || k.Stats.State == replica || most.over < day || asked.n >= askedTooOften*(asked.n+timed.n) {
		return fine
	}
	used := most.perSecond() * max(k.secondsOf("checkpoint_timeout", 300), usualTimeout)
	value := max(upTo(roomyWAL*int64(used), 1<<30), longWAL/8, k.sizeOf("min_wal_size"))
	if value > now/walStep {
		return fine
	}
	return one(proposal{
		value: megabytes(value), title: "Bound what a recovery has to read",
		reason:   "all WAL since the last checkpoint is read again behind a crash, before anybody is served: one load of data could make that very much",
		evidence: []string{fmt.Sprintf("%s of WAL at most in the time between two checkpoints %s; above %s a recovery takes minutes", size(int64(used)), most.span(), size(longWAL))},
		expect:   "a recovery reads at most about " + size(value), risk: "a load of much data has more checkpoints",
		doubt: "the rate is a mean: a busy hour writes more; where a replica takes over, nobody waits for the recovery",
	})
}

// replica is the state of a server that follows another (db.Stats.State).
const replica = "replica"

// wal is how much of it the server wrote. A replica writes none: what it takes
// from its primary is in no counter of its own.
func (k *knob) wal() (wal count, why string) {
	wal, ok := k.count("wal_bytes")
	switch {
	case k.Stats.State == replica:
		return wal, "a replica writes no WAL of its own: how much there is, its primary counts"
	case !ok:
		return wal, "WAL is not counted before version 14"
	}
	return wal, ""
}

// secondsOf reads "5min", "30s", "1h" and "300".
func (f Facts) secondsOf(name string, otherwise float64) float64 {
	s, ok := f.setting(name)
	if !ok {
		return otherwise
	}
	text := strings.TrimSpace(s.Value)
	text = strings.TrimSuffix(text, "in") // 5min is Go's 5m
	if d, err := time.ParseDuration(text); err == nil {
		return d.Seconds()
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	return otherwise
}

const (
	// usualTimeout is what sites that write much use; longer gains little.
	usualTimeout = 900
	// longTimeout and much: more to read behind a crash than one wants to wait for.
	longTimeout, longWAL = 1800, 32 << 30
	// busyWAL is where writes are worth a thought: 1 MiB a second.
	busyWAL = 1 << 20
	// wholePages is the part of WAL that is whole pages above which it is worth
	// making checkpoints rarer, or pages smaller.
	wholePages = 0.5
)

// fullPages is the part of the WAL that is whole pages, uncompressed.
func (k *knob) fullPages() (part float64, wal count, why string) {
	pages, _ := k.count("wal_fpi") // beside wal_bytes in every version
	wal, why = k.wal()
	block := int64(8192)
	if k.Stats.PageSize != nil {
		block = *k.Stats.PageSize
	}
	switch {
	case why != "":
		return 0, wal, why
	case wal.over < leastWatched:
		return 0, wal, wal.brief("WAL was", leastWatched)
	case wal.n <= 0:
		return 0, wal, "no WAL was written " + wal.span()
	}
	return min(1, pages.n*float64(block)/wal.n), wal, ""
}

// checkpointTimeout advises rarer checkpoints where whole pages make most of
// the WAL, and more frequent ones where recovery would take long.
func checkpointTimeout(k *knob) []proposal {
	now := k.secondsOf("checkpoint_timeout", 0)
	part, wal, why := k.fullPages()
	if why != "" || now == 0 {
		return because("%s", firstOf(why, "its value cannot be read"))
	}
	if left := wal.perSecond() * now; now > longTimeout && left > longWAL {
		return one(proposal{
			value: "1800s", title: "Keep recovery short",
			reason: "all WAL since the last checkpoint is read again behind a crash, before anybody is served", expect: "recovery reads at most " + size(int64(wal.perSecond()*longTimeout)),
			evidence: []string{size(int64(left)) + " of WAL in the time between two checkpoints " + wal.span()},
			risk:     "more writes: pages go into the WAL whole behind each checkpoint", doubt: "where a replica takes over, nobody waits for the recovery",
		})
	}
	need := int64(2 * wal.perSecond() * usualTimeout)
	switch {
	case now >= usualTimeout || part < wholePages || wal.perSecond() < busyWAL:
		return fine
	case k.boundOfWAL() < need:
		return because("%s of the WAL is whole pages %s, which rarer checkpoints would spare; max_wal_size has to hold %s first", ratio(part), wal.span(), size(need))
	}
	return one(proposal{
		value: "15min", title: "Make checkpoints rarer",
		reason:   "the first change of a page behind each checkpoint writes the page whole",
		evidence: []string{fmt.Sprintf("%s of %s of WAL an hour is whole pages %s; from %s on it is worth it", ratio(part), size(int64(wal.perHour())), wal.span(), ratio(wholePages))},
		expect:   "less WAL, and fewer pages written twice", risk: "recovery behind a crash reads up to " + size(need/2) + " of WAL",
		doubt: "rows spread over so many pages that each is touched but once gain nothing",
	})
}

// walCompression advises smaller whole pages.
func walCompression(k *knob) []proposal {
	part, wal, why := k.fullPages()
	if why != "" {
		return because("%s", why)
	}
	if !oneOf(k.now.Value, "off") || part < wholePages || wal.perSecond() < busyWAL {
		return fine
	}
	return one(proposal{
		value: "on", title: "Compress whole pages in the WAL",
		reason:   "whole pages make most of the WAL, and they compress well",
		evidence: []string{fmt.Sprintf("%s of %s of WAL an hour is whole pages %s; from %s on it is worth it", ratio(part), size(int64(wal.perHour())), wal.span(), ratio(wholePages))},
		expect:   "about half as much WAL to write, keep and send", risk: "processor time in every session that writes",
		doubt: "from version 15 on lz4 costs less, where the server was built with it; pages that were compressed by the application stay as they are",
	})
}

const goodTarget, lateTarget = 0.9, 0.95

// completionTarget advises to spread a checkpoint over the time until the next.
func completionTarget(k *knob) []proposal {
	now, ok := k.numberOf("checkpoint_completion_target")
	timed, asked, why := k.checkpoints()
	switch {
	case !ok || now >= goodTarget && now <= lateTarget:
		return fine
	case why != "":
		return because("%s", why)
	}
	return one(proposal{
		value: "0.9", title: "Spread checkpoints over time",
		reason:   map[bool]string{true: "a checkpoint is written in a burst, and statements wait for the disk meanwhile", false: "a checkpoint that may take all its time is not done when the next is due"}[now < goodTarget],
		evidence: []string{fmt.Sprintf("%.0f checkpoints %s", timed.n+asked.n, timed.span())},
		expect:   "the same writes, evenly", risk: "slightly more WAL is kept", doubt: "disks that are never busy do not mind bursts",
	})
}
