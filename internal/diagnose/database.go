package diagnose

import (
	"fmt"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/units"
)

// gone finds that the target is not what we attached to any more.
func gone(f *facts) (out []Finding) {
	add := func(what, state string) {
		if !isGone(state) {
			return
		}
		out = append(out, Finding{
			Rule: "gone", Level: Crit, View: "database", Weight: 1e6, // nothing else that is said holds
			Text:    fmt.Sprintf("%s is %s: what is shown is of before", what, state),
			Against: []string{"it is looked for again at every tick; a restore or a deploy does this too"},
		})
	}
	if d := f.snap.Database; d != nil {
		add(named(d.Stats.Name, "the database"), d.Stats.State)
	}
	for _, r := range f.snap.Requests {
		add(named(r.Source.Name, "the request log"), r.State)
	}
	return out
}

func isGone(state string) bool {
	for _, word := range [...]string{"gone", "replaced", "missing", "a directory"} {
		if strings.Contains(state, word) {
			return true
		}
	}
	return false
}

func named(name, or string) string {
	if name == "" {
		return or
	}
	return name
}

// unread finds a server that does not answer.
func unread(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || !d.Stats.Unread {
		return nil
	}
	return []Finding{{
		Rule: "unread", Level: Crit, View: "database", Weight: 1e6,
		Text:    fmt.Sprintf("%s does not answer: %s", named(d.Stats.Name, "the database"), d.Stats.State),
		Against: []string{"it is asked again at every tick, from here: the application may reach it another way"},
	}}
}

// broken finds a file that is there and cannot be used as a database.
func broken(f *facts) []Finding {
	d := f.snap.Database
	if d == nil {
		return nil
	}
	switch d.Stats.State {
	case "truncated", "damaged", "not a database", "disk full", "no permission", "unreadable":
	default:
		return nil
	}
	return []Finding{{
		Rule: "broken", Level: Crit, View: "database", Weight: 1e5,
		Text:    fmt.Sprintf("%s: %s", named(d.Stats.Name, "the database"), d.Stats.State),
		Against: []string{"seen with mltop's own SQLite and rights: the application may still manage"},
	}}
}

// hotJournal finds a crashed writer's journal that nobody has rolled back.
func hotJournal(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || !strings.Contains(d.Stats.State, "hot journal") {
		return nil
	}
	return []Finding{{
		Rule: "hot journal", Level: Crit, View: "database", Weight: 1e5,
		Text:    "a hot journal lies beside the file: an application crashed in the middle of a write",
		Against: []string{"the next writer rolls it back by itself; mltop never does"},
	}}
}

// A tenth of a minute's reads, and enough reads to mean it.
const (
	lockedRatio  = 0.05
	lockedBadly  = 0.25
	enoughPoints = 10
)

// locked finds that reads meet locks.
func locked(f *facts) []Finding {
	points := f.lately(collectors.MetricBusy)
	busy := mean(points)
	if len(points) < enoughPoints || !(busy >= lockedRatio) {
		return nil
	}
	x := Finding{
		Rule: "locks", Level: Warn, View: "database", Weight: busy,
		Text:    fmt.Sprintf("%s of reads meet a lock: writers hold the file", percent(busy)),
		Against: []string{"counted on mltop's own short reads: the application may wait instead of failing"},
	}
	if d := f.snap.Database; d != nil && rollback(d.Stats.JournalMode) {
		x.Text += " (journal mode " + d.Stats.JournalMode + ": readers and writers shut each other out)"
	}
	if busy >= lockedBadly {
		x.Level = Crit
	}
	return []Finding{x}
}

func rollback(mode string) bool {
	return mode == "delete" || mode == "truncate" || mode == "persist"
}

// From this many commits a request and a second, in a mode that syncs the
// file at each, the disk sets the pace.
const (
	commitsARequest = 0.9
	commitsASecond  = 20
)

// commitBound finds that every request waits for a commit in rollback mode.
func commitBound(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || !rollback(d.Stats.JournalMode) || d.CommitsPerRequest == nil || *d.CommitsPerRequest < commitsARequest {
		return nil
	}
	rate := mean(f.lately(collectors.MetricCommits))
	if !(rate >= commitsASecond) {
		return nil
	}
	return []Finding{{
		Rule: "commit-bound", Level: Warn, View: "database", Weight: 0.01 * rate,
		Text: fmt.Sprintf("each request waits for a commit (%s a request, %s a second), and journal mode %s syncs the file every time",
			units.Digits(*d.CommitsPerRequest), units.Digits(rate), d.Stats.JournalMode),
		Against: []string{"a disk with a cache that survives power loss hides the cost", "wal helps only if the application keeps a connection open"},
	}}
}

