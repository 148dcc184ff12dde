package advisor

import (
	"fmt"
	"time"

	"mltop/internal/db"
	"mltop/internal/units"
)

// A Machine is what the server has to live on: of its host, or of the
// container that it runs in, whichever is less.
type Machine struct {
	Memory    int64   // bytes; 0: not known
	Available int64   // of it, for somebody who asks now; 0: not known
	Cores     float64 // 0: not known
	How       string  // how that is known: "this machine", "--server-memory"
	Why       string  // why it is not
}

// whyNoMachine is how to say what mltop cannot see.
func (m Machine) whyNoMemory() string {
	return "how much memory the server's machine has is not known: " + firstOf(m.Why, "nobody looked") + "; --server-memory 16GB says it"
}

// short reports that hardly any of the memory is left.
func (m Machine) short() bool {
	return m.Available > 0 && m.Available < int64(spare/2*float64(m.Memory))
}

// evidence is the memory as a rule leans on it.
func (m Machine) evidence() string {
	return "the server may use " + size(m.Memory) + " of memory (" + firstOf(m.How, "this machine") + ")"
}

// leastWatched is how long two looks must be apart for what was counted
// between them to weigh more than the totals: less is a moment, not a workload.
const leastWatched = 10 * time.Minute

// A tally is what the server has counted, and over how long.
type tally struct {
	now, before *db.Stats // before is nil where the totals are used
	whole       time.Duration
}

// newTally prefers what was counted while mltop watched, if that was long
// enough and nothing was reset meanwhile.
func (f Facts) newTally() tally {
	t := tally{now: &f.Stats}
	if !f.Stats.Since.IsZero() {
		t.whole = f.Stats.At.Sub(f.Stats.Since)
	}
	if b := f.Before; b != nil && f.Stats.At.Sub(b.At) >= leastWatched && b.Since.Equal(f.Stats.Since) {
		t.before, t.whole = b, f.Stats.At.Sub(b.At)
	}
	return t
}

// A count is what one counter says.
type count struct {
	n    float64
	over time.Duration // 0: not known
	live bool          // counted while mltop watched
}

// count answers a counter; ok is false where the server has none, or began it
// anew.
func (t tally) count(name string) (c count, ok bool) {
	now, since, ok := counterOf(t.now, name)
	if !ok {
		return c, false
	}
	c = count{now, t.whole, t.before != nil}
	if t.before != nil {
		before, _, ok := counterOf(t.before, name)
		c.n -= before
		return c, ok && c.n >= 0
	}
	if !since.IsZero() {
		c.over = t.now.At.Sub(since)
	}
	return c, true
}

// total is the counter since its beginning, also where mltop has watched.
func (t tally) total(name string) (count, bool) {
	whole := tally{now: t.now}
	if !t.now.Since.IsZero() {
		whole.whole = t.now.At.Sub(t.now.Since)
	}
	return whole.count(name)
}

// between is the counter over the time in which it grew least an hour and over
// that in which it grew most: while mltop watched, and in all. One import does
// not make a rate, nor does one quiet stretch.
func (t tally) between(name string) (least, most count, ok bool) {
	recent, ok := t.count(name)
	all, counted := t.total(name)
	if recent.perHour() <= all.perHour() {
		return recent, all, ok && counted
	}
	return all, recent, ok && counted
}

// counterOf finds a counter by its own name, with or without its view's.
func counterOf(s *db.Stats, name string) (value float64, since time.Time, ok bool) {
	common := map[string]*float64{"cache_reads": s.CacheReads, "cache_hits": s.CacheHits, "query_seconds": s.QuerySeconds}
	if v := common[name]; v != nil {
		return *v, since, true
	}
	for _, c := range s.Counters {
		if isCalled(c.Name, name) {
			return c.Value, c.Since, true
		}
	}
	return 0, since, false
}

func isCalled(full, name string) bool {
	n := len(full) - len(name)
	return n >= 0 && full[n:] == name && (n == 0 || full[n-1] == '.')
}

// gauge is a counter as it stands now.
func (t tally) gauge(name string) (float64, bool) {
	v, _, ok := counterOf(t.now, name)
	return v, ok
}

// perHour is 0 where nobody knows how long was counted.
func (c count) perHour() float64 {
	if c.over <= 0 {
		return 0
	}
	return c.n / c.over.Hours()
}

func (c count) perSecond() float64 { return c.perHour() / 3600 }

// span says over how long was counted: every piece of evidence ends with it.
func (c count) span() string {
	switch {
	case c.over <= 0:
		return "since the server began to count"
	case c.live:
		return "in the " + lasting(c.over) + " that mltop watched"
	}
	return "in the " + lasting(c.over) + " since the counters began"
}

func lasting(d time.Duration) string {
	if d < 48*time.Hour {
		return seconds(d.Seconds())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// brief says for how short a time something was counted yet; "" when that is
// long enough.
func (c count) brief(what string, least time.Duration) string {
	if c.over >= least {
		return ""
	}
	return what + " counted for " + lasting(max(c.over, 0)) + " only: it takes " + lasting(least) + " to say"
}

func ratio(v float64) string { return units.Percent(v) }
