package advisor

import (
	"fmt"
	"strconv"
	"time"

	"mltop/internal/db"
	"mltop/internal/units"
)

// autovacuum advises to switch on what keeps tables from growing for ever.
func autovacuum(k *knob) []proposal {
	if !oneOf(k.now.Value, "off") {
		return fine
	}
	dead, table := k.mostDead()
	p := proposal{
		value: "on", title: "Let the server clear away dead rows", severity: SeverityWarning,
		reason: "without autovacuum tables and indexes grow with every change, statistics go stale, and in the end the server stops before its transaction numbers run out",
		expect: "dead rows are cleared away, and statistics kept, in the background",
		risk:   "the first vacuums have much to do and read the disk", doubt: "a cron job may vacuum instead",
	}
	if table != "" {
		p.evidence = append(p.evidence, fmt.Sprintf("%s has %s dead rows", table, units.Whole(dead)))
	}
	return one(p)
}

// Settings of a table's own: it is left out of autovacuum, or has a limit of
// its own.
const (
	ownOff    = "autovacuum_enabled"
	ownFactor = "autovacuum_vacuum_scale_factor"
)

// tableVacuumOff finds tables that somebody took out of autovacuum, and that
// miss it.
func tableVacuumOff(k *knob) []proposal {
	var out []proposal
	for _, t := range k.Schema.Tables {
		own, has := t.Options[ownOff]
		if !has || !oneOf(own, "false", "off", "0") || t.Dead == nil || *t.Dead < fewDead {
			continue
		}
		out = append(out, proposal{
			table: t, option: ownOff, value: "", title: "Let the server clear away dead rows of " + t.Name, severity: SeverityWarning,
			reason:   "the table was taken out of autovacuum and has gathered dead rows since",
			evidence: []string{fmt.Sprintf("%s = %s is the table's own; %s dead rows beside %s", ownOff, own, units.Whole(*t.Dead), rowsOf(t))},
			expect:   "autovacuum clears them away within minutes", risk: "its first vacuum reads the table and all its indexes",
			doubt: "a job of your own may vacuum it at night",
		})
	}
	return out
}

func rowsOf(t *db.Table) string {
	if t.Rows == nil {
		return "an unknown number of rows"
	}
	return units.Whole(*t.Rows) + " live ones"
}

const (
	// fewDead rows are not worth a setting; vastRows is a table of which a
	// fifth is too many to wait for.
	fewDead, vastRows = 10_000, 1_000_000
	// wantDead is how many dead rows a large table may gather: VACUUM then has
	// some seconds of work.
	wantDead = 50_000
	// leastScale and lowScale bound the factor that is advised; below the first
	// a table is vacuumed without end.
	leastScale, lowScale = 0.005, 0.1
	// endless vacuums an hour of one table are too many: its limit is too low.
	endless = 20
)

// tableVacuum fits the limit that starts a vacuum to tables for which the
// server's own, a part of the rows, is too much or too little.
func tableVacuum(k *knob) []proposal {
	if k.is("autovacuum", "off") {
		return because("autovacuum is off: that comes first")
	}
	var out []proposal
	for _, t := range k.Schema.Tables {
		if t.Rows == nil || t.Dead == nil || t.Unsupported != "" || oneOf(t.Options[ownOff], "false", "off", "0") {
			continue
		}
		if p, ok := k.vacuumOf(t); ok {
			out = append(out, p)
		}
	}
	return out
}

// limitOf is the part of rows that may be dead, the fixed number beside it,
// and whether the part is the table's own.
func (k *knob) limitOf(t *db.Table) (part, fixed float64, own bool) {
	part, _ = k.numberOf(ownFactor)
	fixed, _ = k.numberOf("autovacuum_vacuum_threshold")
	if v, err := strconv.ParseFloat(t.Options["autovacuum_vacuum_threshold"], 64); err == nil {
		fixed = v
	}
	if v, err := strconv.ParseFloat(t.Options[ownFactor], 64); err == nil {
		return v, fixed, true
	}
	return part, fixed, false
}

func (k *knob) vacuumOf(t *db.Table) (proposal, bool) {
	part, fixed, own := k.limitOf(t)
	rows, dead := float64(*t.Rows), float64(*t.Dead)
	limit := fixed + part*rows
	switch perHour := k.vacuumsAnHour(t); {
	case own && part < lowScale && perHour > endless:
		return proposal{
			table: t, option: ownFactor, value: "", title: "Vacuum " + t.Name + " less often",
			reason: "the table is vacuumed again and again for few dead rows, and each time all its indexes are read",
			evidence: []string{fmt.Sprintf("%.0f vacuums an hour since the counters began, each from %s dead rows on, by the table's own scale factor of %g; above %d is too many",
				perHour, units.Whole(int64(limit)), part, endless)},
			expect: "fewer, larger vacuums", risk: "more dead rows between two of them", doubt: "a small queue table is vacuumed often for good reason",
		}, true
	case rows < vastRows || dead < fewDead || dead < limit/4 || part < lowScale:
		return proposal{}, false
	}
	value := min(part, max(leastScale, wantDead/rows))
	if value > part/2 {
		return proposal{}, false
	}
	text := strconv.FormatFloat(value, 'g', 2, 64)
	return proposal{
		table: t, option: ownFactor, value: text, title: "Vacuum " + t.Name + " earlier (" + ownFactor + " = " + text + ")",
		reason: "the server waits for a part of the rows to be dead, which on a large table is many: reads pass them, and one vacuum has very much to do",
		evidence: []string{fmt.Sprintf("%s dead rows beside %s live ones now; a vacuum comes at %s, and would come at %s",
			units.Whole(int64(dead)), units.Whole(int64(rows)), units.Whole(int64(limit)), units.Whole(int64(fixed+value*rows)))},
		expect: "shorter vacuums, fewer dead rows to read past", risk: "the table is vacuumed more often",
		doubt: "vacuums that an old transaction holds up do not help, however often they come",
	}, true
}