// The usual checkpoint comes at 1000 pages (4 MB): far beyond that somebody
// stops it.
const (
	walLarge   = 64 << 20
	walTimes   = 8
	walOfUsual = time.Hour
)

// walGrowth finds a write-ahead log that no checkpoint empties.
func walGrowth(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || d.Stats.WALBytes == nil || *d.Stats.WALBytes < walLarge || d.Stats.JournalMode == "" {
		return nil
	}
	wal, usual := float64(*d.Stats.WALBytes), median(f.series(collectors.MetricWALBytes, walOfUsual, 60))
	file := 0.0
	if d.Stats.FileBytes != nil {
		file = float64(*d.Stats.FileBytes)
	}
	if wal < walTimes*usual && wal < file/4 {
		return nil
	}
	text := fmt.Sprintf("the wal has grown to %s", units.Bytes(wal))
	if usual < wal/2 {
		text += fmt.Sprintf(" (usually %s)", units.Bytes(usual))
	}
	return []Finding{{
		Rule: "wal", Level: Warn, View: "database", Weight: 0.1,
		Text:    text + ": a reader that never ends keeps the checkpoint from emptying it",
		Against: []string{"one very large transaction does the same; the file does not shrink by itself afterwards"},
	}}
}

// Growth is worth a sentence when the disk would be full within a month, seen
// over at least a quarter of an hour.
const (
	fullWithin = 30 * 24 * time.Hour
	seenFor    = 15 * time.Minute
)

// fileGrowth finds a file that grows without end.
func fileGrowth(f *facts) []Finding {
	d := f.snap.Database
	perSecond := f.growth()
	if d == nil || perSecond <= 0 || f.snap.System == nil || f.snap.System.FileSystem == nil {
		return nil
	}
	left := float64(f.snap.System.FileSystem.Free) / perSecond
	if left > fullWithin.Seconds() {
		return nil
	}
	level := Warn
	if left < 24*3600 {
		level = Crit
	}
	return []Finding{{
		Rule: "growth", Level: level, View: "database", Weight: 3600 / left,
		Text: fmt.Sprintf("%s grows by %s a day: the disk is full in %s",
			named(d.Stats.Name, "the file"), units.Bytes(perSecond*86400), seconds(left)),
		Against: []string{"reckoned from the last hour: a nightly clean-up would not be seen"},
	}}
}

// growth is in bytes a second over the last hour; 0 if that was not seen for
// long enough.
func (f *facts) growth() float64 {
	const n = 60
	all := f.in.History.Series(collectors.Metric{Name: collectors.MetricFileBytes}, f.in.Now, time.Hour, n)
	first, last := -1, -1
	for i, v := range all {
		if v == v { // not NaN
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	dt := float64(last-first) * time.Hour.Seconds() / n
	if first < 0 || dt < seenFor.Seconds() {
		return 0
	}
	return (all[last] - all[first]) / dt
}

// StatisticsRule names the finding that the advisor's own trial can take back.
const StatisticsRule = "statistics"

// manyRows: below this a planner's guess does no harm.
const manyRows = 10_000

// statistics finds indexed tables that the planner knows nothing about, unless
// the advisor has tried it with statistics and found it to guess better.
func statistics(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || f.triedSlower(advisor.KindAnalyze) || d.Schema == nil || d.Stats.StatisticsAt != nil || d.Stats.JournalMode == "" { // a server gathers them by itself
		return nil
	}
	var without []string
	for _, t := range d.Schema.Tables {
		for _, ix := range t.Indexes {
			if ix.Stat != nil {
				return nil
			}
		}
		if len(t.Indexes) > 0 && t.Rows != nil && *t.Rows >= manyRows {
			without = append(without, t.Name)
		}
	}
	if len(without) == 0 {
		return nil
	}
	return []Finding{{
		Rule: StatisticsRule, Level: Warn, View: "advisor", Weight: 0.001,
		Text:    "the planner has no statistics (ANALYZE was never run): it guesses which index serves " + without[0],
		Against: []string{"with one index for each query a guess is as good"},
	}}
}
