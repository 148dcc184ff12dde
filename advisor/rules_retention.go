package advisor

import (
	"fmt"
	"math"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// A log table is worth a word on retention from this size on, or when the
// disk is full within a month.
const (
	manyRows   = 100_000
	manyBytes  = 64 << 20
	soonFull   = 30.0 // days
	deleteStep = 1000 // rows in one transaction: some milliseconds under the lock
)

// retention finds log tables from which nothing is ever deleted.
func retention(f Facts) []Recommendation {
	var out []Recommendation
	for _, log := range f.Logs {
		t := f.Schema.Table(log.Table)
		if t == nil || t.Rows == nil || f.writesTo(t.ID(), db.KindDelete) {
			continue
		}
		g := growthOf(f, t)
		if *t.Rows < manyRows && g.bytes < manyBytes && !(g.daysLeft < soonFull) {
			continue
		}
		out = append(out, retentionAdvice(f, log, t, g))
	}
	return out
}

// growth is how a table grows; daysLeft is +Inf when that is not known.
type growth struct {
	bytes    int64
	perDay   float64 // bytes
	daysLeft float64
}

func growthOf(f Facts, t *db.Table) growth {
	g := growth{daysLeft: math.Inf(1)}
	if t.Bytes != nil {
		g.bytes = *t.Bytes
	}
	rows := f.RowsPerHour[strings.ToLower(t.Name)]
	if *t.Rows > 0 {
		g.perDay = 24 * rows * float64(g.bytes) / float64(*t.Rows)
	}
	if f.Stats.DiskFreeBytes != nil && g.perDay > 0 {
		g.daysLeft = float64(*f.Stats.DiskFreeBytes) / g.perDay
	}
	return g
}

func retentionAdvice(f Facts, log LogTable, t *db.Table, g growth) Recommendation {
	r := Recommendation{
		ID:         adviceID(KindRetention, t.Name, log.Time),
		Kind:       KindRetention,
		Severity:   SeverityInfo,
		Title:      "Delete old rows of " + t.Name,
		Object:     "table " + t.Name,
		Table:      t.Name,
		Statement:  deleteOld(f.Dialect, log),
		Undo:       "none: deleted rows are gone; copy them first if they are needed",
		Reason:     "no statement seen deletes from it: it grows for ever, and so do its scans and its indexes",
		Evidence:   []string{units.Whole(*t.Rows) + " rows, " + size(g.bytes)},
		Scope:      "the application or a timer: run it again and again until it deletes nothing",
		Risk:       "the rows are gone; short transactions of " + units.Whole(deleteStep) + " rows keep others from waiting",
		MayBeWrong: "a job that was not seen may delete rows already",
		Confidence: "medium",
	}
	if !log.First.IsZero() {
		r.Evidence = append(r.Evidence, "the oldest row is of "+log.First.UTC().Format("2006-01-02"))
	}
	if g.perDay > 0 {
		r.Evidence = append(r.Evidence, "grows by "+size(int64(g.perDay))+" a day")
	}
	if g.daysLeft < soonFull {
		r.Severity = SeverityCritical
		r.Evidence = append(r.Evidence, fmt.Sprintf("at this rate the disk is full in %.0f days", g.daysLeft))
	}
	return r
}

// deleteOld deletes the oldest rows a few at a time. It goes by the key, so
// that it finds them at once without an index on the time. MySQL and MariaDB
// take no LIMIT in an IN (SELECT …) (error 1235), but one of the DELETE itself,
// which SQLite and PostgreSQL lack.
func deleteOld(d db.Dialect, log LogTable) string {
	table, id, at := d.QuoteIdent(log.Table), d.QuoteIdent(log.ID), d.QuoteIdent(log.Time)
	if d.Name() == "mysql" {
		return fmt.Sprintf("DELETE FROM %s WHERE %s < :keep_from ORDER BY %s LIMIT %d;", table, at, id, deleteStep)
	}
	return fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT %s FROM %s WHERE %s < :keep_from ORDER BY %s LIMIT %d);",
		table, id, id, table, at, id, deleteStep)
}