// vacuumsAnHour is 0 where it cannot be known.
func (k *knob) vacuumsAnHour(t *db.Table) float64 {
	if t.Vacuums == nil || k.Stats.Since.IsZero() {
		return 0
	}
	over := k.Stats.At.Sub(k.Stats.Since)
	if over < time.Hour {
		return 0
	}
	return float64(*t.Vacuums) / over.Hours()
}

// Parts of the connections that are allowed.
const (
	// nearlyAll: the next burst is refused.
	nearlyAll = 0.85
	// hardlyAny: of so few the rest costs memory in every reckoning.
	hardlyAny = 0.1
	// idleMost of the sessions do nothing: a pooler would serve them with few.
	idleMost = 0.7
	// longEnough to say that more connections are never used: a week has every
	// job in it that a week has.
	longEnough = 7 * 24 * time.Hour
)

// maxSessions weighs the connections that are allowed against those used.
// PostgreSQL keeps no high-water mark: what mltop saw has to do.
func maxSessions(k *knob) []proposal {
	allowed, ok := k.numberOf("max_connections")
	if !ok || k.Stats.ConnectionsUsed == nil {
		return because("connections are not counted")
	}
	peak := max(k.PeakConnections, *k.Stats.ConnectionsUsed)
	watched := "now"
	if k.Watched > time.Minute && k.PeakConnections > 0 {
		watched = "in the " + lasting(k.Watched) + " that mltop watched"
	}
	seen := fmt.Sprintf("%.0f of %.0f connections were used at once %s; from %s on the next burst is refused", peak, allowed, watched, ratio(nearlyAll))
	switch idle := k.idlePart(); {
	case peak < nearlyAll*allowed && (k.Watched < longEnough || peak > hardlyAny*allowed):
		return fine
	case peak < hardlyAny*allowed && k.forSessions() < 2*k.sizeOf("work_mem") && k.forSessions() > 0:
		return one(fewerSessions(k, allowed, peak, seen))
	case peak < hardlyAny*allowed:
		return fine
	case idle >= idleMost:
		return because("%s, but %s of them are idle: a pooler (pgbouncer) would serve them with a tenth, more connections would cost memory", seen, ratio(idle))
	default:
		return k.moreSessions(allowed, seen)
	}
}

// idlePart is the part of the sessions that do nothing and hold nothing open.
func (f Facts) idlePart() float64 {
	idle := 0
	for _, s := range f.Sessions {
		if s.State == "idle" {
			idle++
		}
	}
	return float64(idle) / float64(max(db.CountSessions(f.Sessions), 1))
}

func (k *knob) moreSessions(allowed float64, seen string) []proposal {
	value := int64(allowed * 3 / 2)
	room := k.forSessions()
	need := k.sizeOf("work_mem") * value
	switch {
	case room == 0:
		return because("%s; %s", seen, k.Machine.whyNoMemory())
	case need > room*int64(allowed):
		return because("%s, but %d sessions that all sort would take %s, and %s are left for them: a pooler, or a smaller work_mem, comes first", seen, value, size(need), size(room*int64(allowed)))
	}
	return one(proposal{
		value: strconv.FormatInt(value, 10), title: "Allow more connections", severity: SeverityWarning,
		reason: "nearly all connections are used: the next clients are refused", evidence: []string{seen, k.reckoning(room)},
		expect: "bursts are served", risk: "each session is a process with memory of its own; snapshots take longer with many",
		doubt: "an application that leaks connections uses these up too; a pooler serves many clients with few connections",
	})
}

func fewerSessions(k *knob, allowed, peak float64, seen string) proposal {
	value := max(20, int64(3*peak))
	return proposal{
		value: strconv.FormatInt(value, 10), title: "Allow fewer connections",
		reason:   "memory has to be kept for sessions that never come, and so work_mem cannot grow",
		evidence: []string{seen, k.reckoning(k.forSessions())},
		expect:   "more memory for each session that there is", risk: "a burst above it is refused", doubt: "a job that runs once a month was not seen",
	}
}

// heldLong is how long an idle transaction must have kept others waiting to be
// no accident of the moment.
const heldLong = 10 * time.Second

// idleTimeout advises to end transactions that do nothing and hold others up,
// where one was caught at it.
func idleTimeout(k *knob) []proposal {
	if !oneOf(k.now.Value, "0", "") {
		return fine
	}
	for _, s := range k.Sessions {
		if waiting := k.heldBy(s.ID); s.Idle && s.Transaction >= heldLong && waiting > 0 {
			return one(proposal{
				value: "5min", title: "End transactions that idle", severity: SeverityWarning,
				reason:   "a session began a transaction, does nothing in it, and keeps the locks that others wait for",
				evidence: []string{fmt.Sprintf("session %s (%s) idles in a transaction of %s; %s wait for it", s.ID, firstOf(s.Application, s.User, "no name"), lasting(s.Transaction), units.Plural(waiting, "session"))},
				expect:   "such a session is ended after five minutes, and its locks are free",
				risk:     "its work is rolled back, and its application has to connect again", doubt: "migrations and consoles that are left open with a purpose are ended as well: set it to 0 for their role",
			})
		}
	}
	return fine
}

func (f Facts) heldBy(id string) (n int) {
	for _, s := range f.Sessions {
		for _, by := range s.BlockedBy {
			if by == id {
				n++
			}
		}
	}
	return n
}
