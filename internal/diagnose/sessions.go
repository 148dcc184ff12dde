package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/units"
)

// Locks are waited for all the time. A second is a person's notice; five are
// where drivers begin to give up.
const (
	waitNotable = time.Second
	waitBad     = 5 * time.Second
)

const (
	waitingRule    = "waiting"
	hiddenWaitRule = "waiting for a hidden holder"
)

// waiting finds sessions that wait for others, and the one at the root.
func waiting(f *facts) []Finding {
	d := f.snap.Database
	if d == nil {
		return nil
	}
	longest := time.Duration(0)
	for _, s := range d.Sessions {
		if len(s.BlockedBy) > 0 {
			longest = max(longest, s.For)
		}
	}
	tree := d.Blocking()
	if len(tree) == 0 || longest < waitNotable {
		return nil
	}
	root := tree[0]
	x := Finding{
		Rule: waitingRule, Level: Warn, View: "sessions", Weight: float64(root.Behind),
		Text:    fmt.Sprintf("%s for %s: the longest for %s", waitText(root.Behind), f.rootText(root.At, root.ID), seconds(longest.Seconds())),
		Against: []string{"one look at one moment: it may be over", f.rootEnds(root.At)},
	}
	if lock, remedy := inferredLock(d.Sessions, root.ID); lock != "" {
		x.Text = fmt.Sprintf("%s for a %s, the longest for %s: most likely behind %s (inferred)", waitText(root.Behind), lock, seconds(longest.Seconds()), f.rootText(root.At, root.ID))
		x.Against = append([]string{inferredNote + prefixed(": ", remedy)}, x.Against...)
	}
	if longest >= waitBad {
		x.Level = Crit
	}
	return []Finding{x}
}

// rootEnds says how those behind a root get free.
func (f *facts) rootEnds(at int) string {
	if at >= 0 && f.snap.Database.Sessions[at].Prepared != nil {
		return f.snap.Database.Sessions[at].Prepared.NoSession()
	}
	return "cancelling or terminating the root frees them, and throws its work away; the application will do it again"
}

// behindHidden finds sessions that wait for a lock which the server does not
// name a holder of, and infers one: the oldest transaction.
func behindHidden(f *facts) []Finding {
	d := f.snap.Database
	if d == nil {
		return nil
	}
	stuck := hiddenWaits(d.Sessions)
	if len(stuck) == 0 || stuck[0].For < waitNotable {
		return nil
	}
	lock, remedy := lockOf(stuck[0])
	root := f.likelyRoot(stuck[0].For)
	x := Finding{
		Rule: hiddenWaitRule, Level: Warn, View: "sessions", Weight: float64(len(stuck)),
		Text:    fmt.Sprintf("%s for a %s, the longest for %s: %s", waitText(len(stuck)), lock, seconds(stuck[0].For.Seconds()), root),
		Against: []string{inferredNote + prefixed(": ", remedy), "one look at one moment: it may be over"},
	}
	if stuck[0].For >= waitBad {
		x.Level = Crit
	}
	return []Finding{x}
}

const inferredNote = "the holder is inferred from ages, not told by the server"

// inferredLock is what is waited for behind a root that was inferred, and how
// to be told; "" where the server named the root.
func inferredLock(list []collectors.Session, root string) (lock, remedy string) {
	for _, s := range list {
		if s.Inferred && slices.Contains(s.BlockedBy, root) {
			return lockOf(s)
		}
	}
	return "", ""
}

// lockOf takes the engine's words apart: the lock, and what makes the server
// name its holder.
func lockOf(s collectors.Session) (lock, remedy string) {
	lock, rest, _ := strings.Cut(s.Waits, "; ")
	if _, after, ok := strings.Cut(rest, "as it seems: "); ok {
		rest = after
	}
	return strings.TrimPrefix(strings.ToLower(lock), "waiting for "), rest
}

func prefixed(by, text string) string {
	if text == "" {
		return ""
	}
	return by + text
}

// hiddenWaits are the sessions that wait for a lock of nobody knows whom, the
// longest first. Where the holders of one kind of lock are named, they are
// known: of very many sessions a server is asked for some alone.
func hiddenWaits(list []collectors.Session) []collectors.Session {
	named := map[string]bool{}
	for _, s := range list {
		named[s.Waits] = named[s.Waits] || len(s.BlockedBy) > 0
	}
	var out []collectors.Session
	for _, s := range list {
		if s.Locked && len(s.BlockedBy) == 0 && !named[s.Waits] {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b collectors.Session) int { return cmp.Compare(b.For, a.For) })
	return out
}

// likelyRoot names the oldest transaction that waits for nobody and is no
// younger than the wait; the server's clocks tell whole seconds.
func (f *facts) likelyRoot(wait time.Duration) string {
	list, oldest := f.snap.Database.Sessions, -1
	for i, s := range list {
		if !s.Waiting() && s.Transaction > 0 && s.Transaction+time.Second >= wait && (oldest < 0 || s.Transaction > list[oldest].Transaction) {
			oldest = i
		}
	}
	if oldest < 0 {
		return "no open transaction is old enough to be what holds it"
	}
	return "most likely behind the oldest open transaction (inferred), " + f.rootText(oldest, list[oldest].ID)
}

func waitText(n int) string {
	if n == 1 {
		return "1 session waits"
	}
	return units.Plural(n, "session") + " wait"
}

// rootText names the session that holds others up, and what it does.
func (f *facts) rootText(at int, id string) string {
	if at < 0 {
		return strings.TrimSpace("session " + id)
	}
	s := f.snap.Database.Sessions[at]
	if s.Prepared != nil {
		return preparedText(s)
	}
	text := "session " + id + f.whoIs(at)
	switch {
	case s.Idle:
		return text + ", idle in transaction for " + seconds(s.For.Seconds())
	case s.State != "" && s.For > 0:
		return text + ", " + s.State + " for " + seconds(s.For.Seconds())
	}
	return text
}

// whoIs names a session's user and application.
func (f *facts) whoIs(at int) string {
	s := f.snap.Database.Sessions[at]
	who := strings.Trim(s.User+", "+s.Application, ", ")
	if who == "" {
		return ""
	}
	return " (" + who + ")"
}

// idleLong is far beyond what an application thinks about between two
// statements of a transaction.
const idleLong = 5 * time.Minute

// idleTransaction finds the transaction that has been left open the longest,
// where nobody waits for it yet.
func idleTransaction(f *facts) []Finding {
	d := f.snap.Database
	if d == nil {
		return nil
	}
	oldest := -1
	for i, s := range d.Sessions {
		if s.Idle && s.For >= idleLong && (oldest < 0 || s.For > d.Sessions[oldest].For) {
			oldest = i
		}
	}
	if oldest < 0 || slices.ContainsFunc(d.Sessions, collectors.Session.Waiting) {
		return nil
	}
	s := d.Sessions[oldest]
	return []Finding{{
		Rule: "idle transaction", Level: Warn, View: "sessions", Weight: 0.01,
		Text:    fmt.Sprintf("session %s%s has been idle in a transaction for %s: it keeps old rows from being cleaned up", s.ID, f.whoIs(oldest), seconds(s.For.Seconds())),
		Against: []string{"it keeps its locks, and nobody waits for them now"},
	}}
}

// A server that is this full turns clients away in the next burst.
const (
	fullSoon  = 0.8
	fullNow   = 0.95
	fewAllows = 10 // below it a share says nothing
)

// connections finds a server that has hardly a connection left.
func connections(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || d.ConnectionPoolRatio == nil || d.Stats.ConnectionsUsed == nil || d.Stats.ConnectionsAllowed == nil || *d.Stats.ConnectionsAllowed < fewAllows {
		return nil
	}
	ratio := *d.ConnectionPoolRatio
	if ratio < fullSoon {
		return nil
	}
	x := Finding{
		Rule: "connections", Level: Warn, View: "sessions", Weight: ratio,
		Text:    fmt.Sprintf("%.0f of %.0f connections are taken", *d.Stats.ConnectionsUsed, *d.Stats.ConnectionsAllowed),
		Against: []string{"a pool that holds its connections open takes them all at once, and needs no more"},
	}
	if ratio >= fullNow {
		x.Level, x.Text = Crit, x.Text+": the next clients are turned away"
	}
	return []Finding{x}
}
